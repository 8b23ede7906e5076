"""Makes the transport of a client that nobody lent one, and sends on it what httpx would send.

An httpx client does more with a request than ours need: cookies, redirects, hooks, base URLs, and
a choice of proxy that is the same each time.
"""

from __future__ import annotations

import asyncio
import functools
import ssl
from contextlib import suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from urllib.request import getproxies, proxy_bypass

import httpx
from anyio.lowlevel import current_token

from ._asyncio_net import AsyncioBackend
from ._handshake import GuardedBackend
from ._limit import LimitedBackend
from ._pool import KEEPALIVE_SECONDS, AsyncPool, Pool
from ._url import is_place
from .errors import LiminalError

if TYPE_CHECKING:
    from ._url import ServerUrl


@functools.cache
def _tls() -> ssl.SSLContext:
    """One context for the process: to load the certificates takes 30 to 60 ms."""
    with suppress(OSError):  # an SSLError is one, too
        return httpx.create_ssl_context()
    raise LiminalError(
        "the certificates of this environment can't be loaded: check which files SSL_CERT_FILE,"
        " SSL_CERT_DIR and SSLKEYLOGFILE name"
    )


def _proxy(server: ServerUrl) -> httpx.Proxy | None:
    """The proxy that the environment or the system names for this server.

    What is on this machine needs none; no other ``http://`` is ever asked for.
    """
    if server.is_loopback or proxy_bypass(server.host):
        return None
    proxies = getproxies()
    url = proxies.get("https") or proxies.get("all")
    if not url:
        return None
    with suppress(httpx.InvalidURL, ValueError):  # they quote the URL, which may hold a password
        proxy = httpx.URL(url if "://" in url else f"http://{url}")
        if is_place(proxy.raw_host.decode("ascii"), proxy.port):
            _check_socks(proxy)
            return httpx.Proxy(proxy, ssl_context=_tls() if proxy.scheme == "https" else None)
    raise LiminalError("HTTPS_PROXY, or ALL_PROXY, is not the URL of a proxy")


def _check_socks(proxy: httpx.URL) -> None:
    if proxy.scheme.startswith("socks") and find_spec("socksio") is None:
        raise LiminalError(
            "HTTPS_PROXY, or ALL_PROXY, names a SOCKS proxy: install httpx[socks], which can use it"
        )


def _settings(server: ServerUrl) -> dict[str, Any]:
    tls = _tls() if server.is_https else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    limits = httpx.Limits(keepalive_expiry=KEEPALIVE_SECONDS)
    return {"verify": tls, "proxy": _proxy(server), "limits": limits}


class AsyncTransport:
    """Sends on connections of its own, on asyncio and trio."""

    def __init__(self, server: ServerUrl) -> None:
        self._transport = httpx.AsyncHTTPTransport(**_settings(server))
        # httpx has no public way to its pool; all we keep of it is how it makes a connection.
        maker = self._transport._pool  # noqa: SLF001
        if isinstance(current_token().native_token, asyncio.AbstractEventLoop):
            maker._network_backend = AsyncioBackend()  # noqa: SLF001
        elif server.is_https:
            maker._network_backend = GuardedBackend(maker._network_backend)  # noqa: SLF001
        pool: Any = AsyncPool(maker)
        self._transport._pool = pool  # noqa: SLF001

    async def send(self, request: httpx.Request, auth: httpx.Auth | None) -> httpx.Response:
        """Send what ``auth`` makes of the request; the answer comes unread."""
        flow = (auth or httpx.Auth()).async_auth_flow(request)
        try:
            signed = await anext(flow)
            while True:
                response = await self._transport.handle_async_request(signed)
                response.request = signed
                try:
                    signed = await flow.asend(response)
                except StopAsyncIteration:
                    return response
                except BaseException:
                    await response.aclose()
                    raise
        finally:
            await flow.aclose()

    async def close(self) -> None:
        await self._transport.aclose()


class Transport:
    """Sends on connections of its own, blocking."""

    def __init__(self, server: ServerUrl) -> None:
        self._transport = httpx.HTTPTransport(**_settings(server))
        # As above; and each of its socket waits is to obey the deadline.
        maker = self._transport._pool  # noqa: SLF001
        maker._network_backend = LimitedBackend()  # noqa: SLF001
        pool: Any = Pool(maker)
        self._transport._pool = pool  # noqa: SLF001

    def send(self, request: httpx.Request, auth: httpx.Auth | None) -> httpx.Response:
        """Send what ``auth`` makes of the request; the answer comes unread."""
        flow = (auth or httpx.Auth()).sync_auth_flow(request)
        try:
            signed = next(flow)
            while True:
                response = self._transport.handle_request(signed)
                response.request = signed
                try:
                    signed = flow.send(response)
                except StopIteration:
                    return response
                except BaseException:
                    response.close()
                    raise
        finally:
            flow.close()

    def close(self) -> None:
        self._transport.close()
