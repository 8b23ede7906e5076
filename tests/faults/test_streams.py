"""Streams that break, on a raw socket: good chunks first, then the truth; in every variant."""

import json

import pytest

from liminal.errors import (
    LiminalError,
    ResponseValidationError,
    StreamInterruptedError,
    StreamServerError,
)

from .operations import PROMPT
from .server import Exchange, FaultServer, Step, head
from .variants import Variant


def line(content: str, finish: str | None = None) -> bytes:
    return json.dumps({"content": content, "finishReason": finish}, ensure_ascii=False).encode()


def says(*pieces: bytes, kind: str = "application/x-ndjson", then: str = "close") -> Step:
    """A 200 with these bytes, one packet each; then the end, a reset, or nothing more."""

    def step(exchange: Exchange) -> None:
        exchange.send(head(200, [("Content-Type", kind), ("Connection", "close")]))
        for piece in pieces:
            exchange.send(piece)
            exchange.wait(0.005)
        {"close": exchange.close, "reset": exchange.reset, "stall": exchange.wait_for_hangup}[
            then
        ]()

    return step


def read(sdk: Variant, step: Step, **options: object) -> tuple[list[str], LiminalError | None]:
    """The chunks that a stream gives, and the error it ends with."""
    with FaultServer(step) as server:
        stream = sdk.client(server.url, **options).prompt.stream(1, PROMPT)
        chunks: list[str] = []
        try:
            chunks.extend(chunk.content for chunk in sdk.each(stream))
        except LiminalError as error:
            return chunks, error
        return chunks, None


GOOD = line("a") + b"\n" + line("b") + b"\n"
END = line("", "stop") + b"\n"


@pytest.mark.parametrize("then", ["close", "reset", "stall"])
@pytest.mark.parametrize("rest", [b"", b'{"content":"hal', b"\n\n"], ids=["line", "half", "blank"])
def test_a_stream_that_is_cut_gives_its_chunks_and_then_says_so(
    sdk: Variant, then: str, rest: bytes
) -> None:
    chunks, error = read(sdk, says(GOOD, rest, then=then), timeout=0.3)
    assert chunks == ["a", "b"]
    assert isinstance(error, StreamInterruptedError)
    assert (error.partial_text, error.chunks_received) == ("ab", 2)


@pytest.mark.parametrize("then", ["close", "reset", "stall"])
def test_what_comes_of_the_connection_after_the_last_chunk_is_no_matter(
    sdk: Variant, then: str
) -> None:
    assert read(sdk, says(GOOD + END, then=then)) == (["a", "b", ""], None)


def test_a_line_without_end_is_given_up_at_the_bound(sdk: Variant) -> None:
    endless = [b'{"content":"', *[b"x" * 1024] * 20]
    chunks, error = read(sdk, says(GOOD, *endless, then="stall"), max_event_bytes=8192)
    assert chunks == ["a", "b"]
    assert isinstance(error, ResponseValidationError)
    assert "longer than 8192 bytes" in str(error)


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x85", "\x1c", "\x0b", "\x0c"])
def test_only_a_line_feed_ends_a_line(sdk: Variant, separator: str) -> None:
    content = f"one{separator}two"
    text = content if separator >= "\x85" else content.replace(separator, "")
    assert read(sdk, says(line(text) + b"\n", END)) == ([text, ""], None)


@pytest.mark.parametrize(
    "bad", [b"<html>\n", b"null\n", b"[]\n", b"{}\n", b'{"content":1}\n', b"\xff\xfe\n", b"NaN\n"]
)
def test_what_is_no_chunk_is_never_given_as_text(sdk: Variant, bad: bytes) -> None:
    chunks, error = read(sdk, says(GOOD, bad, END))
    assert chunks == ["a", "b"]
    assert isinstance(error, ResponseValidationError)


def test_an_error_event_is_the_services_word(sdk: Variant) -> None:
    event = b'event: error\ndata: {"message": "out of tokens"}\n\n'
    good = b"data: " + line("a") + b"\n\n"
    chunks, error = read(sdk, says(good, event, kind="text/event-stream"))
    assert chunks == ["a"]
    assert isinstance(error, StreamServerError)
    assert error.server_message == "out of tokens"
    assert "out of tokens" not in str(error)


def test_done_is_the_end(sdk: Variant) -> None:
    events = b": hello\n\nevent: ping\ndata: 1\n\ndata: " + line("a") + b"\n\ndata: [DONE]\n\n"
    assert read(sdk, says(events, kind="Text/Event-Stream; charset=latin-1")) == (["a"], None)
