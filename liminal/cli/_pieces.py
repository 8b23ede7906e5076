"""Sends a long text in pieces, and in smaller ones if the service refuses their size."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, TypeVar

from liminal.errors import APIStatusError

T = TypeVar("T")

# Characters. The contract names no limit. A model's context is about as long, and an analysis of
# more takes so long that a gateway may give up.
LARGEST: Final = 100_000
# A service that refuses a shorter piece does so for another reason.
SMALLEST: Final = 256


def in_pieces(
    text: str, call: Callable[[str], T], largest: int = LARGEST
) -> Iterator[tuple[int, T]]:
    """Call the service with each piece; yield the piece's offset, and the answer.

    A piece that the service finds too large (413) is cut in two and sent again.
    """
    from liminal.bulk._pieces import pieces  # noqa: PLC0415 - loads what makes calls

    begin = 0
    waiting = pieces(text, largest)[::-1] or [text]
    while waiting:
        piece = waiting.pop()
        try:
            answer = call(piece)
        except APIStatusError as error:
            if error.status_code != 413 or len(piece) < 2 * SMALLEST:
                raise
            waiting += pieces(piece, len(piece) // 2 + 1)[::-1]
            continue
        yield begin, answer
        begin += len(piece)
