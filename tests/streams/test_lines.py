"""The line decoder: where lines end, and what becomes of bytes that are not UTF-8."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liminal.streaming import LineDecoder

PIECES = [b"\n", b"\r", b"a", b"{}", "…\u2028\x85".encode(), b"\xe2\x80", b"\xff", b"\xef\xbb\xbf"]


def lines(*chunks: bytes) -> list[str]:
    decoder = LineDecoder()
    return [line for chunk in chunks for line in decoder.feed(chunk)] + list(decoder.finish())


@given(st.lists(st.lists(st.sampled_from(PIECES), max_size=8).map(b"".join), max_size=5))
def test_any_stream_is_split_at_lf_wherever_it_is_cut(chunks: list[bytes]) -> None:
    *ended, last = b"".join(chunks).decode("utf-8-sig", errors="replace").split("\n")
    assert "\n".join(lines(*chunks)) == "\n".join([*ended, last] if last else ended)


@given(st.lists(st.sampled_from(PIECES), max_size=20).map(b"".join))
def test_a_line_comes_with_its_last_byte(stream: bytes) -> None:
    decoder = LineDecoder()
    for byte in stream:
        assert len(list(decoder.feed(bytes([byte])))) == (byte == ord("\n"))


@pytest.mark.parametrize(
    "letter", ["\r", "\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\x1e"]
)
def test_only_lf_ends_a_line(letter: str) -> None:
    assert lines(f"a{letter}b\nc\n".encode()) == [f"a{letter}b", "c"]


def test_the_cr_of_a_crlf_stays() -> None:
    assert lines(b"{}\r\n") == ["{}\r"]


def test_a_last_line_needs_no_lf() -> None:
    assert lines(b"a\nb") == ["a", "b"]


def test_a_stream_without_bytes_has_no_lines() -> None:
    assert lines() == []


def test_one_byte_order_mark_goes() -> None:
    assert lines(b"\xef\xbb", b"\xbf\xef\xbb\xbfa\n", b"\xef\xbb\xbfb\n") == ["\ufeffa", "\ufeffb"]


def test_bytes_that_are_not_utf_8_become_replacement_characters() -> None:
    assert lines(b"a\xff\nb\xe2", b"\x80\nc") == ["a\ufffd", "b\ufffd", "c"]
