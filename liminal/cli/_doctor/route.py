"""Checks the route to the server: its proxy, its name, and a connection."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Final

from liminal._http.settings.proxy import proxy_for
from liminal.cli._doctor.finding import Finding, Stopped, failed
from liminal.errors import LiminalError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from liminal._http.settings.server_url import ServerUrl

SECONDS: Final = 10.0
_PORTS: Final = {"http": 80, "https": 443}


def find_proxy(server: ServerUrl) -> tuple[httpx.Proxy | None, Finding]:
    """Return the proxy that the environment or the system names for the server."""
    try:
        proxy = proxy_for(server, None, None)
    except LiminalError as error:
        raise Stopped(failed("proxy", str(error), "Correct or unset HTTPS_PROXY.")) from None
    if proxy is None:
        return None, Finding("proxy", "none")
    return proxy, Finding("proxy", shown(proxy))


def shown(proxy: httpx.Proxy) -> str:
    """Return a proxy's URL without its password."""
    return f"{proxy.url.scheme}://{proxy.url.netloc.decode('ascii')}"


def check_route(server: ServerUrl, proxy: httpx.Proxy | None) -> Iterator[Finding]:
    """Resolve the name of the server, or of the proxy before it, and connect."""
    if proxy is None:
        host, port = server.host, server.port
        whose, name_advice, route_advice = "", _SERVER_NAME, _SERVER_ROUTE
    else:
        host, port = proxy.url.host, proxy.url.port or _PORTS.get(proxy.url.scheme, 1080)
        whose, name_advice, route_advice = " (the proxy)", _PROXY, _PROXY
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        result = f"{host}{whose} is not known: {_reason(error)}"
        raise Stopped(failed("name", result, name_advice)) from None
    addresses = sorted({str(one[4][0]) for one in found})
    yield Finding("name", f"{host}{whose} resolves to {', '.join(addresses)}")
    try:
        socket.create_connection((host, port), SECONDS).close()
    except OSError as error:
        result = f"no connection to port {port} of {host}{whose}: {_reason(error)}"
        raise Stopped(failed("route", result, route_advice)) from None
    yield Finding("route", f"port {port} of {host}{whose} accepts connections")


_SERVER_NAME: Final = (
    "Check the spelling of the server's URL, the network, and whether a VPN is needed."
)
_SERVER_ROUTE: Final = (
    "Check the URL's port, whether a firewall or VPN is in the way, and whether HTTPS_PROXY has to"
    " name a proxy."
)
_PROXY: Final = "Check HTTPS_PROXY, or name the server in NO_PROXY if it needs no proxy."


def _reason(error: OSError) -> str:
    return "no answer in time" if isinstance(error, TimeoutError) else error.strerror or str(error)
