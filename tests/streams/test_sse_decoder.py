"""The event-stream decoder: what the web-platform-tests leave open, and when events come out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liminal.streaming import ServerSentEvent, SSEDecoder, is_event_stream
from tests.streams import model

# Pieces that make up lines, blocks and their faults; hypothesis strings them together.
PIECES = [b"data", b"event", b"id", b"retry", b"other", b":", b": ", b" ", b"\n", b"\r", b"\r\n"]
PIECES += [b"\n\n", b"data: x\n\n", b"data: \xe2\x80\xa6\n\n", b"data:\n", b"7", b"0", b"x", b"\t"]
PIECES += [b"\0", b"\xef\xbb\xbf", b"\xef\xbb", b"\xe2\x80", b"\xff", b"\xed\xa0\x80", b"\xc2\x85"]
PIECES += [b"\x0b\x1c"]
streams = st.lists(st.sampled_from(PIECES), max_size=30).map(b"".join)


class ByTheSteps(SSEDecoder):
    """The decoder without its short cut: every line goes through the standard's steps."""

    def _split_plain(self, chunk: bytes) -> tuple[list[str], bytes]:
        return [], chunk


def events(stream: bytes, decoder: SSEDecoder | None = None) -> list[ServerSentEvent]:
    return list((decoder or SSEDecoder()).feed(stream))


def cut(stream: bytes, places: list[int]) -> list[bytes]:
    ends = sorted({place % (len(stream) + 1) for place in places} | {len(stream)})
    return [stream[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def check(stream: bytes) -> None:
    """It means what the standard says; and each event comes with its last byte."""
    assert events(stream) == model.events(stream)
    decoder = SSEDecoder()
    came: list[ServerSentEvent] = []
    for end in range(1, len(stream) + 1):
        came += decoder.feed(stream[end - 1 : end])
        assert came == model.events(stream[:end])


@given(streams)
def test_any_stream_means_what_the_standard_says(stream):
    check(stream)


@given(streams, st.lists(st.integers(0, 99), max_size=6))
def test_the_fast_path_changes_nothing(stream, places):
    quick, by_the_steps = SSEDecoder(), ByTheSteps()
    for chunk in cut(stream, places):
        assert events(chunk, quick) == events(chunk, by_the_steps)
    assert vars(quick) == vars(by_the_steps)


@pytest.mark.parametrize(
    ("stream", "came"),
    [
        *((end.join([b"event: a", b"data: 1", b"", b"data: 2", b"", b""]), ["1", "2"])
          for end in (b"\n", b"\r", b"\r\n")),
        *((f"data: a{letter}b\n\nevent: c\ndata: a{letter}b\n\n".encode(), [f"a{letter}b"] * 2)
          for letter in "\u2028\u2029\x85\x0b\x0c\x1c\x1e"),
        (b"data: x\r\r", ["x"]),
        (b"data: x\r\ndata: y\r\n\r", ["x\ny"]),
        (b"\xef\xbb\xbfdata: \xef\xbb\xbfx\n\n", ["\ufeffx"]),
        (b"data: a\xffb\xe2\x80\n\n", ["a\ufffdb\ufffd"]),
        (b"data: x\n", []),
    ],
)  # fmt: skip
def test_lines_end_at_lf_cr_or_crlf_and_nothing_else(stream, came):
    assert [event.data for event in events(stream)] == came
    check(stream)


def test_an_empty_chunk_between_cr_and_lf_is_no_line():
    decoder = SSEDecoder()
    chunks = (b"data: x\r", b"\ndata: y\r", b"", b"\n\r")
    assert [event.data for chunk in chunks for event in decoder.feed(chunk)] == ["x\ny"]


@pytest.mark.parametrize(
    ("stream", "events_have", "kept"),
    [
        (b"id: 1\n", [], ("", None)),  # an id counts when its block ends
        (b"id: 1\n\n", [], ("1", None)),
        (b"id: 1\ndata: x\n\ndata: y\n\n", [("1", None), ("1", None)], ("1", None)),
        (b"retry: 5\n\ndata: x\n\n", [("", None)], ("", 5)),  # it was another block's
        (b"retry: " + b"0" * 5000 + b"7\ndata: x\n\n", [("", 7)], ("", 7)),
        (b"retry: " + b"9" * 18 + b"\ndata: x\n\n", [("", 10**18 - 1)], ("", 10**18 - 1)),
        *(
            (b"retry: " + value + b"\ndata: x\n\n", [("", None)], ("", None))
            for value in (b"", b"-1", b"1.5", b"1e3", b"\xd9\xa1", b"9" * 19, b"9" * 5000)
        ),
    ],
)
def test_an_id_lasts_and_a_retry_is_a_number_of_its_own_block(stream, events_have, kept):
    decoder = SSEDecoder()
    assert [(event.id, event.retry) for event in events(stream, decoder)] == events_have
    assert (decoder.last_event_id, decoder.reconnection_time) == kept


def test_the_repr_of_an_event_has_all_but_its_data():
    event = ServerSentEvent(event="e", data="the secret", id="7", retry=5)
    assert repr(event) == "ServerSentEvent(event='e', data=<10 characters>, id='7', retry=5)"


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        ("Text/Event-Stream", True),
        ("text/event-stream ; charset=windows-1252; x=y", True),
        (" text/event-stream\t", True),
        ("text/event-stream;", True),
        ("text/event-streams", False),
        ("text/event-stream, text/html", False),
        ("application/x-ndjson; profile=text/event-stream", False),
        ("text/plain", False),
        ("", False),
        (None, False),
    ],
)
def test_the_content_type_tells_an_event_stream(content_type, expected):
    assert is_event_stream(content_type) is expected
