"""A streamed answer that is not as it should be: where it is wrong, and what its server says."""

import pickle
import traceback
from functools import partial

import pytest

from liminal._streams.chunks import ChunkDecoder
from liminal._streams.decoder import ItemDecoder
from liminal.errors import LiminalError, ResponseValidationError, StreamServerError

from .chunks import BOTH, HELLO, LINES, SSE, UNUSUAL, WORLD, error_of, framed, parse

BAD = [
    (b"secret", "$", "should be JSON"),
    (b"data: " + HELLO, "$", "should be JSON"),  # an event stream under another name
    (b"<html>secret</html>", "$", "should be JSON"),
    (b'{"content": "secret', "$", "should be JSON"),
    (b'{"content": "secret", "finishReason": NaN}', "$", "should be JSON"),
    (HELLO + b'{"secret": 1}', "$", "should be JSON"),
    (b"[" * 100_000, "$", "should be JSON"),
    ("\u2028".encode(), "$", "should be JSON"),
    ("[DONE]\xa0".encode(), "$", "should be JSON"),
    (b"1" * 5_000, "$", "should be JSON"),
    (b'["secret"]', "$", "should be an object"),
    (b'"secret"', "$", "should be an object"),
    (b"null", "$", "should be an object"),
    (b'{"secret": 1}', "$.content", "is missing"),
    (b'{"content": null, "finishReason": "secret"}', "$.content", "should be a string"),
    (b'{"content": "secret"}', "$.finishReason", "is missing"),
    (b'{"content": "", "finishReason": ["secret"]}', "$.finishReason", "should be a string"),
]


def check_discreet(error: LiminalError) -> None:
    assert (error.__cause__, error.__context__) == (None, None)
    assert "secret" not in "".join([*traceback.format_exception_only(error), repr(error)])
    assert b"secret" not in pickle.dumps(error)


@BOTH
@pytest.mark.parametrize("before", [[], [HELLO], [UNUSUAL]])
@pytest.mark.parametrize(("text", "path", "problem"), BAD)
def test_an_invalid_chunk_is_an_error_that_says_where(content_type, before, text, path, problem):
    error = error_of(ChunkDecoder(content_type), framed(content_type, *before, text))
    assert isinstance(error, ResponseValidationError)
    assert str(error).startswith(f"Could not validate response: {path} of a chunk {problem}")
    assert (error.path, error.operation) == (path, None)
    check_discreet(error)


CONTEXT = {"operation": "ask", "request_id": "r-1", "attempts": 3}
DECODERS = [
    partial(ChunkDecoder, max_event_bytes=64, context=CONTEXT),
    partial(ItemDecoder, parse, max_event_bytes=64, events=("*",), context=CONTEXT),
]


@pytest.mark.parametrize("make", DECODERS, ids=["chunks", "items"])
@pytest.mark.parametrize(
    ("content_type", "fault", "kind", "says"),
    [
        (SSE, b"data: secret\n\n", ResponseValidationError, "of an? (chunk|item) should be JSON"),
        (SSE, b"x" * 65, ResponseValidationError, "longer than 64 bytes"),
        (SSE, b"event: error\ndata: secret\n\n", StreamServerError, "reported an error"),
        (LINES, b"secret\n", ResponseValidationError, "of an? (chunk|item) should be JSON"),
        (LINES, b"x" * 65, ResponseValidationError, "longer than 64 bytes"),
    ],
)
def test_a_fault_comes_last_and_names_its_call(make, content_type, fault, kind, says):
    found = make(content_type=content_type).feed(framed(content_type, HELLO, WORLD) + fault)
    assert None not in (next(found), next(found))
    with pytest.raises(kind, match=says) as caught:
        next(found)
    assert {name: getattr(caught.value, name) for name in CONTEXT} == CONTEXT
    check_discreet(caught.value)


@pytest.mark.parametrize(
    ("data", "server_message"),
    [
        (b'{"message": "secret"}', "secret"),
        *(
            (text, text.decode())
            for text in (b"secret", b'{"error": "secret"}', b'{"message": 7}', b'["a"]', b"7")
        ),
        (b"[" * 100_000, "[" * 100_000),
    ],
)
def test_an_error_event_has_the_server_s_message_for_explicit_access_alone(data, server_message):
    error = error_of(ChunkDecoder(SSE), b"event: error\ndata: " + data + b"\n\n")
    assert isinstance(error, StreamServerError)
    assert error.server_message == server_message
    check_discreet(error)
    assert pickle.loads(pickle.dumps(error)).server_message is None
