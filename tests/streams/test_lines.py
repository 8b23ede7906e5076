"""The line decoder: where lines end, and what becomes of bytes that are not UTF-8."""

from hypothesis import example, given
from hypothesis import strategies as st

from liminal.streaming import LineDecoder

# Only LF ends a line of JSON; what str.splitlines knows beside it does not.
PIECES = [b"\n", b"\r", b"a", b"{}", "…\u2028\u2029\x85\x0b\x0c\x1c\x1e".encode(), b"\xff"]
PIECES += [b"\xe2\x80", b"\xef\xbb\xbf", b"\xef\xbb", b"\xbf"]
streams = st.lists(st.sampled_from(PIECES), max_size=8).map(b"".join)


@given(st.lists(streams, max_size=5))
@example([])
@example([b"a\nb", b"c\r\n", b"d"])
@example(["a\u2028b\u2029\x85\x0b\x0c\x1c\x1ec\n".encode()])
@example([b"\xef\xbb", b"\xbf\xef\xbb\xbfa\n", b"\xef\xbb\xbfb\n"])
@example([b"a\xff\nb\xe2", b"\x80\nc"])
def test_any_stream_is_split_at_lf_wherever_it_is_cut(chunks):
    decoder = LineDecoder()
    lines = [line for chunk in chunks for line in decoder.feed(chunk)] + list(decoder.finish())
    *ended, last = b"".join(chunks).decode("utf-8-sig", errors="replace").split("\n")
    assert "\n".join(lines) == "\n".join([*ended, last] if last else ended)


@given(streams)
def test_a_line_comes_with_its_last_byte(stream):
    decoder = LineDecoder()
    for byte in stream:
        assert len(list(decoder.feed(bytes([byte])))) == (byte == ord("\n"))
