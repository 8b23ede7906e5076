"""Asks a person to sign in once, however many threads and tasks wait for the answer."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from liminal.errors import AuthError

if TYPE_CHECKING:
    from collections.abc import Generator


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

    The attempt is kept by process ID, since the child of a fork can't wait for a thread of its
    parent.
    """

    def __init__(self) -> None:
        self._current: dict[int, Attempt] = {}

    @contextmanager
    def take(self) -> Generator[Attempt | None]:
        """Yield None to the one caller that signs in, and to others the attempt to wait for.

        A cancelled attempt ends without an error, so that one of the waiters signs in instead.
        """
        mine, process = Attempt(), os.getpid()
        try:  # from here on, since Ctrl-C may come right after the first step
            attempt = self._current.setdefault(process, mine)
            yield None if attempt is mine else attempt
        except AuthError as error:
            mine.error = error
            raise
        finally:
            mine.over = True
            if self._current.get(process) is mine:
                del self._current[process]
