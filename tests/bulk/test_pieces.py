"""A long text is cut where a reader would pause, and no character is lost."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liminal.bulk._pieces import LONGEST, pieces, pieces_of
from liminal.errors import LiminalError

TEXTS = st.text(st.sampled_from("ab. \n\r\t!。é😀"), max_size=60)


@given(TEXTS, st.integers(2, 12))
def test_the_pieces_join_to_the_text(text: str, longest: int) -> None:
    found = pieces(text, longest)
    assert "".join(found) == text
    assert all(0 < len(piece) <= longest for piece in found)
    assert not any(
        one.endswith("\r") and other.startswith("\n") for one, other in itertools.pairwise(found)
    )


@given(TEXTS, st.integers(2, 12), st.lists(st.integers(0, 60)))
def test_where_the_chunks_end_makes_no_difference(text: str, longest: int, cuts: list[int]) -> None:
    ends = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    chunks = [text[start:end] for start, end in itertools.pairwise(ends)]
    assert list(pieces_of(chunks, longest)) == pieces(text, longest)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("Short", ["Short"]),
        ("One.\n\nTwo two.\nThree", ["One.\n\n", "Two two.\n", "Three"]),
        ("One.\r\n\r\nTwo. And", ["One.\r\n\r\n", "Two. And"]),
        ("One line\nand more", ["One line\n", "and more"]),
        ("Wait. And on", ["Wait. ", "And on"]),
        ("等一下。再继续走吧，好吗", ["等一下。", "再继续走吧，好吗"]),
        ("several words", ["several ", "words"]),
        ("indivisibles", ["indivisibl", "es"]),
    ],
)
def test_a_text_is_cut_at_the_best_place(text: str, expected: list[str]) -> None:
    assert pieces(text, 10) == expected


def test_a_text_that_the_service_takes_is_one_piece() -> None:
    assert pieces("x" * LONGEST) == ["x" * LONGEST]


def test_pieces_have_room_for_a_line_end() -> None:
    with pytest.raises(LiminalError, match="2 or more"):
        pieces("text", 1)
