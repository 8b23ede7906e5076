"""A server on loopback that keeps what it is sent and answers what it is told to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@dataclass(frozen=True)
class Received:
    """A request as it came."""

    method: str
    target: str
    headers: dict[str, str]
    content: bytes


@dataclass
class Server:
    """``answer`` is the status, the headers and the body of every answer."""

    url: str = ""
    answer: tuple[int, dict[str, str], bytes] = (200, {}, b"")
    received: list[Received] = field(default_factory=list)

    def answers(self, status: int, content: bytes = b"", **headers: str) -> None:
        self.answer = status, headers, content

    def answers_json(self, value: object, status: int = 200) -> None:
        self.answers(status, json.dumps(value).encode(), **{"Content-Type": "application/json"})


@contextmanager
def running() -> Iterator[Server]:
    """Run a server until the end of the block."""
    server = Server()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one_request(self) -> None:
            self.raw_requestline = self.rfile.readline()
            if self.raw_requestline and self.parse_request():
                self._answer()
            else:
                self.close_connection = True

        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            headers = {key.lower(): value for key, value in self.headers.items()}
            content = self.rfile.read(length)
            server.received.append(Received(self.command, self.path, headers, content))
            status, added, body = server.answer
            self.send_response(status)
            for key, value in added.items():
                self.send_header(key, value)
            if status != 204:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        listening.daemon_threads = True
        server.url = f"http://127.0.0.1:{listening.server_port}"
        thread = Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            listening.shutdown()
            thread.join()
