"""From a streamed answer's bytes to typed chunks, and the truth about the answer's end."""

import json

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from liminal._streams.chunks import ChunkDecoder
from liminal.errors import ResponseValidationError
from liminal_api.errors import DecodeError
from liminal_api.models import StreamResponseChunk

from .chunks import BOTH, HELLO, LINES, SSE, STOP, UNUSUAL, WORLD, contents, framed

DONE = b"[DONE]"
GARBAGE = [b"not JSON", HELLO]


@pytest.mark.parametrize("content_type", [SSE, LINES, "text/plain", "application/json", "", None])
def test_a_chunk_is_typed(content_type):
    chunks = list(ChunkDecoder(content_type).feed(framed(content_type, HELLO)))
    assert chunks == [StreamResponseChunk(content="Hello", finish_reason=None)]


@BOTH
@pytest.mark.parametrize(
    ("texts", "came", "finished", "reason"),
    [
        pytest.param([HELLO, STOP], ["Hello", ""], True, "stop", id="a reason ends it"),
        pytest.param([HELLO, b" [DONE]\t"], ["Hello"], True, None, id="DONE ends it, reasonless"),
        pytest.param([STOP, *GARBAGE], [""], True, "stop", id="nothing counts after a reason"),
        pytest.param([DONE, *GARBAGE], [], True, None, id="nothing counts after DONE"),
        pytest.param([HELLO, WORLD], ["Hello", ", world"], False, None, id="null is no reason"),
        pytest.param(
            [HELLO.replace(b"null", b'""'), WORLD], ["Hello", ", world"], False, None,
            id="an empty reason is none",
        ),
        pytest.param([b"", b" \t", HELLO, b""], ["Hello"], False, None, id="blank texts are none"),
        pytest.param(
            [b" \t" + HELLO + b"  ", WORLD + b"\r"], ["Hello", ", world"], False, None,
            id="white space around a chunk is JSON's",
        ),
        pytest.param(
            [b'{"content": "x", "finishReason": null, "index": [1e999, {}]}'], ["x"], False, None,
            id="unknown fields are passed over",
        ),
    ],
)  # fmt: skip
def test_an_answer_goes_on_until_it_says_otherwise(content_type, texts, came, finished, reason):
    decoder = ChunkDecoder(content_type)
    assert contents(decoder, framed(content_type, *texts)) == came
    assert (decoder.finished, decoder.finish_reason) == (finished, reason)
    if finished:
        assert contents(decoder, framed(content_type, HELLO) + b"x" * 2_000_000) == []
        assert list(decoder.finish()) == []


@pytest.mark.parametrize(
    "other",
    [b"event: ping\ndata: [DONE]\n\n", b": ping\n\n", b"event: x\ndata: !\n\n", b"id: 7\n\n"],
)
def test_other_events_and_comments_are_passed_over(other):
    message = b'event: message\ndata: {"content": "x",\ndata: "finishReason": null}\n\n'
    stream = other + message + other + framed(SSE, WORLD)
    assert contents(ChunkDecoder(SSE), stream) == ["x", ", world"]


@pytest.mark.parametrize(
    ("content_type", "before", "last", "reasons"),
    [
        pytest.param(SSE, b"", b"data: " + STOP + b"\n", [], id="an event that is cut off"),
        pytest.param(LINES, b"", STOP, ["stop"], id="a line without its LF is whole"),
        *(
            pytest.param(LINES, HELLO + b"\n", last, [], id=f"a line cut off: {last.decode()}")
            for last in [*(WORLD[:cut] for cut in range(1, len(WORLD), 3)), b"[DONE", b" {"]
        ),
        pytest.param(
            LINES, HELLO + b"\n", b'{"content": "' + rb"\"" * 400_000, [],
            id="many quotes are looked at once",
        ),
    ],
)  # fmt: skip
def test_the_end_of_the_bytes_gives_a_last_line_if_it_is_whole(content_type, before, last, reasons):
    decoder = ChunkDecoder(content_type)
    list(decoder.feed(before))
    assert contents(decoder, last) == []
    assert [chunk.finish_reason for chunk in decoder.finish()] == reasons
    assert decoder.finished == bool(reasons)


@pytest.mark.parametrize(
    ("before", "last"),
    [
        *((b"", half) for half in (b'{"data": {"text"', b"{", b"[DONE")),  # no answer at all
        (HELLO + b"\n", b"<html>"),
        (HELLO + b"\n", b"{}"),
        (HELLO + b"\n", b'{"content": 1}'),
        (HELLO + b"\n", b'{"content": NaN'),
        (HELLO + b"\n", b'{"content": NaN}'),
        (HELLO + b"\n", b'{"content": %s}' % (b"9" * 5000)),
        (HELLO + b"\n", b'{"content": "a" "b"}'),
        (HELLO + b"\n", b"{{maintenance}"),
        (HELLO + b"\n", b"null"),
        (HELLO + b"\n", b"[1"),
    ],
)
def test_an_invalid_last_line_is_an_error(before, last):
    decoder = ChunkDecoder(LINES)
    list(decoder.feed(before + last))
    with pytest.raises(ResponseValidationError):
        list(decoder.finish())


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
def test_any_content_comes_through(content, reason, separators, ascii_only):
    chunk = {"content": content, "finishReason": reason}
    text = json.dumps(chunk, separators=separators, ensure_ascii=ascii_only)
    assert meant(text) == StreamResponseChunk.from_dict(chunk)
    assert decoded(text) == decoded(text, UNUSUAL) == meant(text)


FRAGMENTS = r"""
    {"content":"@{"content": "@,"finishReason":null}@, "finishReason": null}@"@\@\u00e9@\ud83d@x@ @,
    @}@"finishReason":@7@"content":"y"@null@{"content":"z","finishReason":null}@"stop"@…
""".strip().replace("\n    ", "")


@given(
    st.lists(st.sampled_from([*FRAGMENTS.split("@"), "\t", "\0"]), min_size=1, max_size=9).map(
        "".join
    )
)
@example('{"content":"x","finishReason":null}{"content":"y","finishReason":null}')
@example('{"content":"x","finishReason":null,"content":"y"}')
@example('{"content":"x","content":"y","finishReason":null}')
@example('{"content":"x"\t,"finishReason":null}')
@example('{"content":"x\t","finishReason":null}')
def test_a_text_that_looks_like_a_chunk_is_one_only_if_it_is(text):
    assume(text.strip())
    assert decoded(text) == decoded(text, UNUSUAL) == meant(text)
