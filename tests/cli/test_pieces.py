"""Long texts in pieces."""

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liminal.cli._pieces import SMALLEST, in_pieces
from liminal.errors import APIStatusError


def too_large(status: int = 413) -> APIStatusError:
    return APIStatusError("too large", status_code=status, headers=httpx.Headers())


@given(st.text(st.sampled_from("ab \n"), max_size=3000), st.integers(2 * SMALLEST, 1500))
def test_a_piece_that_is_too_large_is_halved(text: str, takes: int) -> None:
    def call(piece: str) -> str:
        if len(piece) > takes:
            raise too_large()
        return piece

    found = list(in_pieces(text, call, 2000))
    assert "".join(piece for _, piece in found) == text
    assert all(text.startswith(piece, begin) for begin, piece in found)


@pytest.mark.parametrize("status", [413, 422])
def test_a_short_piece_that_is_refused_is_not_sent_again(status: int) -> None:
    sent: list[str] = []

    def call(piece: str) -> None:
        sent.append(piece)
        raise too_large(status)

    with pytest.raises(APIStatusError):
        list(in_pieces("a" * SMALLEST, call))
    assert len(sent) == 1
