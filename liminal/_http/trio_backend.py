"""Connections on trio, for httpcore.

httpcore's own write a request's head and body apart, leave a TLS handshake that is cancelled open,
and read no more once a write has failed, though the server may have said why.
"""

from __future__ import annotations

import math
import ssl
from collections.abc import Generator, Iterable
from contextlib import contextmanager, suppress
from typing import Any, Final

import httpcore
import trio

from .tls import current

# ruff: noqa: ASYNC109 - the timeouts are arguments of httpcore's interface

# A head and a small body leave in one packet; what is larger does not wait for more.
_HELD: Final = 64 * 1024


@contextmanager
def _bounded(
    seconds: float | None, late: type[Exception], broken: type[Exception]
) -> Generator[None, None, None]:
    """Let the block take so long, and raise httpcore's errors in the place of trio's."""
    try:
        with trio.fail_after(math.inf if seconds is None else seconds):
            yield
    except trio.TooSlowError as error:
        raise late from error
    except (trio.BrokenResourceError, trio.ClosedResourceError, OSError) as error:
        raise broken(str(error) or str(error.__cause__ or "")) from error


class _Patient(trio.abc.Stream):
    """What TLS goes over: a server that took no more of a request is heard all the same."""

    def __init__(self, inner: trio.abc.Stream) -> None:
        self._inner = inner

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        with suppress(trio.BrokenResourceError):  # to read on says what it means
            await self._inner.send_all(data)

    async def wait_send_all_might_not_block(self) -> None:
        await self._inner.wait_send_all_might_not_block()

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        return await self._inner.receive_some(max_bytes)

    async def aclose(self) -> None:
        await self._inner.aclose()


class _Stream(httpcore.AsyncNetworkStream):
    """A connection. What is written leaves with the next read, so that small requests are one."""

    def __init__(self, stream: trio.abc.Stream, socket: trio.socket.SocketType) -> None:
        self._stream = stream
        self._socket = socket
        self._held = b""

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        with suppress(httpcore.WriteError):  # as above, without TLS
            await self._flush(timeout)
        with _bounded(timeout, httpcore.ReadTimeout, httpcore.ReadError):
            return bytes(await self._stream.receive_some(max_bytes))

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._held += buffer
        if len(self._held) >= _HELD:
            await self._flush(timeout)

    async def _flush(self, timeout: float | None) -> None:
        held, self._held = self._held, b""
        if held:
            with _bounded(timeout, httpcore.WriteTimeout, httpcore.WriteError):
                await self._stream.send_all(held)

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            secured = trio.SSLStream(
                _Patient(self._stream),
                current(ssl_context),
                server_hostname=server_hostname,
                https_compatible=True,
            )
            with _bounded(timeout, httpcore.ConnectTimeout, httpcore.ConnectError):
                await secured.do_handshake()
        except BaseException:
            await trio.aclose_forcefully(self._stream)  # without a farewell, which might take time
            raise
        return _Stream(secured, self._socket)

    async def aclose(self) -> None:
        await self._stream.aclose()

    def get_extra_info(self, info: str) -> Any:
        return self._socket.is_readable() if info == "is_readable" else None


class TrioBackend(httpcore.AsyncNetworkBackend):
    """Makes connections in the running trio loop."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,  # which this client never asks for,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # nor for these
    ) -> httpcore.AsyncNetworkStream:
        with _bounded(timeout, httpcore.ConnectTimeout, httpcore.ConnectError):
            stream = await trio.open_tcp_stream(host, port)
        return _Stream(stream, stream.socket)
