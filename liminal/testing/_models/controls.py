"""What a test can set and read while a stand-in serves: answers, failures and requests."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Literal, get_args

from liminal.errors import LiminalError
from liminal.sandbox._controls import Controls as Failures
from liminal.sandbox._service.model import answer
from liminal.sandbox._settings import is_whole
from liminal.testing._models.reply import as_replies

if TYPE_CHECKING:
    from collections.abc import Callable

    from liminal.testing._models.ledger import ModelRequest
    from liminal.testing._models.reply import Answered, Cut, Reply

Ending = Literal["error", "cut", "end"]


@dataclass(frozen=True, slots=True)
class StreamFailure:
    """How a stream breaks, and after how many pieces."""

    after: int
    ending: Ending
    message: str


class Controls:
    """The state shared by tests and server, under one lock."""

    def __init__(self, *, cut: Cut, packet: int | None, keep_requests: int) -> None:
        self.lock = threading.Condition()
        self.failures = Failures(keep_requests=0)  # of which only the failures are in use
        self.requests: deque[ModelRequest] = deque(maxlen=keep_requests)
        self.stream_failures: deque[StreamFailure] = deque()
        self.queue: deque[tuple[Reply, ...]] = deque()
        self.answer: Callable[[ModelRequest], Answered] | None = None
        self.cut: Cut = cut
        self.packet = packet
        self.busy = 0
        self.numbers = count(1)

    def replies(self, request: ModelRequest, choices: int) -> tuple[Reply, ...]:
        """The next answer: from the queue, of the test's function, or of the built-in model.

        Where it has fewer choices than were asked for, the last one stands for the rest.
        """
        with self.lock:
            given = self.queue.popleft() if self.queue else None
        if given is None:
            function = self.answer
            given = as_replies(answer(request.prompt) if function is None else function(request))
        return (*given, *[given[-1]] * (choices - len(given)))[:choices]

    def record(self, request: ModelRequest) -> None:
        """Add a request to the ledger."""
        with self.lock:
            self.requests.append(request)

    def count(self, change: int) -> None:
        """Count a request that begins or ends, and wake the callers of ``wait_until_idle``."""
        with self.lock:
            self.busy += change
            self.lock.notify_all()


def make_stream_failure(after: int, ending: Ending, message: object) -> StreamFailure:
    """Validate a test's arguments, so that a mistake fails the test and not the server."""
    if not is_whole(after, 0):
        raise LiminalError("A stream failure's after must be a whole number, 0 or more.")
    if ending not in get_args(Ending):
        raise LiminalError(f"A stream failure's ending must be one of {get_args(Ending)}.")
    if not isinstance(message, str):
        raise LiminalError("A stream failure's message must be a str.")
    return StreamFailure(after, ending, message)
