"""Makes the transport of a client that nobody lent one, and sends on it what httpx would send.

An httpx client does more with a request than ours need: cookies, redirects, hooks, base URLs, and
a choice of proxy that is the same each time.
"""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING, Any

import httpx
from anyio.lowlevel import current_token

from .asyncio_backend import AsyncioBackend
from .deadlines import LimitedBackend
from .pool import KEEPALIVE_SECONDS, AsyncPool, Pool
from .proxy import proxy_for
from .tls import default_context

if TYPE_CHECKING:
    from liminal._calls.client_options import NetworkOptions
    from liminal._calls.server_url import ServerUrl


def _settings(server: ServerUrl, network: NetworkOptions) -> dict[str, Any]:
    if not server.is_https:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # never used, and there at once
    else:
        tls = network.ssl_context or default_context()
    limits = httpx.Limits(keepalive_expiry=KEEPALIVE_SECONDS)
    return {
        "verify": tls,
        "proxy": proxy_for(server, network.proxy, network.ssl_context),
        "limits": limits,
    }


class AsyncTransport:
    """Sends on connections of its own, on asyncio and trio."""

    def __init__(self, server: ServerUrl, network: NetworkOptions) -> None:
        self._transport = httpx.AsyncHTTPTransport(**_settings(server, network))
        # httpx has no public way to its pool; all we keep of it is how it makes a connection.
        maker = self._transport._pool  # noqa: SLF001
        self._backend: AsyncioBackend | None = None
        if isinstance(current_token().native_token, asyncio.AbstractEventLoop):
            maker._network_backend = self._backend = AsyncioBackend()  # noqa: SLF001
        else:
            from .trio_backend import TrioBackend  # noqa: PLC0415 - most have no trio

            maker._network_backend = TrioBackend()  # noqa: SLF001
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

    def abandon(self) -> None:
        """Leave no descriptor open where the event loop was closed, and nothing can be awaited."""
        if self._backend is not None:  # trio ends no run before all of its tasks have ended
            self._backend.close_sockets()


class Transport:
    """Sends on connections of its own, blocking."""

    def __init__(self, server: ServerUrl, network: NetworkOptions) -> None:
        self._transport = httpx.HTTPTransport(**_settings(server, network))
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
