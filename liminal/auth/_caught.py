"""Catches exceptions of other code, whose text may hold a secret, before a user sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from liminal.errors import LiminalError

if TYPE_CHECKING:
    from types import TracebackType


class CaughtForeignError:
    """A ``with`` block that swallows exceptions of other code; ``kind`` is the caught one's type.

    Raise the user's error *after* the block: raised inside an ``except`` it would carry the caught
    exception as its ``__context__``. Errors of this package pass through, as do cancellation and
    Ctrl-C, which are not an ``Exception``.
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
