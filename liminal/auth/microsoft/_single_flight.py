"""Asks a person to sign in once, however many threads and tasks wait for the answer."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from liminal.errors import AuthError

if TYPE_CHECKING:
    from collections.abc import Generator

# Seconds between two looks at another caller's sign-in. The waiters may be in different threads and
# event loops, and polling is the one way that serves all of them.
POLL_SECONDS: Final = 0.05


class Attempt:
    """One sign-in by a person, shared by every caller that waits until it is ``over``.

    ``error`` is what ended it: after a refusal, no waiter asks the person again.
    """

    over = False
    error: AuthError | None = None

    def check(self) -> None:
        """Raise a copy of the error: each waiter adds its own traceback."""
        if self.error is not None:
            raise AuthError(str(self.error), status_code=self.error.status_code)


class SingleFlight:
    """Lets one caller of a provider sign in at a time. ``dict.setdefault`` is atomic, so no lock.

    ``granted`` counts how often the person signed in. The attempt is kept by process ID, since the
    child of a fork can't wait for a thread of its parent.
    """

    def __init__(self) -> None:
        self._current: dict[int, Attempt] = {}
        self.granted = 0

    @contextmanager
    def take(self, granted: int) -> Generator[Attempt | None]:
        """Yield None to the one caller that asks the person, and to others the attempt to wait for.

        ``granted`` is the count before the caller looked for a token. A cancelled attempt ends
        without an error, so that one of the waiters asks instead.
        """
        mine, process = Attempt(), os.getpid()
        try:  # from here on, since Ctrl-C may come right after the first step
            attempt = self._current.setdefault(process, mine)
            if attempt is not mine:
                yield attempt
            elif self.granted == granted:
                yield None
                self.granted += 1
            else:  # a sign-in succeeded since the caller looked
                mine.over = True
                yield mine
        except AuthError as error:
            mine.error = error
            raise
        finally:
            mine.over = True
            if self._current.get(process) is mine:
                del self._current[process]
