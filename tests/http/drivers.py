"""Runs wires and pools on threads, asyncio and trio, and serves them on raw sockets."""

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from typing import Any

import httpx
from anyio.from_thread import start_blocking_portal

from liminal._http.connection import AsyncConnection, Connection
from liminal._http.pool import AsyncPool, Pool
from liminal._http.route import Route
from liminal._http.sockets import asyncio_wire, blocking_wire, trio_wire
from liminal._http.sockets.connect import reach
from liminal._http.sockets.deadline import PROGRESS, Deadline
from tests.faults.server import FaultServer
from tests.support.tasks import PATIENCE
from tests.support.tls import serving_as, trusting

MEGABYTE = 1024 * 1024
TIMEOUTS = {"connect": 5.0, "read": 5.0, "write": 5.0, "pool": 5.0}
SHORT = {**TIMEOUTS, "connect": 0.1, "read": 0.1, "write": 0.1}
RESET = struct.pack("ii", 1, 0)
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

Act = Callable[[socket.socket], object]


class Progress:
    """What a connection reads of its request's call, and sets on it."""

    def __init__(self, *, repeatable: bool = False) -> None:
        self.repeatable, self.queues, self.sent = repeatable, False, True
        self.deadline = Deadline(call_seconds=None, try_seconds=None)


class Driver:
    """Takes steps on threads, asyncio or trio, with the wires and pools of that kind."""

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

    def connect(self, host: str, port: int, seconds: float | None = 5.0) -> Any:
        """A wire."""
        if not self.is_async:
            return self.run(blocking_wire.connect, host, port, seconds)
        wires: Any = asyncio_wire if self.kind == "asyncio" else trio_wire
        return self.run(wires.open_wire, self.run(reach, host, port, seconds))

    def open(self, route: Route, timeouts: Any = TIMEOUTS) -> Any:
        """A connection that is ready for a request; one that fails is closed."""
        kind: Any = AsyncConnection if self.is_async else Connection
        connection = self.run(kind.connect, route, timeouts)
        with ExitStack() as failed:
            failed.callback(self.close, connection)
            self.run(connection.open, route, timeouts)
            failed.pop_all()
        return connection

    def close(self, closable: Any) -> None:
        """Close a wire, connection, body or pool."""
        self.run(closable.close)

    def pool(self, route: Route) -> Any:
        kind: Any = AsyncPool if self.is_async else Pool
        return self.run(kind, route)

    def read(self, body: Any) -> bytes:
        """All of an answer's body."""

        async def read() -> bytes:
            return b"".join([part async for part in body])

        return bytes(self.run(read if self.is_async else lambda: b"".join(body)))


class Dial:
    """Opens connections to servers, and sends requests on them."""

    def __init__(self, driver: Driver, serve: Callable[[Act], int], stack: ExitStack) -> None:
        self.driver = driver
        self._serve = serve
        self._stack = stack

    def __call__(self, act: Act, timeouts: Any = TIMEOUTS, *, proxy: str = "", **route: Any) -> Any:
        """Connect to a server that acts so, or by way of a proxy (scheme and user) that does."""
        port = self._serve(act)
        if proxy:
            route["proxy"] = httpx.Proxy(f"{proxy}localhost:{port}", ssl_context=trusting())
        options: dict[str, Any] = {"host": "localhost", "port": port, **route}
        connection = self.driver.open(Route(**options), timeouts)
        self._stack.callback(self.driver.close, connection)
        return connection

    def ask(self, connection: Any, size: int, timeouts: Any, progress: Progress) -> Any:
        request = httpx.Request("POST", "https://localhost/", content=bytes(size))
        return self.driver.run(connection.ask, request, timeouts, progress)

    def answer(self, connection: Any) -> bytes:
        """What is answered to a request."""
        assert self.ask(connection, 6, TIMEOUTS, Progress()).status == 200
        body = b""
        while part := self.driver.run(connection.part, 5.0):
            body += part
        return body


def request_to(server: FaultServer, wait: float, *, repeatable: bool = True) -> httpx.Request:
    timeouts, progress = {**TIMEOUTS, "pool": wait}, Progress(repeatable=repeatable)
    extensions = {"timeout": timeouts, PROGRESS: progress}
    return httpx.Request("GET", f"{server.url}/api/v1/threads", extensions=extensions)


class Asking:
    """Requests on a pool. A connection is held from ``begin`` until ``done``."""

    def __init__(self, driver: Driver, server: FaultServer) -> None:
        self.driver = driver
        self.server = server
        self.pool = driver.pool(Route(host="127.0.0.1", port=server.port))

    def step(self, wait: float = 5.0, *, repeatable: bool = True) -> Any:
        return partial(self.pool.send, request_to(self.server, wait, repeatable=repeatable))

    def begin(self, wait: float = 5.0, *, repeatable: bool = True) -> Any:
        return self.driver.run(self.step(wait, repeatable=repeatable)).stream

    def done(self, body: Any) -> None:
        assert self.driver.read(body)
        self.driver.close(body)

    def ask(self, *, repeatable: bool = True) -> None:
        self.done(self.begin(repeatable=repeatable))

    @property
    def queued(self) -> int:
        """How many requests wait for a connection."""
        if self.driver.is_async:
            return int(self.pool.places.statistics().tasks_waiting)
        return len(self.pool.places._waiting)

    @property
    def used(self) -> list[int]:
        """Which connection of the server each request came by."""
        return [call.connection for call in self.server.calls]


@contextmanager
def serving(act: Act) -> Iterator[int]:
    """A server that does ``act`` with each connection, and then closes it; its port."""

    def meet(sock: socket.socket) -> None:
        with suppress(OSError), sock:
            sock.settimeout(PATIENCE)
            act(sock)

    def accept() -> None:
        with suppress(OSError):
            while True:
                sock = listener.accept()[0]
                threading.Thread(target=meet, args=[sock], daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=accept, daemon=True).start()
        yield listener.getsockname()[1]
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)


def until_gone(sock: socket.socket) -> None:
    """Read until the other side has closed."""
    while sock.recv(65536):
        pass


def reset(sock: socket.socket) -> None:
    """Close the socket by a reset."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    sock.close()


def head_of(sock: Any) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        if not (more := sock.recv(65536)):
            break
        data += more
    return data


def answering(sock: Any) -> None:
    while head_of(sock):
        sock.sendall(ANSWER)


def server_tls() -> ssl.SSLContext:
    context = serving_as("localhost")
    context.set_alpn_protocols(["h2", "http/1.1"])
    return context


def over_tls(act: Callable[[Any], object], context: ssl.SSLContext | None = None) -> Act:
    """Do the same within TLS."""

    def peer(sock: socket.socket) -> None:
        with (context or server_tls()).wrap_socket(sock, server_side=True) as secure:
            act(secure)

    return peer
