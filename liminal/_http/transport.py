"""What a client without one of the caller sends on: an httpx request in, its answer out, unread.

An httpx client does more than these requests need: cookies, redirects, hooks, base URLs, and a
choice of proxy that is always the same.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
from anyio.lowlevel import current_token

from .connection import OpenWire
from .pool import AsyncBody, AsyncPool, Body, Pool
from .route import Route
from .seam import is_replaced, is_replaced_async, send_through, send_through_async
from .settings.proxy import proxy_for
from .tls import default_context

if TYPE_CHECKING:
    from .exchange import Head
    from .settings.network_options import NetworkOptions
    from .settings.server_url import ServerUrl


def _route(server: ServerUrl, network: NetworkOptions) -> Route:
    return Route(
        host=server.host,
        port=server.port,
        tls=(network.ssl_context or default_context()) if server.is_https else None,
        proxy=proxy_for(server, network.proxy, network.ssl_context),
    )


def _response(request: httpx.Request, head: Head, body: AsyncBody | Body) -> httpx.Response:
    return httpx.Response(
        head.status,
        headers=head.headers,
        stream=body,
        request=request,
        extensions={"http_version": head.version, "reason_phrase": head.reason},
    )


class AsyncTransport:
    """Sends on connections of its own, on asyncio and trio."""

    def __init__(self, server: ServerUrl, network: NetworkOptions) -> None:
        if isinstance(current_token().native_token, asyncio.AbstractEventLoop):
            from .sockets import asyncio_wire  # noqa: PLC0415 - one of the two

            open_wire: OpenWire = asyncio_wire.open_wire
        else:
            from .sockets import trio_wire  # noqa: PLC0415 - most have no trio

            open_wire = trio_wire.open_wire
        self._route = _route(server, network)
        self.pool: AsyncPool = AsyncPool(self._route, open_wire)

    async def send(self, request: httpx.Request) -> httpx.Response:
        """Send the request; the answer comes unread."""
        if not is_replaced_async():
            return await self._send(request)
        return await send_through_async(request, self._send, self._route.tls, self._route.proxy)

    async def _send(self, request: httpx.Request) -> httpx.Response:
        return _response(request, *await self.pool.send(request))

    def close(self) -> None:
        """Close its connections, also those of an event loop that was closed itself."""
        self.pool.close()


class Transport:
    """Sends on connections of its own, blocking."""

    def __init__(self, server: ServerUrl, network: NetworkOptions) -> None:
        self._route = _route(server, network)
        self.pool: Pool = Pool(self._route)

    def send(self, request: httpx.Request) -> httpx.Response:
        """Send the request; the answer comes unread."""
        if not is_replaced():
            return self._send(request)
        return send_through(request, self._send, self._route.tls, self._route.proxy)

    def _send(self, request: httpx.Request) -> httpx.Response:
        return _response(request, *self.pool.send(request))

    def close(self) -> None:
        """Close its connections."""
        self.pool.close()
