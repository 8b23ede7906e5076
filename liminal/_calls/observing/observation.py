"""Observes one call while it runs, for callbacks, traces and the log.

A call that nothing observes has None in its place, at no cost.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from logging import DEBUG
from typing import Any, Protocol

import httpx

from liminal._http.sockets.deadline import Deadline
from liminal._http.sockets.monotonic import monotonic
from liminal_api.types import Operation

from .observers import EVERY_CLIENT, REPORTING_LOGIN, UNTRACED, Observers, Trace
from .report import LOG, CallReport, log_call


class Observation:
    """The state of one call, and the observers to notify."""

    def __init__(
        self, operation: Operation[Any], observers: Observers, parent: Observation | None
    ) -> None:
        self._begun = monotonic()
        self.observers: Observers = observers
        self._requests = 0
        self._status: int | None = None
        self._request_id: str | None = None
        self._first_chunk: float | None = None
        self._open = [True]  # the thread that pops it reports the end; pop() is atomic
        self.bytes_sent: int = 0
        self.bytes_received: int = 0
        self.renewed: bool = False
        self.traces: dict[object, Trace] = {}
        if observers.follows or EVERY_CLIENT:
            self._begin_traces(operation, {} if parent is None else parent.traces)

    def _begin_traces(self, operation: Operation[Any], parents: Mapping[object, Trace]) -> None:
        server = self.observers.server
        for key, begin in (EVERY_CLIENT | self.observers.follows).items():
            try:
                self.traces[key] = begin(operation, server, parents.get(key))
            except Exception as error:  # noqa: BLE001 - a program's sampler may raise anything
                _log_error(Trace.name, error)

    def sends(self, headers: httpx.Headers) -> AbstractContextManager[object]:
        """A block in which the request is sent, or sent again. Traces may add headers."""
        self._status = self._request_id = None
        self._requests += 1
        return self._sending(headers) if self.traces else UNTRACED

    @contextmanager
    def _sending(self, headers: httpx.Headers) -> Generator[None, None, None]:
        with ExitStack() as stack:
            for trace in self.traces.values():
                try:
                    stack.enter_context(trace.sends(headers, self._requests - 1))
                except Exception as error:  # noqa: BLE001 - a propagator may raise anything
                    _log_error(trace.name, error)
            yield

    def counted(self, parts: Iterable[bytes]) -> Iterator[bytes]:
        """Count the bytes of a request's body as its parts are read."""
        for part in parts:
            self.bytes_sent += len(part)
            yield part

    def note_head(self, status: int, request_id: str | None) -> None:
        """The head of an answer was received."""
        self._status, self._request_id = status, request_id

    def note_retry(self, seconds: float, error: Exception) -> None:
        """An attempt failed; the next one starts after ``seconds``."""
        self._notify_traces("retry", {"delay": seconds, "error": type(error).__name__})

    def note_refusal(self) -> None:
        """The service refused the call for now; the bulk run decides when it is sent again."""
        self._notify_traces("rate_limited", {})

    def note_renewal(self) -> None:
        """A session was opened, by this call or by another that it waited for."""
        self.renewed = True
        self._notify_traces("session_renewed", {})

    def note_chunk(self) -> None:
        """A chunk of a stream was read. The time of the first is kept."""
        if self._first_chunk is None:
            self._first_chunk = monotonic() - self._begun

    def note_thread(self, thread_id: int | None) -> None:
        """The call adds a turn to this thread."""
        if thread_id is not None:
            for trace in self.traces.values():
                _notify(trace.name, trace.joins, thread_id)

    def note_result(self, value: object) -> None:
        """The whole answer was decoded."""
        for trace in self.traces.values():
            _notify(trace.name, trace.answers, value)

    def _notify_traces(self, event: str, attributes: Mapping[str, str | float]) -> None:
        for trace in self.traces.values():
            _notify(trace.name, trace.notes, event, attributes)

    def ends(
        self,
        call: _Call,
        error: BaseException | None = None,
        *,
        cancelled: bool = False,
        is_stream: bool = False,
        chunks: int | None = None,
    ) -> None:
        """Report how the call went, once."""
        try:
            self._open.pop()
        except IndexError:
            return
        cancelled = cancelled or (error is not None and not isinstance(error, Exception))
        report = CallReport(
            operation=call.operation.id,
            status=self._status,
            attempts=call.attempts if self._requests else 0,
            seconds=monotonic() - self._begun,
            seconds_waiting=call.deadline.waited,
            request_id=self._request_id,
            error=None if error is None or cancelled else type(error).__name__,
            cancelled=cancelled,
            bytes_sent=self.bytes_sent,
            bytes_received=self.bytes_received,
            renewed=self.renewed,
            is_login=call.is_login,
            is_stream=is_stream,
            chunks=chunks,
            seconds_to_first_chunk=self._first_chunk,
        )
        for trace in self.traces.values():
            _notify(trace.name, trace.ended, report)
        if LOG.isEnabledFor(DEBUG):
            log_call(report)
        if not call.is_login:
            self._notify_callbacks(report)
            return
        token = REPORTING_LOGIN.set(self.observers)
        try:
            self._notify_callbacks(report)
        finally:
            REPORTING_LOGIN.reset(token)

    def _notify_callbacks(self, report: CallReport) -> None:
        for callback in tuple(self.observers.callbacks.values()):
            _notify("an on_call callback", callback, report)


class _Call(Protocol):
    """What an observation reads of its call. It keeps no reference, since a call holds a prompt."""

    operation: Operation[Any]
    is_login: bool
    attempts: int
    deadline: Deadline
    observation: Observation | None


@contextmanager
def reported(call: _Call) -> Generator[None, None, None]:
    """A block that ends with the call, and reports it."""
    try:
        yield
    except BaseException as error:
        if call.observation is not None:
            call.observation.ends(call, error)
        raise
    if call.observation is not None:
        call.observation.ends(call)


def _notify(name: str, step: Callable[..., object], *values: object) -> None:
    try:
        step(*values)
    except Exception as error:  # noqa: BLE001 - a caller's code may raise anything
        _log_error(name, error)


def _log_error(name: str, error: Exception) -> None:
    LOG.error("%s raised %s", name, type(error).__name__)
