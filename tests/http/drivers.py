"""The three kinds of wires, each run from a test's own thread."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, Self

import pytest
from anyio.from_thread import start_blocking_portal

from liminal._http.connection import AsyncConnection, Connection
from liminal._http.pool import AsyncPool, Pool
from liminal._http.route import Route
from liminal._http.sockets import blocking_wire
from liminal._http.sockets.connect import reach
from tests.support.tasks import PATIENCE

MEGABYTE = 1024 * 1024
TIMEOUTS = {"connect": 5.0, "read": 5.0, "write": 5.0, "pool": 5.0}
RESET = struct.pack("ii", 1, 0)


class Driver:
    """Runs steps on threads, asyncio or trio; wires and pools are those of the kind."""

    def __init__(self, kind: str, stack: ExitStack) -> None:
        self.kind = kind
        self.is_async = kind != "threads"
        if self.is_async:
            portal = stack.enter_context(start_blocking_portal(kind))
            self._submit: Any = portal.start_task_soon
        else:
            self._submit = stack.enter_context(ThreadPoolExecutor(8)).submit

    def start(self, step: Callable[..., Any], *args: Any) -> "Future[Any]":
        found: Future[Any] = self._submit(step, *args)
        return found

    def run(self, step: Callable[..., Any], *args: Any) -> Any:
        return self.start(step, *args).result(PATIENCE)

    @property
    def _open_wire(self) -> Any:
        from liminal._http.sockets import asyncio_wire, trio_wire

        return asyncio_wire.open_wire if self.kind == "asyncio" else trio_wire.open_wire

    def connect(self, host: str, port: int, seconds: float | None = 5.0) -> Any:
        """A wire."""
        if not self.is_async:
            return self.run(blocking_wire.connect, host, port, seconds)

        async def connect() -> Any:
            return await self._open_wire(await reach(host, port, seconds))

        return self.run(connect)

    def open(self, route: Route, timeouts: Any = TIMEOUTS) -> Any:
        """A connection that is ready for a request. One that fails is left as it is."""

        async def connect() -> Any:
            connection = await AsyncConnection.connect(route, timeouts)
            try:
                await connection.open(route, timeouts)
            except BaseException:
                connection.close()
                raise
            return connection

        def connect_here() -> Any:
            connection = Connection.connect(route, timeouts)
            try:
                connection.open(route, timeouts)
            except BaseException:
                connection.close()
                raise
            return connection

        return self.run(connect if self.is_async else connect_here)

    def close(self, closable: Any) -> None:
        """Close a wire, connection, body or pool."""

        async def close() -> None:
            closable.close()

        self.run(close if self.is_async else closable.close)

    def pool(self, route: Route) -> Any:
        if not self.is_async:
            return Pool(route)

        async def make() -> Any:
            return AsyncPool(route)

        return self.run(make)

    def read(self, body: Any) -> bytes:
        """All of an answer's body."""

        async def read() -> bytes:
            return b"".join([part async for part in body])

        return bytes(self.run(read if self.is_async else lambda: b"".join(body)))


@pytest.fixture(params=["threads", "asyncio", "trio"])
def driver(request: pytest.FixtureRequest) -> Iterator[Driver]:
    with ExitStack() as stack:
        yield Driver(request.param, stack)


class Peer:
    """A server that does as ``act`` does with each connection that it accepts."""

    def __init__(self, act: Callable[[socket.socket], None]) -> None:
        self._act = act
        self.gone = threading.Event()

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.gone.set()
        with _forgiving():
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self) -> None:
        with _forgiving():
            while True:
                sock = self._listener.accept()[0]
                threading.Thread(target=self._meet, args=[sock], daemon=True).start()

    def _meet(self, sock: socket.socket) -> None:
        with _forgiving(), sock:
            sock.settimeout(PATIENCE)
            self._act(sock)


@contextmanager
def _forgiving() -> Iterator[None]:
    with suppress(OSError):
        yield


def until_gone(sock: socket.socket) -> None:
    """Read until the other side has closed."""
    while sock.recv(65536):
        pass


def reset(sock: socket.socket) -> None:
    """Close it without a farewell."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    sock.close()
