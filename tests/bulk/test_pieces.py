"""A long text is split at the best boundary, and no character is lost."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liminal.bulk._pieces import LONGEST, pieces, pieces_of
from liminal.errors import LiminalError

TEXTS = st.text(st.sampled_from("ab. \n\r\t!。é😀;,、"), max_size=60)


@given(TEXTS, st.integers(2, 12))
def test_the_pieces_join_to_the_text(text: str, longest: int) -> None:
    found = pieces(text, longest)
    assert "".join(found) == text
    assert all(0 < len(piece) <= longest for piece in found)
    assert not any(
        one.endswith("\r") and other.startswith("\n") for one, other in itertools.pairwise(found)
    )


@given(TEXTS, st.integers(2, 12), st.lists(st.integers(0, 60)))
def test_the_pieces_do_not_depend_on_where_the_chunks_end(
    text: str, longest: int, cuts: list[int]
) -> None:
    ends = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    chunks = [text[start:end] for start, end in itertools.pairwise(ends)]
    assert list(pieces_of(chunks, longest)) == pieces(text, longest)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Short", "Short"),
        ("one two\nthree\n\nfour. five", "one two\nthree\n\n"),
        ("one two\r\n \r\nthree. four five", "one two\r\n \r\n"),
        ("one two three\nfour. five", "one two three\n"),
        ("one two. three four five", "one two. three "),
        ("one two three. four five", "one two three. "),
        ("一二三四五六七八九。一二三四五六七八", "一二三四五六七八九。"),
        # A name is more likely between these than across them.
        ("Ada Bo Cy;Di, E F G", "Ada Bo Cy;"),
        ("Ada Bo C | Di, E F G", "Ada Bo C | "),
        ("Ada\tBo Cy\tDi, Ed Flo", "Ada\tBo Cy\t"),
        ("One, two three four", "One, two three "),  # the comma is far before the limit
        ("Ada Bo C, Di Ed Flo", "Ada Bo C, "),
        ("一二三四五六七八九、一二三四五六七八", "一二三四五六七八九、"),
        ("one two three four five", "one two three "),
        ("0123456789abcdefghij", "0123456789abcdef"),
        ("0123456789abcde\r\nf", "0123456789abcde"),
        ("a\n\nb 0123456789abcdefghij", "a\n\nb 0123456789a"),  # not far before the limit
    ],
)
def test_a_text_is_split_at_the_best_boundary(text: str, first: str) -> None:
    assert pieces(text, 16)[0] == first


def test_a_short_text_is_one_piece() -> None:
    assert pieces("x" * LONGEST) == ["x" * LONGEST]


def test_a_piece_must_have_room_for_two_characters() -> None:
    with pytest.raises(LiminalError, match="2 or more"):
        pieces("text", 1)
