"""Which proxy leads to a server: the caller's, the environment's, or none."""

from __future__ import annotations

import copy
import ipaddress
import re
from contextlib import suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final
from urllib.request import getproxies, proxy_bypass

import httpx

from liminal._http.tls import default_context
from liminal.errors import LiminalError

from .server_url import is_place

if TYPE_CHECKING:
    import ssl

    from .server_url import ServerUrl

# An entry of NO_PROXY: `[IPv6]:port`, `[IPv6]`, `host:port`, or a host, an address, a range.
_ENTRY: Final = re.compile(
    r"\[(?P<ipv6>[^\]]*)\](?::(?P<port6>\d{1,5}))?"
    r"|(?P<host>[^:]+)(?::(?P<port>\d{1,5}))?|(?P<bare>.+)"
)


def proxy_for(
    server: ServerUrl, given: str | httpx.Proxy | None, tls: ssl.SSLContext | None
) -> httpx.Proxy | None:
    """The proxy that ``given`` is, or that the environment or the system names for this server.

    One that speaks TLS is believed by ``tls``, or by default, unless it brings a context itself.
    What is on this machine needs none; no other ``http://`` is ever asked for.
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
    """LiminalError for what is no proxy, or one that all would go to in the open."""
    if not isinstance(given, str | httpx.Proxy):
        raise LiminalError("proxy must be the URL of a proxy, or an httpx.Proxy")
    if not server.is_https:
        raise LiminalError(
            "api_server_url is http://, which would go to the proxy in the open: leave out proxy"
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
    """A proxy of our own to change, like the caller's."""
    if isinstance(proxy, str):
        return _proxy(proxy, "proxy=")
    if not is_place(proxy.url.raw_host.decode("ascii"), proxy.url.port):
        raise LiminalError("proxy= names no host and port that there could be")
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
    """Whether NO_PROXY exempts the server, in any form that httpx, requests or curl obey."""
    return any(_exempts(entry.lower(), server) for entry in re.split(r"[\s,]+", no_proxy) if entry)


def _exempts(entry: str, server: ServerUrl) -> bool:
    scheme, is_url, rest = entry.rpartition("://")
    if is_url:  # only httpx has these
        entry = rest.partition("/")[0] if scheme in {"https", "all"} else ""
    match = _ENTRY.fullmatch(entry)
    if match is None:
        return False
    port = match["port"] or match["port6"]
    if port is not None and int(port) != server.port:
        return False
    return _means(match["ipv6"] or match["host"] or match["bare"] or "", server.host.rstrip("."))


def _means(name: str, host: str) -> bool:
    """Whether what stands in NO_PROXY, without its port, means this host."""
    if name == "*":
        return True
    address = _address(host)
    if address is not None:
        return _holds(name, address)
    name = _ascii(name.removeprefix("*").strip("."))
    return name != "" and (host == name or host.endswith(f".{name}"))


def _ascii(name: str) -> str:
    """A name in letters for people, as it stands in a URL that goes to a server."""
    if not name.isascii():
        with suppress(httpx.InvalidURL):
            return httpx.URL(f"https://{name}").raw_host.decode("ascii")
    return name


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    with suppress(ValueError):
        return ipaddress.ip_address(host)
    return None


def _holds(name: str, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether it is this address, in any spelling, or a range with it."""
    with suppress(ValueError):
        return address in ipaddress.ip_network(name.replace("[", "").replace("]", ""), strict=False)
    return False
