"""Sees to it that a person is asked once, however many threads and tasks wait for the answer."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from liminal.errors import AuthError

if TYPE_CHECKING:
    from collections.abc import Generator

# How often those who wait look up, in seconds: they may sit in different threads and event loops,
# which nothing but looking wakes alike.
GLANCE: Final = 0.05


class Turn:
    """A person's being asked, on behalf of all who wait until it is ``over``."""

    def __init__(self) -> None:
        self.over = False
        self._failed: AuthError | None = None

    def fail(self, error: AuthError) -> None:
        """End with an error, for all who wait."""
        self._failed = error

    def check(self) -> None:
        """Raise what it ended with: nobody asks a person again who has just said no."""
        if self._failed is not None:
            raise AuthError(str(self._failed), status_code=self._failed.status_code)


class Turns:
    """The turns of one provider. It needs no lock: ``dict.setdefault`` lets exactly one come first.

    ``granted`` counts how often the person signed in.
    """

    def __init__(self) -> None:
        self._current: dict[str, Turn] = {}
        self.granted = 0

    @contextmanager
    def take(self, granted: int) -> Generator[Turn | None]:
        """Give None to whoever is to ask the person inside the block, others a turn to wait for.

        ``granted`` is what the count was before the caller looked for a token. A turn that is
        cancelled is over without an error, so that one of those who waited asks.
        """
        mine = Turn()
        turn = self._current.setdefault("", mine)
        if turn is not mine:
            yield turn
            return
        try:
            if self.granted == granted:
                yield None
                self.granted += 1
            else:  # somebody has signed in since the caller looked
                mine.over = True
                yield mine
        except AuthError as error:
            mine.fail(error)
            raise
        finally:
            mine.over = True
            del self._current[""]
