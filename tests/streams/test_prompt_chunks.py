"""From a streamed answer's bytes to typed chunks, and the truth about the answer's end."""

import json

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from liminal._streams.chunks import ChunkDecoder
from liminal.errors import ResponseValidationError
from liminal_api.errors import DecodeError
from liminal_api.models import StreamResponseChunk

from .chunks import BOTH, HELLO, LINES, SSE, STOP, UNUSUAL, WORLD, contents, error_of, framed


@pytest.mark.parametrize("content_type", [SSE, LINES, "text/plain", "application/json", "", None])
def test_a_chunk_is_typed(content_type: str | None) -> None:
    chunks = list(ChunkDecoder(content_type).feed(framed(content_type, HELLO)))
    assert chunks == [StreamResponseChunk(content="Hello", finish_reason=None)]


@BOTH
def test_a_finish_reason_ends_the_answer(content_type: str) -> None:
    decoder = ChunkDecoder(content_type)
    assert contents(decoder, framed(content_type, HELLO, STOP)) == ["Hello", ""]
    assert (decoder.finished, decoder.finish_reason) == (True, "stop")


@BOTH
def test_an_answer_is_finished_before_its_last_chunk_is_handed_out(content_type: str) -> None:
    decoder = ChunkDecoder(content_type)
    next(decoder.feed(framed(content_type, STOP)))
    assert decoder.finished


@BOTH
@pytest.mark.parametrize("end", [STOP, b"[DONE]"])
def test_nothing_is_decoded_after_the_end(content_type: str, end: bytes) -> None:
    decoder = ChunkDecoder(content_type)
    list(decoder.feed(framed(content_type, end, b"not JSON", HELLO)))
    assert contents(decoder, framed(content_type, HELLO) + b"x" * 2_000_000) == []
    assert list(decoder.finish()) == []


@BOTH
def test_done_ends_the_answer_without_a_reason(content_type: str) -> None:
    decoder = ChunkDecoder(content_type)
    assert contents(decoder, framed(content_type, HELLO, b" [DONE]\t")) == ["Hello"]
    assert (decoder.finished, decoder.finish_reason) == (True, None)


@BOTH
@pytest.mark.parametrize("reason", [b"null", b'""'])
def test_without_a_reason_the_answer_goes_on(content_type: str, reason: bytes) -> None:
    decoder = ChunkDecoder(content_type)
    chunk = b'{"content": "x", "finishReason": ' + reason + b"}"
    assert contents(decoder, framed(content_type, chunk, WORLD)) == ["x", ", world"]
    assert not decoder.finished


@BOTH
def test_blank_texts_are_passed_over(content_type: str) -> None:
    stream = framed(content_type, b"", b" \t", HELLO, b"")
    assert contents(ChunkDecoder(content_type), stream) == ["Hello"]


@BOTH
def test_white_space_around_a_chunk_is_json_s(content_type: str) -> None:
    stream = framed(content_type, b" \t" + HELLO + b"  ", WORLD + b"\r")
    assert contents(ChunkDecoder(content_type), stream) == ["Hello", ", world"]


@BOTH
def test_fields_the_contract_doesn_t_know_are_passed_over(content_type: str) -> None:
    stream = framed(content_type, b'{"content": "x", "finishReason": null, "index": [1e999, {}]}')
    assert contents(ChunkDecoder(content_type), stream) == ["x"]


@BOTH
@pytest.mark.parametrize("cut", range(1, 100, 7))
def test_a_cut_changes_nothing(content_type: str, cut: int) -> None:
    decoder = ChunkDecoder(content_type)
    stream = framed(
        content_type, HELLO, '{"content": "…\u2028\x85", "finishReason": null}'.encode()
    )
    assert contents(decoder, stream[:cut]) + contents(decoder, stream[cut:]) == [
        "Hello",
        "…\u2028\x85",
    ]


@BOTH
def test_bytes_that_are_not_utf_8_become_replacement_characters(content_type: str) -> None:
    stream = framed(content_type, b'{"content": "a\xff\xe2\x80", "finishReason": null}')
    assert contents(ChunkDecoder(content_type), stream) == ["a\ufffd\ufffd"]


@pytest.mark.parametrize(
    "other", [b"event: ping\ndata: {}\n\n", b": ping\n\n", b"event: x\ndata: !\n\n"]
)
def test_other_events_and_comments_are_passed_over(other: bytes) -> None:
    stream = other + framed(SSE, HELLO) + other + framed(SSE, WORLD)
    assert contents(ChunkDecoder(SSE), stream) == ["Hello", ", world"]


def test_a_message_may_name_itself_and_have_many_lines() -> None:
    stream = b'id: 7\nevent: message\ndata: {"content": "x",\ndata: "finishReason": null}\n\n'
    assert contents(ChunkDecoder(SSE), stream) == ["x"]


def test_done_of_another_event_is_not_the_end() -> None:
    decoder = ChunkDecoder(SSE)
    assert contents(decoder, b"event: ping\ndata: [DONE]\n\n") == []
    assert not decoder.finished


def test_an_event_that_the_end_cuts_off_is_dropped() -> None:
    decoder = ChunkDecoder(SSE)
    assert contents(decoder, b"data: " + STOP + b"\n") == []
    assert list(decoder.finish()) == []
    assert not decoder.finished


def test_a_last_line_needs_no_lf() -> None:
    decoder = ChunkDecoder(LINES)
    assert contents(decoder, STOP) == []
    assert [chunk.finish_reason for chunk in decoder.finish()] == ["stop"]
    assert decoder.finished


@pytest.mark.parametrize("last", [WORLD[:cut] for cut in range(1, len(WORLD))] + [b"[DONE", b" {"])
def test_a_last_line_that_is_not_whole_was_cut_off(last: bytes) -> None:
    decoder = ChunkDecoder(LINES)
    assert len([*decoder.feed(HELLO + b"\n" + last)]) == 1
    assert not [*decoder.finish()]
    assert not decoder.finished


@pytest.mark.parametrize(
    "last",
    [
        b"<html>",
        b"{}",
        b'{"content": 1}',
        b'{"content": NaN',
        b'{"content": NaN}',
        b'{"content": %s}' % (b"9" * 5000),
        b'{"content": "a" "b"}',
        b"{{maintenance}",
        b"null",
        b"[1",
    ],
)
def test_a_last_line_that_is_something_else_is_an_error(last: bytes) -> None:
    decoder = ChunkDecoder(LINES)
    list(decoder.feed(HELLO + b"\n" + last))
    with pytest.raises(ResponseValidationError):
        list(decoder.finish())


@pytest.mark.parametrize("only", [b'{"data": {"text"', b"{", b"[DONE"])
def test_without_a_chunk_before_it_half_a_line_is_no_answer_at_all(only: bytes) -> None:
    decoder = ChunkDecoder(LINES)
    list(decoder.feed(only))
    with pytest.raises(ResponseValidationError):
        list(decoder.finish())


def test_a_last_line_of_many_quotes_is_looked_at_once() -> None:
    decoder = ChunkDecoder(LINES)
    list(decoder.feed(HELLO + b'\n{"content": "' + rb"\"" * 400_000))
    assert not [*decoder.finish()]


def test_an_event_stream_under_another_name_is_an_error() -> None:
    assert isinstance(error_of(ChunkDecoder(LINES), framed(SSE, HELLO)), ResponseValidationError)


# ---- what a text means


def meant(text: str) -> StreamResponseChunk | None:
    """Give the chunk that a JSON text is, the long way; None when it is not one."""
    try:
        return StreamResponseChunk.from_dict(json.loads(text))
    except (ValueError, DecodeError):
        return None


def decoded(text: str, *before: bytes) -> StreamResponseChunk | None:
    decoder = ChunkDecoder(LINES)
    list(decoder.feed(framed(LINES, *before)))
    try:
        (chunk,) = decoder.feed(framed(LINES, text.encode(errors="replace")))
    except ResponseValidationError:
        return None
    return chunk


@given(
    st.text() | st.text('\\"/bfnrtu0123 ad{}[],:', max_size=8),
    st.none() | st.text(max_size=4),
    st.sampled_from([(",", ":"), (", ", ": "), (" ,", " :")]),
    st.booleans(),
)
def test_any_content_comes_through(
    content: str, reason: str | None, separators: tuple[str, str], ascii_only: bool
) -> None:
    chunk = {"content": content, "finishReason": reason}
    text = json.dumps(chunk, separators=separators, ensure_ascii=ascii_only)
    assert meant(text) == StreamResponseChunk.from_dict(chunk)
    assert decoded(text) == decoded(text, UNUSUAL) == meant(text)


FRAGMENTS = ['{"content":"', '{"content": "', ',"finishReason":null}', ', "finishReason": null}']
FRAGMENTS += [
    '"',
    "\\",
    "\\u00e9",
    "\\ud83d",
    "x",
    " ",
    "\t",
    "\0",
    ",",
    "}",
    '"finishReason":',
    "7",
]
FRAGMENTS += ['"content":"y"', "null", '{"content":"z","finishReason":null}', '"stop"', "…"]


@given(st.lists(st.sampled_from(FRAGMENTS), min_size=1, max_size=9).map("".join))
@example('{"content":"x","finishReason":null}{"content":"y","finishReason":null}')
@example('{"content":"x","finishReason":null,"content":"y"}')
@example('{"content":"x","content":"y","finishReason":null}')
@example('{"content":"x"\t,"finishReason":null}')
@example('{"content":"x\t","finishReason":null}')
def test_a_text_that_looks_like_a_chunk_is_one_only_if_it_is(text: str) -> None:
    assume(text.strip())
    assert decoded(text) == decoded(text, UNUSUAL) == meant(text)
