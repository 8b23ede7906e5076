"""The address of the API server, validated before any secret is sent there."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

import httpx

from liminal.errors import LiminalError

_NO_URL: Final = "api_server_url is not a URL; give one such as https://api.my-tenant.liminal.ai"
# RFC 1035, 2.3.4, plus the underscore that some names have. httpx checks IPv6 addresses.
_NAME: Final = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?")
_LONGEST_NAME: Final = 253
# Separators and the start of an escape or parameter, which a server may decode a second time.
_AMBIGUOUS: Final = frozenset("/\\;%?#")
_DOTS: Final = re.compile(r"[/\\]\.\.?([/\\;?#]|$)")


@dataclass(frozen=True, slots=True)
class ServerUrl:
    """The origin (RFC 6454: scheme, host, port) that secrets may be sent to, as sent on the wire.

    ``path`` is the prefix of every operation's path, without a trailing slash; ``text`` is origin
    and path.
    """

    text: str
    path: str
    host: str
    port: int
    is_https: bool
    is_loopback: bool


def parse_server_url(text: str) -> ServerUrl:
    """Parse ``api_server_url``; LiminalError says what is wrong without quoting it.

    ``http://`` is for loopback addresses only: elsewhere tokens and prompts would cross the network
    unencrypted. User name, query and fragment are refused. A path, such as a gateway's, is
    kept in front of every operation's path.
    """
    url = _parsed(text)
    # Not ``url.host``: it decodes IDNA, which fails for some names that DNS accepts.
    host = url.raw_host.decode("ascii")
    if url.scheme not in {"https", "http"} or not host:
        raise LiminalError("api_server_url must begin with https:// and name a host")
    if not is_place(host, url.port):
        raise LiminalError(_NO_URL)
    if url.userinfo:
        raise LiminalError("api_server_url must not contain a user name or password")
    path = url.raw_path.decode("ascii").removesuffix("/")
    # The text is checked as well, since httpx has already resolved its dots.
    if "?" in path or url.fragment or leads_up(text) or not _is_plain(path):
        raise LiminalError(
            "api_server_url must be an origin, with a path at most, such as"
            " https://gateway.example/liminal: without query, fragment, empty or dotted segments,"
            " and escapes of anything but letters and spaces"
        )
    loopback = is_loopback(host)
    if url.scheme == "http" and not loopback:
        raise LiminalError(
            "api_server_url must be https://: http:// is for servers on this machine"
        )
    return ServerUrl(
        text=f"{url.scheme}://{url.netloc.decode('ascii')}{path}",
        path=path,
        host=host,
        port=url.port or (443 if url.scheme == "https" else 80),
        is_https=url.scheme == "https",
        is_loopback=loopback,
    )


def _is_plain(path: str) -> bool:
    """Whether all servers interpret the path in the same way. It decides where secrets go."""
    parts = [unquote(part) for part in path.split("/")[1:]]
    return all(
        part not in {"", ".", ".."} and part.isprintable() and not set(part) & _AMBIGUOUS
        for part in parts
    )


def leads_up(path: str) -> bool:
    """Whether a part of the path is ``.`` or ``..``, in any encoding that a server may decode."""
    return _DOTS.search(unquote(path.strip())) is not None


def _parsed(text: str) -> httpx.URL:
    if isinstance(text, str):  # pyright: ignore[reportUnnecessaryIsInstance] - callers may be untyped
        try:
            return httpx.URL(text.strip())
        except (
            httpx.InvalidURL,
            ValueError,
        ):  # its message quotes the URL, which may hold a password
            pass
    raise LiminalError(_NO_URL)


def is_place(host: str, port: int | None) -> bool:
    """Whether a resolver accepts the host and a socket the port.

    For others they raise errors that are not OSErrors.
    """
    is_host = ":" in host or (len(host) <= _LONGEST_NAME and _NAME.fullmatch(host) is not None)
    return is_host and (port is None or 0 < port < 65536)


def is_loopback(host: str) -> bool:
    """Whether traffic stays on this machine: 127.0.0.0/8, ::1, ``localhost`` (RFC 6761, RFC 6890).

    IPv4-mapped addresses such as ::ffff:127.0.0.1 do not count: Python versions disagree on them.
    """
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback if address.version == 4 else int(address) == 1
