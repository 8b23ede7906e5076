"""A server on raw sockets that answers each request by the next step of a plan, good or broken.

It runs in threads of this process, on a port of its own, and stops with its ``with`` block. What is
sent is bytes, so that it can break every rule that an HTTP library would keep.
"""

import contextlib
import itertools
import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterable
from email.utils import formatdate
from typing import Any, Self

import attrs

from .wire import GOOD_STREAM, good_data

Step = Callable[["Exchange"], None]
Headers = Iterable[tuple[str, str]]

# Longer than any test waits, unless something hangs.
_PATIENCE = 60.0
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER on, 0 seconds: close() sends RST


@attrs.frozen
class Request:
    """One request as it came in, and on which connection (from 0)."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    connection: int

    @property
    def is_login(self) -> bool:
        return self.path.endswith(("/login", "/access-token", "/users/me"))

    @property
    def session(self) -> str | None:
        """The value of the one cookie that we send."""
        return self.headers.get("cookie", "").partition("session=")[2] or None

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def is_stream(self) -> bool:
        return b'"isStreaming":true' in self.body


class HangUpError(Exception):
    """Ends the connection from within a step."""


class Exchange:
    """A request, and the connection on which to answer it."""

    def __init__(self, server: "FaultServer", connection: socket.socket, request: Request) -> None:
        self.server = server
        self.request = request
        self.headers: list[tuple[str, str]] = []  # for any answer to it
        self._socket = connection

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def drip(self, data: bytes, seconds: float = 0.02) -> None:
        """Send one byte at a time, until all are sent or the server stops."""
        for byte in data:
            self.send(bytes([byte]))
            self.wait(seconds)

    def wait(self, seconds: float = _PATIENCE) -> None:
        """Send nothing; end early when the server stops."""
        if self.server.stopping.wait(seconds):
            raise HangUpError

    def wait_for_hangup(self) -> None:
        """Send nothing until the client has closed the connection."""
        with contextlib.suppress(OSError):
            self._socket.settimeout(_PATIENCE)
            self._socket.recv(1)
        raise HangUpError

    def reset(self) -> None:
        """Cut the connection, as a crashed peer or a firewall does."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        raise HangUpError

    def close(self) -> None:
        """Close the connection, whether or not the answer is complete."""
        raise HangUpError

    def answer(self, status: int = 200, body: bytes | object = None, headers: Headers = ()) -> None:
        """Send a well-formed answer; ``body`` is bytes, or what to encode as JSON."""
        self.send(answer(status, body, [*self.headers, *headers]))

    def good(self, headers: Headers = ()) -> None:
        """Answer as a healthy server would."""
        kind = "application/x-ndjson" if self.request.is_stream else "application/json"
        self.answer(200, self.whole(), [("Content-Type", kind), *headers])

    def whole(self) -> bytes:
        """Build the body of a healthy server's answer."""
        if self.request.is_stream:
            return GOOD_STREAM
        return json.dumps({"data": good_data(self.request.method, self.request.path)}).encode()


def answer(status: int = 200, body: bytes | object = None, headers: Headers = ()) -> bytes:
    """Build a well-formed answer."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return head(status, [("Content-Length", str(len(content))), *headers]) + content


def head(status: int, headers: Headers) -> bytes:
    """Build an answer's head. ``Date`` is now unless it is given."""
    given = list(headers)
    names = {name.lower() for name, _ in given}
    defaults = {"Date": formatdate(usegmt=True), "Content-Type": "application/json"}
    given += [pair for pair in defaults.items() if pair[0].lower() not in names]
    lines = "".join(f"{name}: {value}\r\n" for name, value in given)
    return f"HTTP/1.1 {status} Whatever\r\n{lines}\r\n".encode("latin-1")


def good(exchange: Exchange) -> None:
    """Answer as a healthy server does."""
    exchange.good()


def log_in(exchange: Exchange) -> None:
    """Answer a login with a new session: ``s1``, ``s2`` and so on."""
    exchange.answer(200, {}, [("Set-Cookie", f"session=s{exchange.server.next_session()}; Path=/")])


class FaultServer:
    """Answers calls by ``plan`` and logins by ``logins``; the last step of each is for the rest.

    ``at_accept`` is done to each new connection before anything is read from it.
    """

    def __init__(
        self,
        *plan: Step,
        logins: Iterable[Step] = (log_in,),
        tls: ssl.SSLContext | None = None,
        at_accept: Callable[[socket.socket], None] | None = None,
    ) -> None:
        self._plan, self._logins = list(plan or (good,)), list(logins)
        self._tls, self._at_accept = tls, at_accept
        self._lock = threading.Lock()
        self._closed = threading.Condition(self._lock)
        self._sessions = itertools.count(1)
        self._threads: list[threading.Thread] = []
        self._open: dict[int, socket.socket] = {}
        self.accepted = 0
        self.requests: list[Request] = []
        self.stopping = threading.Event()
        self.read_slowly = False

    # ---- what a test asks

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    @property
    def calls(self) -> list[Request]:
        """The requests other than logins."""
        return [request for request in self.requests if not request.is_login]

    @property
    def logins(self) -> list[Request]:
        return [request for request in self.requests if request.is_login]

    @property
    def connections(self) -> int:
        """How many connections the server believes to be open."""
        return len(self._open)

    def wait_for(self, connections: int) -> None:
        """Wait until no more than so many connections are open."""
        with self._closed:
            done = self._closed.wait_for(lambda: len(self._open) <= connections, _PATIENCE)
            assert done, f"{len(self._open)} connections are still open"

    def wait_until(self, happened: Callable[[], object]) -> None:
        """Wait for a condition, such as a call that has arrived."""
        while not happened():
            self.stopping.wait(0.01)

    def refuse(self) -> None:
        """Stop listening: new connections are refused."""
        with contextlib.suppress(OSError):  # wakes accept() up
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def next_session(self) -> int:
        return next(self._sessions)

    # ---- serving

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self._listener.getsockname()[1]
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self.refuse()
        with self._lock:
            for connection in self._open.values():
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(_PATIENCE)
            assert not thread.is_alive(), "the fault server hangs"

    def _start(self, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True, name="fault-server")
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self.stopping.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                number, self.accepted = self.accepted, self.accepted + 1
                self._open[number] = connection
            self._start(self._serve, connection, number)

    def _serve(self, connection: socket.socket, number: int) -> None:
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._at_accept is not None:
                self._at_accept(connection)
            if self._tls is not None:
                connection = self._open[number] = self._tls.wrap_socket(
                    connection, server_side=True, do_handshake_on_connect=False
                )
                connection.do_handshake()
            self._answer_all(connection, number)
        except (OSError, HangUpError):
            pass
        finally:
            with self._closed:
                self._open.pop(number).close()
                self._closed.notify_all()

    def _answer_all(self, connection: socket.socket, number: int) -> None:
        buffer = bytearray()
        while (request := self._read(connection, buffer, number)) is not None:
            with self._lock:
                self.requests.append(request)
                plan = self._logins if request.is_login else self._plan
                step = plan.pop(0) if len(plan) > 1 else plan[0]
            step(Exchange(self, connection, request))

    def _read(self, connection: socket.socket, buffer: bytearray, number: int) -> Request | None:
        """Read the next request of a connection; None when the client has closed it."""
        while (end := buffer.find(b"\r\n\r\n")) < 0:
            if not self._more(connection, buffer):
                return None
        first, *lines = bytes(buffer[:end]).decode("latin-1").split("\r\n")
        pairs = (line.split(":", 1) for line in lines)
        headers = {name.lower(): value.strip() for name, value in pairs}
        size = end + 4 + int(headers.get("content-length", "0"))
        while len(buffer) < size:
            if not self._more(connection, buffer):
                return None
        method, path, _ = first.split(" ")
        body = bytes(buffer[end + 4 : size])
        del buffer[:size]
        return Request(method, path, headers, body, number)

    def _more(self, connection: socket.socket, buffer: bytearray) -> bool:
        if self.read_slowly:
            self.stopping.wait(0.02)
        data = connection.recv(65536)
        buffer += data
        return bool(data)
