"""A server on loopback that keeps what it is sent and answers what it is told to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.generated.making import Package
from tests.support.http import Handler, listening
from tests.support.tls import NO_TLS


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
    answer: tuple[int, dict[str, str], bytes] = (204, {}, b"")
    received: list[Received] = field(default_factory=list)

    def answers(self, status: int, content: bytes = b"", **headers: str) -> None:
        self.answer = status, headers, content

    def answers_json(self, value: object, status: int = 200) -> None:
        self.answers(status, json.dumps(value).encode(), **{"Content-Type": "application/json"})


@dataclass(frozen=True)
class Caller:
    """Calls operations of a package, each named as in "tag.operation"."""

    package: Package
    client: Any
    server: Server

    def __call__(self, operation: str, *arguments: Any, answer: Any = None, **named: Any) -> Any:
        """Call an operation, which is answered with this JSON, or as the server was told to."""
        if answer is not None:
            self.server.answers_json(answer)
        module = self.package.module(f"api.{operation}")
        return module.sync(*arguments, client=self.client, **named)


def plain() -> httpx.HTTPTransport:
    """What a client sends on that needs no certificates, which take long to load."""
    return httpx.HTTPTransport(verify=NO_TLS)


@contextmanager
def running() -> Iterator[Server]:
    """Run a server until the end of the block."""
    server = Server()

    class Answering(Handler):
        def answer(self) -> None:
            headers = {key.lower(): value for key, value in self.headers.items()}
            server.received.append(Received(self.command, self.path, headers, self.read_body()))
            self.write(*server.answer)

    with listening(Answering) as server.url:
        yield server
