"""Which proxy leads to a server: the caller's, the environment's, or none."""

from __future__ import annotations

import copy
import ipaddress
import re
from contextlib import suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING
from urllib.request import getproxies, proxy_bypass

import httpx

from liminal._http.tls import default_context
from liminal.errors import LiminalError

from .server_url import is_place

if TYPE_CHECKING:
    import ssl

    from .server_url import ServerUrl


def proxy_for(
    server: ServerUrl, given: str | httpx.Proxy | None, tls: ssl.SSLContext | None
) -> httpx.Proxy | None:
    """Return the proxy from ``given``, or else from the environment or the system's settings.

    An ``https://`` proxy without an SSL context is verified with ``tls``, or by default. A server
    on this machine needs no proxy; for any other, the URL is never ``http://``.
    """
    if given is not None:
        found = _given(given)
    elif (url := _of_environment(server)) is not None:
        found = _proxy(url, "HTTPS_PROXY, or ALL_PROXY,")
    else:
        return None
    if found.url.scheme == "https" and found.ssl_context is None:
        found.ssl_context = tls or default_context()
    return found


def check_proxy(server: ServerUrl, given: object) -> None:
    """Raise LiminalError for an invalid proxy, or one to which requests would go unencrypted."""
    if not isinstance(given, str | httpx.Proxy):
        raise LiminalError("proxy must be the URL of a proxy, or an httpx.Proxy")
    if not server.is_https:
        raise LiminalError(
            "api_server_url is http://, which would go to the proxy unencrypted: leave out proxy"
        )
    _given(given)


def _of_environment(server: ServerUrl) -> str | None:
    if server.is_loopback:
        return None
    proxies = getproxies()
    url = proxies.get("https") or proxies.get("all")
    if not url or _is_exempt(server, proxies.get("no", "")) or proxy_bypass(server.host):
        return None
    return url


def _given(proxy: str | httpx.Proxy) -> httpx.Proxy:
    """A copy of the caller's proxy that may be changed."""
    if isinstance(proxy, str):
        return _proxy(proxy, "proxy=")
    if not is_place(proxy.url.raw_host.decode("ascii"), proxy.url.port):
        raise LiminalError("proxy= must have a valid host and port")
    _check_socks(proxy.url, "proxy=")
    return copy.copy(proxy)


def _proxy(url: str, source: str) -> httpx.Proxy:
    with suppress(httpx.InvalidURL, ValueError):  # they quote the URL, which may hold a password
        proxy = httpx.URL(url if "://" in url else f"http://{url}")
        if is_place(proxy.raw_host.decode("ascii"), proxy.port):
            _check_socks(proxy, source)
            return httpx.Proxy(proxy)
    raise LiminalError(f"{source} is not the URL of a proxy")


def _check_socks(proxy: httpx.URL, source: str) -> None:
    if proxy.scheme.startswith("socks") and find_spec("socksio") is None:
        raise LiminalError(
            f"{source} names a SOCKS proxy: install liminal-sdk-python[socks], which can use it"
        )


def _is_exempt(server: ServerUrl, no_proxy: str) -> bool:
    """Whether NO_PROXY exempts the server, in the forms that requests and curl obey."""
    return any(_exempts(entry, server) for entry in re.split(r"[\s,]+", no_proxy.lower()))


def _exempts(entry: str, server: ServerUrl) -> bool:
    """An entry is a name, an address or a range of addresses, and may end in a port."""
    name, _, port = entry.rpartition(":")
    if not port.isdecimal() or (":" in name and not name.endswith("]")):  # IPv6 without a port
        name, port = entry, ""
    if port and int(port) != server.port:
        return False
    host, name = server.host.rstrip("."), name.replace("[", "").replace("]", "")
    if name == "*":
        return True
    with suppress(ValueError):
        address = ipaddress.ip_address(host)
        with suppress(ValueError):
            return address in ipaddress.ip_network(name, strict=False)
        return False
    name = name.removeprefix("*").strip(".")
    return name != "" and (host == name or host.endswith(f".{name}"))
