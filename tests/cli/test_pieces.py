"""Long texts in pieces."""

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liminal.cli._pieces import SMALLEST, cut, in_pieces
from liminal.errors import APIStatusError

TEXTS = st.text(st.sampled_from("ab. \n\r\t\u3002é😀"), max_size=200)


@given(TEXTS, st.integers(2, 40))
def test_the_pieces_together_are_the_text_and_none_is_too_long(text: str, largest: int) -> None:
    pieces = cut(text, largest)
    assert "".join(pieces) == text
    assert max(map(len, pieces)) <= largest
    assert all(pieces[:-1])


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("one two\nthree\n\nfour. five", "one two\nthree\n\n"),
        ("one two\r\n \r\nthree. four five", "one two\r\n \r\n"),
        ("one two three\nfour. five", "one two three\n"),
        ("one two. three four five", "one two. three "),
        ("one two three. four five", "one two three. "),
        ("one two three four five", "one two three "),
        ("0123456789abcdefghij", "0123456789abcdef"),
        ("a\n\nb 0123456789abcdefghij", "a\n\nb 0123456789a"),  # not far before the limit
    ],
)
def test_a_text_is_cut_where_a_reader_would_pause(text: str, first: str) -> None:
    assert cut(text, 16)[0] == first


def too_large(status: int = 413) -> APIStatusError:
    return APIStatusError("too large", status_code=status, headers=httpx.Headers())


@given(st.text(st.sampled_from("ab \n"), max_size=3000), st.integers(2 * SMALLEST, 1500))
def test_a_piece_that_is_refused_as_too_large_is_halved(text: str, takes: int) -> None:
    def call(piece: str) -> str:
        if len(piece) > takes:
            raise too_large()
        return piece

    found = list(in_pieces(text, call, 2000))
    assert "".join(piece for _, piece in found) == text
    assert all(text.startswith(piece, begin) for begin, piece in found)


@pytest.mark.parametrize("status", [413, 422])
def test_what_has_another_reason_than_its_length_is_not_sent_again(status: int) -> None:
    sent: list[str] = []

    def call(piece: str) -> None:
        sent.append(piece)
        raise too_large(status)

    with pytest.raises(APIStatusError):
        list(in_pieces("a" * SMALLEST, call))
    assert len(sent) == 1
