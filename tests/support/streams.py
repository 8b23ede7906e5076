"""Streamed answers: what a server may write, and what its reader is to get from it.

Each case is read over a real socket and over pytest-httpx, on asyncio, on trio, and blocking.
"""

import gzip
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import attrs
import brotli

from liminal.errors import (
    LiminalError,
    ResponseValidationError,
    StreamInterruptedError,
    StreamServerError,
)
from tests.faults.server import Exchange, head

SSE = "text/event-stream"
LINES = "application/x-ndjson"
SECRET = "Ada Lovelace"


def chunk(content: str, reason: str | None = None) -> str:
    return json.dumps({"content": content, "finishReason": reason}, ensure_ascii=False)


def lines(*texts: str) -> bytes:
    return "".join(f"{text}\n" for text in texts).encode()


def events(*texts: str) -> bytes:
    return "".join(f"data: {text}\n\n" for text in texts).encode()


DEAR, ADA, STOP = chunk("Dear "), chunk("Ada"), chunk("", "stop")
FRAMED: dict[str, Callable[..., bytes]] = {SSE: events, LINES: lines}


@attrs.frozen
class Case:
    """What the server writes after a head of 200, and what becomes of it."""

    name: str
    content_type: str | None
    parts: tuple[bytes, ...]
    contents: tuple[str, ...] = ("Dear ", "Ada", "")
    reason: str | None = "stop"
    error: type[LiminalError] | None = None
    says: str = ""
    headers: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return f"{self.content_type}: {self.name}"


def _by_brotli(pieces: Iterable[bytes]) -> Iterable[bytes]:
    packer = brotli.Compressor()
    for piece in pieces:
        yield packer.process(piece) + packer.flush()
    yield packer.finish()


def _coded(coding: str) -> tuple[tuple[str, str], ...]:
    return (("Content-Encoding", coding),)


def _in_both_formats(kind: str, framed: Callable[..., bytes]) -> Iterator[Case]:
    whole = framed(DEAR, ADA, STOP)
    pieces = [framed(text) for text in (DEAR, ADA, STOP)]
    packed = gzip.compress(framed(DEAR) * 20)
    dear, lost, bad = ("Dear ",), StreamInterruptedError, ResponseValidationError

    def case(name: str, *parts: bytes, **more: Any) -> Case:
        return Case(name, kind, parts, **more)

    yield case("chunk by chunk", *pieces)
    yield case("byte by byte", *(bytes([byte]) for byte in whole))
    yield case("packed by gzip", gzip.compress(whole), headers=_coded("gzip"))
    yield case("packed by brotli", *_by_brotli(pieces), headers=_coded("br"))
    yield case("garbage after the end", whole, b"<html>", framed("{", ADA))
    yield case("ended by [DONE]", framed(DEAR, "[DONE]"), contents=dear, reason=None)

    def failed(name: str, *parts: bytes, **more: Any) -> Case:
        return case(name, *parts, **{"contents": dear, "reason": None} | more)

    yield failed("of nothing", contents=(), error=lost)
    yield failed("without an end", framed(DEAR), error=lost)
    yield failed("cut in a chunk", framed(DEAR), framed(ADA)[:20], error=lost)
    yield failed("not JSON", framed(DEAR, SECRET, STOP), error=bad, says="should be JSON")
    long = framed(DEAR, chunk("x" * 5000))
    yield failed("over the limit", long, error=bad, says="longer than 4096 bytes")
    gzipped = {"headers": _coded("gzip"), "contents": dear * 20}
    yield failed("gzip, cut", packed[:-9], error=lost, **gzipped)
    gzipped["contents"] = ()
    yield failed("no gzip", whole, error=bad, says="not valid gzip", **gzipped)
    unknown = {"headers": _coded("compress"), "contents": ()}
    yield failed("of an unknown coding", whole, error=bad, says="coding", **unknown)


CASES = [
    *(case for kind, framed in FRAMED.items() for case in _in_both_formats(kind, framed)),
    Case("latin-1", "TEXT/Event-Stream; charset=latin-1", (events(chunk("é", "stop")),), ("é",)),
    Case(
        "an error event",
        SSE,
        (events(DEAR), b'event: error\ndata: {"message": "Ada is tired"}\n\n', events(STOP)),
        ("Dear ",),
        None,
        StreamServerError,
    ),
    Case("a page", SSE, (f"<html>\n{SECRET}\n\n".encode(),), (), None, StreamInterruptedError),
    *(Case("a last line without LF", kind, (lines(DEAR, ADA, STOP)[:-1],)) for kind in ("", None)),
]


def streaming(
    *parts: bytes, content_type: str | None = LINES, headers: Iterable[tuple[str, str]] = ()
) -> Callable[[Exchange], None]:
    """A step that writes ``parts`` in chunks of HTTP, and the chunk that ends them."""

    def step(exchange: Exchange) -> None:
        begin(exchange, *parts, content_type=content_type, headers=headers)
        finish(exchange)

    return step


def begin(
    exchange: Exchange,
    *parts: bytes,
    content_type: str | None = LINES,
    headers: Iterable[tuple[str, str]] = (),
) -> None:
    """Write a head, and parts of a body that is to go on."""
    kind = ("Content-Type", content_type or "")
    first = head(200, [("Transfer-Encoding", "chunked"), kind, *headers])
    exchange.send(first.replace(b"Content-Type: \r\n", b"") if content_type is None else first)
    for part in parts:
        more(exchange, part)


def more(exchange: Exchange, part: bytes) -> None:
    """Write one chunk of HTTP."""
    exchange.send(b"%x\r\n%s\r\n" % (len(part), part))


def finish(exchange: Exchange) -> None:
    """Write the chunk of HTTP that ends a body."""
    exchange.send(b"0\r\n\r\n")


def kept_open(*parts: bytes, content_type: str = LINES) -> Callable[[Exchange], None]:
    """A step that writes ``parts``, and then no more."""

    def step(exchange: Exchange) -> None:
        begin(exchange, *parts, content_type=content_type)
        exchange.wait_for_hangup()

    return step


waiting = kept_open(lines(DEAR, ADA))
