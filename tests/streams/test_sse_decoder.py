"""The event-stream decoder: what the web-platform-tests leave open, and when events come out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liminal.streaming import ServerSentEvent, SSEDecoder, is_event_stream
from tests.streams import model

# Pieces that make up lines, blocks and their faults; hypothesis strings them together.
PIECES = [
    *(
        b"data",
        b"event",
        b"id",
        b"retry",
        b"other",
        b":",
        b": ",
        b" ",
        b"\n",
        b"\r",
        b"\r\n",
        b"\n\n",
    ),
    *(b"data: x\n\n", b"data: \xe2\x80\xa6\n\n", b"data:\n", b"7", b"0", b"x", b"\t", b"\0"),
    *(
        b"\xef\xbb\xbf",
        b"\xef\xbb",
        b"\xe2\x80",
        b"\xff",
        b"\xed\xa0\x80",
        b"\xc2\x85",
        b"\x0b\x1c",
    ),
]
streams = st.lists(st.sampled_from(PIECES), max_size=30).map(b"".join)


class ByTheSteps(SSEDecoder):
    """The decoder without its short cut: every line goes through the standard's steps."""

    def _split_plain(self, chunk: bytes) -> tuple[list[str], bytes]:
        return [], chunk


def events(stream: bytes, decoder: SSEDecoder | None = None) -> list[ServerSentEvent]:
    decoder = decoder or SSEDecoder()
    return list(decoder.feed(stream))


def cut(stream: bytes, places: list[int]) -> list[bytes]:
    ends = sorted({place % (len(stream) + 1) for place in places} | {len(stream)})
    return [stream[start:end] for start, end in zip([0, *ends], ends, strict=False)]


@given(streams)
def test_any_stream_means_what_the_standard_says(stream: bytes) -> None:
    assert events(stream) == model.events(stream)


@given(streams, st.lists(st.integers(0, 99), max_size=6))
def test_the_short_cut_changes_nothing(stream: bytes, places: list[int]) -> None:
    quick, by_the_steps = SSEDecoder(), ByTheSteps()
    for chunk in cut(stream, places):
        assert events(chunk, quick) == events(chunk, by_the_steps)
    assert vars(quick) == vars(by_the_steps)


@given(streams)
def test_an_event_comes_with_its_last_byte(stream: bytes) -> None:
    decoder = SSEDecoder()
    came: list[ServerSentEvent] = []
    for end in range(1, len(stream) + 1):
        came += decoder.feed(stream[end - 1 : end])
        assert came == model.events(stream[:end])


@pytest.mark.parametrize("line_end", [b"\n", b"\r", b"\r\n"])
def test_a_line_end_is_any_of_three(line_end: bytes) -> None:
    stream = line_end.join([b"event: a", b"data: 1", b"", b"data: 2", b"", b""])
    assert [event.data for event in events(stream)] == ["1", "2"]


@pytest.mark.parametrize("letter", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\x1e"])
def test_nothing_else_ends_a_line(letter: str) -> None:
    stream = f"data: a{letter}b\n\nevent: c\ndata: a{letter}b\n\n".encode()
    assert [event.data for event in events(stream)] == [f"a{letter}b"] * 2


def test_a_cr_at_the_end_of_a_chunk_delays_nothing() -> None:
    assert [event.data for event in events(b"data: x\r\r")] == ["x"]


def test_a_lf_after_such_a_cr_is_no_line() -> None:
    decoder = SSEDecoder()
    came = [
        event.data
        for chunk in (b"data: x\r", b"\ndata: y\r", b"", b"\n\r")
        for event in decoder.feed(chunk)
    ]
    assert came == ["x\ny"]


def test_only_the_first_byte_order_mark_goes() -> None:
    decoder = SSEDecoder()
    came = [
        event.data
        for chunk in (b"\xef", b"\xbb\xbfdata: \xef\xbb\xbf", b"x\n\n")
        for event in decoder.feed(chunk)
    ]
    assert came == ["\ufeffx"]


def test_bytes_that_are_not_utf_8_become_replacement_characters() -> None:
    assert [event.data for event in events(b"data: a\xffb\xe2\x80\n\n")] == ["a\ufffdb\ufffd"]


def test_an_event_that_the_end_cuts_off_does_not_come() -> None:
    assert events(b"data: x\n") == []


def test_an_id_counts_when_its_block_ends() -> None:
    decoder = SSEDecoder()
    events(b"id: 1\n", decoder)
    assert decoder.last_event_id == ""
    events(b"\n", decoder)
    assert decoder.last_event_id == "1"


def test_an_event_of_data_alone_has_the_last_event_id() -> None:
    assert [event.id for event in events(b"id: 1\ndata: x\n\ndata: y\n\n")] == ["1", "1"]


def test_a_retry_that_no_data_follows_is_not_the_next_event_s() -> None:
    decoder = SSEDecoder()
    assert [event.retry for event in events(b"retry: 5\n\ndata: x\n\n", decoder)] == [None]
    assert decoder.reconnection_time == 5


@pytest.mark.parametrize("value", [b"", b"-1", b"1.5", b"1e3", b"\xd9\xa1", b"9" * 19, b"9" * 5000])
def test_a_retry_that_is_not_a_reasonable_number_is_ignored(value: bytes) -> None:
    decoder = SSEDecoder()
    assert [event.retry for event in events(b"retry: " + value + b"\ndata: x\n\n", decoder)] == [
        None
    ]
    assert decoder.reconnection_time is None


def test_zeros_in_front_of_a_retry_do_not_count() -> None:
    assert [event.retry for event in events(b"retry: " + b"0" * 5000 + b"7\ndata: x\n\n")] == [7]


def test_an_event_can_t_be_changed() -> None:
    with pytest.raises(AttributeError):
        ServerSentEvent(data="x").data = "y"


def test_the_repr_of_an_event_has_all_but_its_data() -> None:
    event = ServerSentEvent(event="e", data="the secret", id="7", retry=5)
    assert repr(event) == "ServerSentEvent(event='e', data=<10 characters>, id='7', retry=5)"


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        ("text/event-stream", True),
        ("Text/Event-Stream", True),
        ("text/event-stream;charset=utf-8", True),
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
def test_the_content_type_tells_an_event_stream(content_type: str | None, expected: bool) -> None:
    assert is_event_stream(content_type) is expected
