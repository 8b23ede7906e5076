"""Closes the connection of a TLS handshake that is cancelled, which httpcore leaves open."""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from typing import Any

import anyio
import httpcore

from ._tls import current

# ruff: noqa: ASYNC109 - the timeouts are arguments of httpcore's interface


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """httpcore's backend for trio, for connections that are to have TLS; asyncio has our own."""

    def __init__(self, inner: httpcore.AsyncNetworkBackend) -> None:
        self._inner = inner

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        stream = await self._inner.connect_tcp(host, port, timeout, local_address, socket_options)
        return _Plain(stream)


class _Plain(httpcore.AsyncNetworkStream):
    """A connection without TLS as yet; what has it is httpcore's own, at no cost to each read."""

    def __init__(self, inner: httpcore.AsyncNetworkStream) -> None:
        self._inner = inner

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            return await self._inner.start_tls(current(ssl_context), server_hostname, timeout)
        except BaseException:
            with anyio.CancelScope(shield=True):  # it takes no time: no farewell is sent
                await self._inner.aclose()
            raise

    # A proxy is spoken to before there is TLS to the server behind it.

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return await self._inner.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._inner.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._inner.aclose()

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
