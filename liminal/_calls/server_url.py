"""The address of an API server: checked before a secret is sent there."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

import httpx

from liminal.errors import LiminalError

_NO_URL: Final = "api_server_url is not a URL; give one such as https://api.my-tenant.liminal.ai"
# RFC 1035, 2.3.4; some names have an underscore. IPv6 addresses are httpx's to check.
_NAME: Final = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?")
_LONGEST_NAME: Final = 253
# What parts a path, and what begins an escape or a parameter, if a server decodes it once more.
_UNCLEAR: Final = frozenset("/\\;%?#")
_DOTS: Final = re.compile(r"[/\\]\.\.?([/\\;?#]|$)")


@dataclass(frozen=True, slots=True)
class ServerUrl:
    """An origin (RFC 6454: scheme, host, port) that may have our secrets, as the wire spells it.

    ``path`` is what stands in front of every operation's path, without a slash at its end; ``text``
    is both together.
    """

    text: str
    path: str
    host: str
    port: int
    is_https: bool
    is_loopback: bool


def parse_server_url(text: str) -> ServerUrl:
    """Read ``api_server_url``; LiminalError says what is wrong with it, without repeating it.

    ``https://`` anywhere; ``http://`` to this machine alone, since a token or a prompt would cross
    the network in the open. No user name, query or fragment. A path, as a company's gateway may
    have, stays in front of the contract's own.
    """
    url = _parsed(text)
    # Not ``url.host``: that is in letters for people, and fails for some that DNS would take.
    host = url.raw_host.decode("ascii")
    if url.scheme not in {"https", "http"} or not host:
        raise LiminalError("api_server_url must begin with https:// and name a host")
    if not is_place(host, url.port):
        raise LiminalError(_NO_URL)
    if url.userinfo:
        raise LiminalError("api_server_url must not hold a user name or password")
    path = url.raw_path.decode("ascii").removesuffix("/")
    # Dots as they were given, too: httpx has resolved them.
    if "?" in path or url.fragment or leads_up(text) or not _is_plain(path):
        raise LiminalError(
            "api_server_url must be a server's origin, and at most a path, without query, fragment,"
            " empty or dotted parts, or escapes for other than letters and spaces:"
            " https://gateway.example/liminal"
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
    """Nothing that one server resolves and another does not: it says where our secrets go."""
    parts = [unquote(part) for part in path.split("/")[1:]]
    return all(
        part not in {"", ".", ".."} and part.isprintable() and not set(part) & _UNCLEAR
        for part in parts
    )


def leads_up(path: str) -> bool:
    """Some server takes a part of it for "here" or "one up", though it may be written otherwise."""
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
    """An address, or a name that a resolver can be asked for, and a port that there is.

    For others a resolver, or a socket, raises something else than an OSError.
    """
    is_host = ":" in host or (len(host) <= _LONGEST_NAME and _NAME.fullmatch(host) is not None)
    return is_host and (port is None or 0 < port < 65536)


def is_loopback(host: str) -> bool:
    """127.0.0.0/8, ::1, ``localhost``: what never leaves this machine (RFC 6761, 6.3; RFC 6890).

    Not ::ffff:127.0.0.1 and the like, of which the Pythons disagree: 3.13 takes them for loopback.
    """
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback if address.version == 4 else int(address) == 1
