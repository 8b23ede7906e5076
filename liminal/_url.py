"""The address of an API server: checked before a secret is sent there."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final

import httpx

from .errors import LiminalError

_NO_URL: Final = "api_server_url is not a URL; give the server's origin, such as https://api.my-tenant.liminal.ai"
# RFC 1035, 2.3.4; some names have an underscore. IPv6 addresses are httpx's to check.
_NAME: Final = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?")
_LONGEST_NAME: Final = 253


@dataclass(frozen=True, slots=True)
class ServerUrl:
    """An origin (RFC 6454: scheme, host, port) that may have our secrets, as the wire spells it."""

    text: str
    host: str
    is_https: bool
    is_loopback: bool


def parse_server_url(text: str) -> ServerUrl:
    """Read ``api_server_url``; LiminalError says what is wrong with it, without repeating it.

    ``https://`` anywhere; ``http://`` to this machine alone, since a token or a prompt would cross
    the network in the open. No user name, query, fragment or path: the paths are the contract's.
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
    if url.raw_path not in {b"/", b""} or url.fragment:
        raise LiminalError(
            "api_server_url must be an origin, without a path: https://api.my-tenant.liminal.ai"
        )
    loopback = is_loopback(host)
    if url.scheme == "http" and not loopback:
        raise LiminalError(
            "api_server_url must be https://: http:// is for servers on this machine"
        )
    return ServerUrl(
        text=f"{url.scheme}://{url.netloc.decode('ascii')}",
        host=host,
        is_https=url.scheme == "https",
        is_loopback=loopback,
    )


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
