"""The public base class of the stand-ins for a model."""

from __future__ import annotations

import re
import sys
from abc import abstractmethod
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any, cast

from liminal.errors import LiminalError
from liminal.sandbox._controls import Controls as Failures
from liminal.sandbox._controls import make_drop, make_failure
from liminal.sandbox._lifetime import ControlledServer
from liminal.sandbox._settings import is_whole
from liminal.testing._models.controls import Controls, make_stream_failure
from liminal.testing._models.reply import as_replies, require_cut

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from liminal.testing._models.application import Application
    from liminal.testing._models.controls import Ending
    from liminal.testing._models.ledger import ModelRequest
    from liminal.testing._models.reply import Answered, Cut, Reply
    from liminal.testing._models.vendors import Vendor


class FakeModel(ControlledServer):
    """The common base of ``FakeOpenAI`` and ``FakeAnthropic``.

    A server on ``http://127.0.0.1``, in a thread of this process. It serves from ``start()`` to
    ``stop()``, which the context managers ``with`` and ``async with`` call. All methods may be
    called from any thread, also while it serves. An invalid option is a ``LiminalError``.

    An answer is the first of these:

    1. the next one queued by ``reply``;
    2. what the function ``answer`` (also an attribute) returns for a ``ModelRequest``: a text, a
       ``Reply``, or a list of those, one for each requested choice. It runs in the server's
       thread, while other requests wait;
    3. a sentence that names the placeholders of the user's last message.

    Options:

    - ``api_key``: the accepted key; requests with another one are answered 401.
    - ``models``: the names of the listed models. Requests may also name other models.
    - ``cut``: how a stream splits texts and tool arguments: a number of characters, a function
      from a text to its pieces, or None for words. Also an attribute.
    - ``packet``: the most bytes of one write to a stream's connection, so that a client reads
      characters and events in parts. None writes one event at a time.
    - ``keep_requests``: the most entries of ``requests``; the oldest are dropped first.
    """

    _NAME = "stand-in"
    _EXTRA = "testing"

    def __init__(
        self,
        *,
        answer: Callable[[ModelRequest], Answered] | None = None,
        api_key: str = "sk-fake",
        models: Sequence[str] = ("fake-model",),
        cut: Cut = None,
        packet: int | None = None,
        keep_requests: int = 10_000,
    ) -> None:
        if packet is not None and not is_whole(packet, 1):
            raise LiminalError("packet must be a whole number, 1 or more, or None.")
        if not is_whole(keep_requests, 0, sys.maxsize):
            raise LiminalError("keep_requests must be a whole number, 0 or more.")
        require_cut(cut)
        _require_key(api_key)
        _require_names(models)
        self._controls = Controls(cut=cut, packet=packet, keep_requests=keep_requests)
        self.answer = answer
        self.api_key = api_key
        self._vendor = self._make_vendor()
        application = self._needs("liminal.testing._models.application")
        self._app: Application = application.Application(
            self._vendor,
            self._controls,
            key=api_key,
            models=tuple(models),
            hang_up=self._hang_up,
        )

    @abstractmethod
    def _make_vendor(self) -> Vendor:
        """Whose service this is."""

    def _application(self) -> Application:
        return self._app

    def _shared(self) -> tuple[Failures, AbstractContextManager[object]]:
        return self._controls.failures, self._controls.lock

    async def _hang_up(self, client: tuple[str, int]) -> None:
        if self._server is not None:
            await self._server.hang_up(client)

    # Where it is

    @property
    @abstractmethod
    def base_url(self) -> str:
        """The address to give the vendor's client as ``base_url``."""

    @property
    @abstractmethod
    def environment(self) -> dict[str, str]:
        """The variables by which the vendor's client finds it, for code that makes its own client.

        for name, value in fake.environment.items():
            monkeypatch.setenv(name, value)
        """

    # What it answers

    def reply(self, *replies: str | Reply) -> None:
        """Queue one answer; several replies are its choices.

        model.reply("Dear PERSON_0")
        model.reply(Reply(tool_calls=[ToolCall("send", {"to": "PERSON_0"})]))
        """
        choices = as_replies(replies)
        with self._controls.lock:
            self._controls.queue.append(choices)

    @property
    def answer(self) -> Callable[[ModelRequest], Answered] | None:
        """The function that answers requests without a queued reply."""
        return self._controls.answer

    @answer.setter
    def answer(self, answer: Callable[[ModelRequest], Answered] | None) -> None:
        called = getattr(answer, "__call__", None)  # noqa: B004 - of an object, it may be async
        is_async = iscoroutinefunction(called)
        if answer is not None and (not callable(answer) or iscoroutinefunction(answer) or is_async):
            raise LiminalError("answer must be a function, not one with async, or None.")
        self._controls.answer = answer

    @property
    def cut(self) -> Cut:
        """How texts and tool arguments are cut for a stream."""
        return self._controls.cut

    @cut.setter
    def cut(self, cut: Cut) -> None:
        require_cut(cut)
        self._controls.cut = cut

    # Failures and delays

    def fail_next(
        self,
        status: int,
        *,
        times: int = 1,
        headers: Mapping[str, str] | Sequence[tuple[str, str]] | None = None,
        body: bytes | str | dict[str, Any] | list[Any] | None = None,
        path: str | None = None,
    ) -> None:
        """Answer the next ``times`` requests with ``status`` (200 to 599).

        ``path`` limits it to a path, or to a pattern such as ``/v1/chat/*``. A ``body`` of bytes or
        text is sent as ``text/html``, anything else as JSON; the default is the vendor's error.
        ``headers`` replace the default ones.
        """
        failure = make_failure(
            status, times=times, headers=headers, body=body, path=path, processed=False
        )
        self._add_failure(failure)

    def drop_next(self, *, times: int = 1, path: str | None = None) -> None:
        """Close the connection of the next ``times`` requests without an answer.

        In ``requests``, their status is 0. ``path`` works as for ``fail_next``.
        """
        failure = make_drop(times=times, path=path, processed=False)
        self._add_failure(failure)

    def fail_next_stream(
        self,
        *,
        after: int = 0,
        ending: Ending = "error",
        message: str = "The stand-in was told to fail.",
    ) -> None:
        """Break the next stream after ``after`` pieces of text or arguments, before its end.

        The ``ending`` ``"error"`` sends the vendor's error event with ``message``, ``"cut"`` closes
        the connection in the middle of the body, and ``"end"`` ends the body as if it were
        complete.
        """
        failure = make_stream_failure(after, ending, message)
        with self._controls.lock:
            self._controls.stream_failures.append(failure)

    # What happened

    @property
    def requests(self) -> list[ModelRequest]:
        """The requests so far, including refused ones, in order."""
        with self._controls.lock:
            return list(self._controls.requests)

    def saw(self, text: str) -> bool:
        """Whether any request contained ``text``: see ``ModelRequest.saw``."""
        return any(request.saw(text) for request in self.requests)

    def clear(self) -> None:
        """Clear the requests, the queued answers and the failures that were set."""
        with self._controls.lock:
            self._controls.requests.clear()
            self._controls.queue.clear()
            self._controls.stream_failures.clear()
            self._controls.failures.failures.clear()

    def wait_until_idle(self, timeout: float = 10.0) -> bool:
        """Wait until all answers, including streams, have ended; False after ``timeout`` seconds.

        A stream ends when all of it was sent, or when its client has disconnected.
        """
        with self._controls.lock:
            return self._controls.lock.wait_for(lambda: self._controls.busy == 0, timeout)


def _require_key(key: object) -> None:
    """It has to fit into a header."""
    if not (isinstance(key, str) and re.fullmatch(r"[!-~]+", key)):
        raise LiminalError("api_key must be a str of printable ASCII without spaces.")


def _require_names(names: object) -> None:
    listed = list(cast("Sequence[object]", names)) if isinstance(names, list | tuple) else [None]
    if not all(isinstance(name, str) for name in listed):
        raise LiminalError("models must be a list or tuple of str.")
