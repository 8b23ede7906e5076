"""What a stream may cost: a line or an event has a bound, and memory with it."""

import tracemalloc
from collections.abc import Iterator

import pytest

from liminal.errors import ResponseValidationError
from liminal.streaming import DEFAULT_MAX_EVENT_BYTES, LineDecoder, SSEDecoder

Decoder = SSEDecoder | LineDecoder
BOUND = 32
BOTH = pytest.mark.parametrize("make", [SSEDecoder, LineDecoder])


def pieces(stream: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(stream), size):
        yield stream[start : start + size]


def decode(decoder: Decoder, stream: bytes, size: int) -> list[object]:
    return [item for piece in pieces(stream, size) for item in decoder.feed(piece)]


@pytest.mark.parametrize("size", [1, 7, 1400])
@pytest.mark.parametrize(
    ("make", "largest", "end"),
    [
        pytest.param(SSEDecoder, b"data: " + b"x" * 26, b"\n\n", id="data line"),
        pytest.param(SSEDecoder, b"data: " + b"x" * 26, b"\r\n\r\n", id="data line, CRLF"),
        pytest.param(SSEDecoder, b"event: " + b"x" * 25, b"\ndata: 1\n\n", id="event line"),
        pytest.param(SSEDecoder, b":" + b"x" * 31, b"\ndata: 1\n\n", id="comment"),
        pytest.param(
            SSEDecoder, b"\ndata: ".join([b"", *[b"x" * 10] * 3]), b"\n\n", id="many lines"
        ),
        pytest.param(
            SSEDecoder, b"\xef\xbb\xbfdata: " + b"x" * 26, b"\n\n", id="first line with a BOM"
        ),
        pytest.param(LineDecoder, b"x" * 32, b"\n", id="JSON line"),
        pytest.param(LineDecoder, b"\xef\xbb\xbf" + b"x" * 32, b"\n", id="first JSON line"),
    ],
)
def test_a_piece_may_be_as_long_as_the_bound_and_no_byte_longer(make, largest, end, size):
    came = decode(make(max_event_bytes=BOUND), largest + end + b"data: 2\n\n", size)
    assert len(came) >= 2
    with pytest.raises(ResponseValidationError, match="longer than 32 bytes"):
        decode(make(max_event_bytes=BOUND), largest + b"x" + end, size)


@BOTH
def test_the_bound_is_a_mebibyte_unless_set(make):
    assert DEFAULT_MAX_EVENT_BYTES == 1024 * 1024
    with pytest.raises(ResponseValidationError, match="longer than 1048576 bytes"):
        decode(make(), b"x" * (1024 * 1024 + 1) + b"\n", 65536)


@BOTH
@pytest.mark.parametrize("size", [1, 1400])
@pytest.mark.parametrize("endless", [b"x", b"data: ", b"data\n", b"data:x\n", b"event: data\n:"])
def test_an_endless_stream_can_t_fill_the_memory(make, endless, size):
    """256 KiB are not held, whether the bound ends the stream or it comes to nothing."""
    decoder = make(max_event_bytes=1024)
    stream = endless * (256 * 1024 // len(endless)) if size > 1 else endless * 1024
    tracemalloc.start()
    try:
        for piece in pieces(stream, size):
            for _item in decoder.feed(piece):
                pass
    except ResponseValidationError:
        pass
    finally:
        _now, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 64 * 1024
