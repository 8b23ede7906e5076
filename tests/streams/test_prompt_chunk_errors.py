"""A streamed answer that is not as it should be: where it is wrong, and what its server says."""

import pickle
import traceback

import pytest

from liminal._streams.chunks import ChunkDecoder
from liminal.errors import ResponseValidationError, StreamServerError

from .chunks import BOTH, HELLO, SSE, STOP, UNUSUAL, WORLD, contents, error_of, framed

# ---- what is not a chunk

BAD = [
    (b"secret", "$ of a chunk should be JSON"),
    (b"<html>secret</html>", "$ of a chunk should be JSON"),
    (b'{"content": "secret', "$ of a chunk should be JSON"),
    (b'{"content": "secret", "finishReason": NaN}', "$ of a chunk should be JSON"),
    (HELLO + b'{"secret": 1}', "$ of a chunk should be JSON"),
    (b"[" * 100_000, "$ of a chunk should be JSON"),
    ("\u2028".encode(), "$ of a chunk should be JSON"),
    ("[DONE]\xa0".encode(), "$ of a chunk should be JSON"),
    (b"1" * 5_000, "$ of a chunk should be JSON"),
    (b'["secret"]', "$ of a chunk should be an object"),
    (b'"secret"', "$ of a chunk should be an object"),
    (b"null", "$ of a chunk should be an object"),
    (b'{"secret": 1}', "$.content of a chunk is missing"),
    (b'{"content": null, "finishReason": "secret"}', "$.content of a chunk should be a string"),
    (b'{"content": "secret"}', "$.finishReason of a chunk is missing"),
    (
        b'{"content": "", "finishReason": ["secret"]}',
        "$.finishReason of a chunk should be a string",
    ),
]


@BOTH
@pytest.mark.parametrize("before", [[], [HELLO], [UNUSUAL]])
@pytest.mark.parametrize(("text", "problem"), BAD)
def test_what_is_no_chunk_is_an_error_that_says_where(
    content_type: str, before: list[bytes], text: bytes, problem: str
) -> None:
    error = error_of(ChunkDecoder(content_type), framed(content_type, *before, text))
    assert isinstance(error, ResponseValidationError)
    assert str(error).startswith(f"Could not validate response: {problem}")
    assert error.path == problem.partition(" ")[0]


@BOTH
@pytest.mark.parametrize("text", [text for text, _problem in BAD])
def test_no_error_holds_what_was_answered(content_type: str, text: bytes) -> None:
    error = error_of(ChunkDecoder(content_type), framed(content_type, text))
    assert (error.__cause__, error.__context__) == (None, None)
    assert "secret" not in "".join([*traceback.format_exception_only(error), repr(error)])
    assert b"secret" not in pickle.dumps(error)


@BOTH
def test_the_chunks_before_an_error_come_first(content_type: str) -> None:
    decoder = ChunkDecoder(content_type)
    chunks = decoder.feed(framed(content_type, HELLO, WORLD, b"secret", HELLO))
    assert [next(chunks).content, next(chunks).content] == ["Hello", ", world"]
    with pytest.raises(ResponseValidationError):
        next(chunks)


@BOTH
def test_a_chunk_has_a_bound(content_type: str) -> None:
    decoder = ChunkDecoder(content_type, max_event_bytes=64)
    chunks = decoder.feed(framed(content_type, HELLO) + b"x" * 65)
    assert next(chunks).content == "Hello"
    with pytest.raises(ResponseValidationError, match="longer than 64 bytes"):
        next(chunks)


@pytest.mark.parametrize("stream", [b"data: secret\n\n", b"event: error\ndata: {}\n\n", b"x" * 65])
def test_an_error_says_which_call_it_was(stream: bytes) -> None:
    decoder = ChunkDecoder(SSE, max_event_bytes=60, operation="submit_prompt", request_id="r-1")
    error = error_of(decoder, stream)
    assert (error.operation, error.request_id) == ("submit_prompt", "r-1")


# ---- what the server has to say


@pytest.mark.parametrize(
    ("data", "server_message"),
    [
        (b'{"message": "overloaded"}', "overloaded"),
        (b"overloaded", "overloaded"),
        (b'{"error": "overloaded"}', '{"error": "overloaded"}'),
        (b'{"message": 7}', '{"message": 7}'),
        (b'["overloaded"]', '["overloaded"]'),
        (b"7", "7"),
        (b"[" * 100_000, "[" * 100_000),
    ],
)
def test_an_error_event_is_an_error_with_the_server_s_message(
    data: bytes, server_message: str
) -> None:
    error = error_of(ChunkDecoder(SSE), b"event: error\ndata: " + data + b"\n\n")
    assert isinstance(error, StreamServerError)
    assert error.server_message == server_message


def test_the_server_s_message_is_for_explicit_access_alone() -> None:
    error = error_of(ChunkDecoder(SSE), b'event: error\ndata: {"message": "secret"}\n\n')
    assert (error.__cause__, error.__context__) == (None, None)
    assert "secret" not in "".join([*traceback.format_exception_only(error), repr(error)])
    assert pickle.loads(pickle.dumps(error)).server_message is None


def test_the_chunks_before_an_error_event_come_first() -> None:
    chunks = ChunkDecoder(SSE).feed(framed(SSE, HELLO) + b"event: error\ndata: x\n\n")
    assert next(chunks).content == "Hello"
    with pytest.raises(StreamServerError):
        next(chunks)


def test_an_error_event_after_the_end_is_none() -> None:
    stream = framed(SSE, STOP) + b"event: error\ndata: x\n\n"
    assert contents(ChunkDecoder(SSE), stream) == [""]
