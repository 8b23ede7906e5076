"""Keeps foreign exceptions, whose text may hold a secret, from reaching anybody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from liminal.errors import LiminalError

if TYPE_CHECKING:
    from types import TracebackType


class Contained:
    """A ``with`` block that lets no foreign exception out; ``kind`` names the type of a caught one.

    Raise what the user is to see *behind* the block: raised inside an ``except`` it would carry the
    foreign exception as its ``__context__``. Our own errors pass, as do cancellation and Ctrl-C,
    which are no ``Exception``.
    """

    kind: str | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None
    ) -> bool:
        if not isinstance(error, Exception) or isinstance(error, LiminalError):
            return False
        self.kind = type(error).__name__
        return True
