"""Streamed answers: what a server may write, and what its reader is to get from it.

Each case is read over a real socket and over pytest-httpx, on asyncio, on trio, and blocking.
"""

import gzip
import json
from collections.abc import Callable, Iterable

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


def _by_brotli(pieces: Iterable[bytes]) -> Iterable[bytes]:
    packer = brotli.Compressor()
    for piece in pieces:
        yield packer.process(piece) + packer.flush()
    yield packer.finish()


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
        return self.name


def _in_both_formats() -> Iterable[Case]:
    for kind, framed in FRAMED.items():
        short = "sse" if kind == SSE else "lines"
        whole = framed(DEAR, ADA, STOP)

        def case(
            name: str, *parts: bytes, kind: str = kind, short: str = short, **more: object
        ) -> Case:
            return Case(f"{short}: {name}", kind, parts, **more)  # type: ignore[arg-type]

        yield case("all at once", whole)
        yield case("chunk by chunk", *(framed(text) for text in (DEAR, ADA, STOP)))
        yield case("byte by byte", *(bytes([byte]) for byte in whole))
        yield case("with CRLF", whole.replace(b"\n", b"\r\n"))
        yield case("with a byte order mark", b"\xef\xbb\xbf" + whole)
        yield case("packed", gzip.compress(whole), headers=(("Content-Encoding", "gzip"),))
        yield case(
            "packed by brotli chunk by chunk",
            *_by_brotli(framed(text) for text in (DEAR, ADA, STOP)),
            headers=(("Content-Encoding", "br"),),
        )
        yield case(
            "of another reason",
            framed(DEAR, chunk("Ada", "a new reason")),
            contents=("Dear ", "Ada"),
            reason="a new reason",
        )
        yield case(
            "ended by [DONE]", framed(DEAR, ADA, "[DONE]"), contents=("Dear ", "Ada"), reason=None
        )
        yield case("ended twice", whole, framed("[DONE]"))
        yield case("with blank lines", b"\n\n", framed(DEAR), b"\n\n\n", framed(ADA, STOP))
        yield case("with garbage after its end", whole, b"<html>", framed("{", ADA))
        yield case(
            "of separators within",
            framed(chunk("a\u2028b\x85c\u2029\x0b\x0c\x1cd", "stop")),
            contents=("a\u2028b\x85c\u2029\x0b\x0c\x1cd",),
        )
        yield case("of one chunk", framed(chunk("", "stop")), contents=("",))
        yield case("of nothing", contents=(), reason=None, error=StreamInterruptedError)
        yield case(
            "without an end",
            framed(DEAR, ADA),
            contents=("Dear ", "Ada"),
            reason=None,
            error=StreamInterruptedError,
        )
        yield case(
            "with a line that is no JSON",
            framed(DEAR, SECRET, STOP),
            contents=("Dear ",),
            reason=None,
            error=ResponseValidationError,
            says="should be JSON",
        )
        yield case(
            "with a chunk of a wrong type",
            framed(DEAR, '{"content": 5}'),
            contents=("Dear ",),
            reason=None,
            error=ResponseValidationError,
            says=r"\$\.content",
        )
        yield case(
            "with a chunk without content",
            framed(DEAR, '{"finishReason": "stop"}'),
            contents=("Dear ",),
            reason=None,
            error=ResponseValidationError,
            says=r"\$\.content",
        )
        yield case(
            "that is a whole answer",
            framed('{"data": {"threadId": 1}}'),
            contents=(),
            reason=None,
            error=ResponseValidationError,
        )
        yield case(
            "with a line over the limit",
            framed(DEAR, chunk("x" * 5000)),
            contents=("Dear ",),
            reason=None,
            error=ResponseValidationError,
            says="longer than 4096 bytes",
        )
        yield case(
            "cut within its gzip data",
            gzip.compress(framed(DEAR) * 20)[:-9],
            reason=None,
            headers=(("Content-Encoding", "gzip"),),
            contents=("Dear ",) * 20,
            error=StreamInterruptedError,
        )
        yield case(
            "that is no gzip data",
            whole,
            headers=(("Content-Encoding", "gzip"),),
            contents=(),
            reason=None,
            error=ResponseValidationError,
            says="not valid gzip",
        )
        yield case(
            "in an unknown coding",
            whole,
            headers=(("Content-Encoding", "compress"),),
            contents=(),
            reason=None,
            error=ResponseValidationError,
            says="coding",
        )


_PAGE = f"<!DOCTYPE html>\n<html><body>Sorry, {SECRET}</body></html>\n".encode()

CASES = [
    *_in_both_formats(),
    Case(
        "sse: with pings and comments",
        SSE,
        (
            b": hello\n\nevent: ping\ndata: {}\n\n",
            events(DEAR),
            b"event: new\ndata: <\n\n:\n",
            b"id: 7\nretry: 10\nevent: message\n" + events(ADA),
            events(STOP),
        ),
    ),
    Case(
        "sse: with a chunk on two lines",
        SSE,
        (b'data: {"content": "Dear Ada",\ndata: "finishReason": "stop"}\n\n',),
        ("Dear Ada",),
    ),
    Case(
        "sse: with an error event",
        SSE,
        (events(DEAR), b'event: error\ndata: {"message": "Ada is tired"}\n\n', events(STOP)),
        ("Dear ",),
        None,
        StreamServerError,
    ),
    Case(
        "sse: of an error event in plain words",
        SSE,
        (b"event: error\ndata: Ada is tired\n\n",),
        (),
        None,
        StreamServerError,
    ),
    Case(
        "sse: whose last event is cut",
        SSE,
        (events(DEAR), b'data: {"content": "Ada", "fin'),
        ("Dear ",),
        None,
        StreamInterruptedError,
    ),
    Case(
        "sse: whose last event has no end",
        SSE,
        (events(DEAR, STOP)[:-1],),
        ("Dear ",),
        None,
        StreamInterruptedError,
    ),
    Case("lines: whose last line has no end", LINES, (lines(DEAR, ADA, STOP)[:-1],)),
    Case(
        "lines: whose last line is cut",
        LINES,
        (lines(DEAR), b'{"content": "Ada", "fin'),
        ("Dear ",),
        None,
        StreamInterruptedError,
    ),
    Case(
        "sse: in capitals, of another charset",
        "TEXT/Event-Stream; charset=latin-1",
        ('data: {"content": "é", "finishReason": "stop"}\n\n'.encode(),),
        ("é",),
    ),
    *(
        Case(f"lines: as {kind}", kind, (lines(DEAR, ADA, STOP),))
        for kind in ("text/plain", "application/json; charset=utf-8", "", "a/b", None)
    ),
    Case("a page", "text/html", (_PAGE,), (), None, ResponseValidationError, "should be JSON"),
    Case("a page as sse", SSE, (_PAGE,), (), None, StreamInterruptedError),
    Case(
        "a page without an end",
        "text/html",
        (_PAGE.replace(b"\n", b""),),
        (),
        None,
        ResponseValidationError,
    ),
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
    kind = [] if content_type is None else [("Content-Type", content_type)]
    first = head(
        200, [("Transfer-Encoding", "chunked"), *(kind or [("Content-Type", "")]), *headers]
    )
    exchange.send(first if kind else first.replace(b"Content-Type: \r\n", b""))
    for part in parts:
        more(exchange, part)


def more(exchange: Exchange, part: bytes) -> None:
    """Write one chunk of HTTP."""
    exchange.send(b"%x\r\n%s\r\n" % (len(part), part))


def finish(exchange: Exchange) -> None:
    """Write the chunk of HTTP that ends a body."""
    exchange.send(b"0\r\n\r\n")


def waiting(exchange: Exchange) -> None:
    """A server that has said two things, and then says no more."""
    begin(exchange, lines(DEAR, ADA))
    exchange.wait_for_hangup()
