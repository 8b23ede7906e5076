"""The address of an API server: checked before a secret is sent there."""

from __future__ import annotations

import ipaddress

import attrs
import httpx

from .errors import LiminalError


@attrs.frozen
class ServerUrl:
    """An origin (RFC 6454: scheme, host, port) that may be given our secrets."""

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
    if url.scheme not in {"https", "http"} or not url.host:
        raise LiminalError("api_server_url must begin with https:// and name a host")
    if url.userinfo:
        raise LiminalError("api_server_url must not hold a user name or password")
    if url.raw_path not in {b"/", b""} or url.fragment:
        raise LiminalError(
            "api_server_url must be an origin, without a path: https://api.my-tenant.liminal.ai"
        )
    loopback = is_loopback(url.host)
    if url.scheme == "http" and not loopback:
        raise LiminalError(
            "api_server_url must be https://: http:// is for servers on this machine"
        )
    return ServerUrl(
        text=str(url.copy_with(raw_path=b"/")).removesuffix("/"),
        host=url.host,
        is_https=url.scheme == "https",
        is_loopback=loopback,
    )


def _parsed(text: str) -> httpx.URL:
    if isinstance(text, str):  # pyright: ignore[reportUnnecessaryIsInstance] - callers may be untyped
        try:
            return httpx.URL(text.strip())
        except httpx.InvalidURL:  # its message quotes the URL, which may hold a password
            pass
    raise LiminalError(
        "api_server_url is not a URL; give the server's origin, such as https://api.my-tenant.liminal.ai"
    )


def is_loopback(host: str) -> bool:
    """127.0.0.0/8, ::1, ``localhost``: what never leaves this machine (RFC 6761, 6.3; RFC 6890)."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
