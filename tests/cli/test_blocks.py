"""Markdown that arrives in pieces is split into final blocks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liminal.cli._chat.blocks import Blocks

LINES = st.sampled_from(["", "text", "- item", "1. item", "  more", "```", "~~~~", "    code", " "])


@given(st.lists(LINES, max_size=12).map("\n".join), st.integers(1, 9))
def test_the_blocks_join_to_the_text_however_it_arrives(text: str, size: int) -> None:
    whole, pieces = Blocks(), Blocks()
    ended = whole.feed(text)
    assert "".join([*ended, whole.rest]) == text
    arrived = [
        block
        for begin in range(0, len(text), size)
        for block in pieces.feed(text[begin : begin + size])
    ]
    assert "".join([*arrived, pieces.rest]) == text
    # A block that was shown does not change when more text arrives.
    assert ended[: len(arrived)] == arrived


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("one\ntwo\n\nthree\n", ["one\ntwo\n\n"]),
        ("one\n\nthree", []),  # may become "three" or "three\n===", so a whole line is needed
        ("\n\none\n\n\ntwo\n", ["\n\none\n\n\n"]),
        ("- one\n\n- two\n\n  more\n\nafter\n", ["- one\n\n- two\n\n  more\n\n"]),
        ("text\n\n- one\n", ["text\n\n"]),
        ("```\na\n\nb\n```\n\nafter\n", ["```\na\n\nb\n```\n\n"]),
        ("````\n```\n\nb\n`````\n\nafter\n", ["````\n```\n\nb\n`````\n\n"]),
        ("~~~\n```\n\nb\n~~~ no\n\nafter\n", []),
        ("one\n\n    code\n", []),
    ],
)
def test_a_block_ends_at_a_blank_line_outside_of_lists_and_fences(
    text: str, blocks: list[str]
) -> None:
    assert Blocks().feed(text) == blocks
