"""Makes many concurrent calls while sessions end and the service fails; counts the lost ones.

Every tenth call is a submit and another a stream, each with a different prompt. One call in a
hundred fails: the service refuses it, fails one that may be repeated, drops its connection, or
carries out a submit and loses the answer. That submit must not be sent again, so its caller gets a
502, or an error with ``may_have_been_processed``.
"""

import itertools
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio

from benchmarks.soak.figures import VARIANTS, Figure, Found, Progress
from liminal import APIConnectionError, APIStatusError, Client, SyncClient
from liminal.auth import Token
from liminal.sandbox import Sandbox

SESSION_USES = 50
_PROMPT = "Write to Ada Lovelace"
_ANALYZE = "/api/v1/prompts/analyze"
_SUBMIT = "/api/v1/prompts/submit"
# What the sandbox notes of a request whose connection it dropped.
_DROPPED = 0
_FAILURES: tuple[dict[str, Any], ...] = (
    {"status": 503, "headers": {"Retry-After": "0"}},
    {"status": 429, "headers": {"Retry-After": "0"}},
    {"status": 500, "path": _ANALYZE},
    {"status": 504, "path": _ANALYZE},
    {"status": 502, "path": _SUBMIT, "processed": True},
    {"path": _ANALYZE},
    {"path": _SUBMIT, "processed": True},
    {"path": "/api/v1/auth/*"},
)
_MEANING = """\
A call is lost if it raises or returns a wrong answer. But a submit that was carried out and whose
answer was lost must not be sent again: it must raise, so it counts as reported."""
_STATUSES = {failure.get("status", _DROPPED) for failure in _FAILURES}
_TARGETS = {"calls lost": "0", "submits doubled": "0", "logins per expiry": "1"}


def measure(calls: int, in_flight: int) -> Found:
    """Make ``calls`` calls in each variant, on one client."""
    figures: dict[str, dict[str, float]] = {}
    problems: list[str] = []
    for name in VARIANTS:
        with Sandbox(session_uses=SESSION_USES, keep_requests=1000 * calls) as sandbox:
            load = _Load(sandbox, Progress(f"load, {name}", calls, "calls"))
            if name == "blocking":
                load.run_blocking(calls, in_flight)
            else:
                anyio.run(load.run_tasks, calls, in_flight, backend=name)
            for what, value in load.figures().items():
                figures.setdefault(what, {})[name] = value
            problems += [f"{times} times, {name}: {what}" for what, times in load.lost.items()]
    made = Figure(f"calls, {in_flight} in flight", dict.fromkeys(VARIANTS, calls))
    found = [Figure(what, of, _TARGETS.get(what, "")) for what, of in figures.items()]
    return Found([made, *found], problems, _MEANING)


class _Load:
    """The calls of one variant, and their outcomes."""

    def __init__(self, sandbox: Sandbox, progress: Progress) -> None:
        self._sandbox = sandbox
        self._progress = progress
        self._done = itertools.count(1)
        self._failures = itertools.cycle(_FAILURES)
        self._ends: list[str] = []  # how each call ended: "" is well

    def run_blocking(self, calls: int, in_flight: int) -> None:
        """Make the calls in threads."""

        def work(number: int) -> None:
            call, is_right = self._turn(number)
            try:
                self._note("" if is_right(call(client)) else "a wrong answer")
            except Exception as error:  # noqa: BLE001 - recorded as the outcome
                self._note(_told(error))

        auth = Token(self._sandbox.token)
        with (
            SyncClient(self._sandbox.url, auth=auth) as client,
            ThreadPoolExecutor(in_flight) as pool,
        ):
            list(pool.map(work, range(calls)))

    async def run_tasks(self, calls: int, in_flight: int) -> None:
        """Make the calls in tasks."""

        async def work() -> None:
            for number in numbers:
                call, is_right = self._turn(number)
                try:
                    self._note("" if is_right(await call(client)) else "a wrong answer")
                except Exception as error:  # noqa: BLE001 - as above
                    self._note(_told(error))

        numbers = iter(range(calls))
        async with (
            Client(self._sandbox.url, auth=Token(self._sandbox.token)) as client,
            anyio.create_task_group() as group,
        ):
            for _ in range(in_flight):
                group.start_soon(work)

    def _turn(self, number: int) -> tuple[Callable[[Any], Any], Callable[[Any], bool]]:
        """Return a call, and a check of its answer."""
        if number % 100 == 50:
            failure = next(self._failures)
            fail = self._sandbox.fail_next if "status" in failure else self._sandbox.drop_next
            fail(**failure)
        prompt = f"{_PROMPT}, letter {number}"
        if number % 10 == 0:
            return (
                lambda client: client.prompt.submit(1, prompt),
                lambda answer: bool(answer.input_text == prompt),
            )
        if number % 10 == 5:
            return lambda client: client.prompt.stream(1, prompt).text(), bool
        return lambda client: client.prompt.analyze(1, prompt), _names_ada

    def _note(self, end: str) -> None:
        self._ends.append(end)
        self._progress(next(self._done))

    @property
    def lost(self) -> Counter[str]:
        """The unexpected outcomes, and how often each occurred."""
        return Counter(end for end in self._ends if end not in {"", _REPORTED})

    def figures(self) -> dict[str, float]:
        """The sandbox's counts. A session ends after every ``SESSION_USES`` requests."""
        requests, submits = self._sandbox.requests, self._sandbox.submits
        answered = [r.path for r in requests if r.status == 200 and not r.path.endswith("/login")]
        served = len(answered) + submits - answered.count(_SUBMIT)
        expired = (served - 1) // SESSION_USES
        found: dict[str, float] = {
            "  failures among them": sum(r.status in _STATUSES for r in requests),
            "    of which dropped connections": sum(r.status == _DROPPED for r in requests),
            "    submits whose answer was lost": submits - answered.count(_SUBMIT),
            "    of which reported to the caller": self._ends.count(_REPORTED),
            "  sessions expired under them": expired,
            "calls lost": sum(self.lost.values()),
            "submits doubled": self._sandbox.doubled_submits,
        }
        if expired:
            logins = (self._sandbox.logins - 1) / expired
            found["logins per expiry"] = int(logins) if logins.is_integer() else logins
        return found


_REPORTED = "the answer of a submit was lost, and the caller got an error"


def _told(error: Exception) -> str:
    """Return what an error says about its call."""
    if isinstance(error, APIStatusError) and error.status_code == 502:
        return _REPORTED
    if isinstance(error, APIConnectionError) and error.may_have_been_processed:
        return _REPORTED
    return f"{type(error).__name__}: {error}"


def _names_ada(answer: Any) -> bool:
    return [finding.text for finding in answer.findings] == ["Ada Lovelace"]
