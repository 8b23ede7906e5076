"""Many calls at a time, while sessions end and the service fails: what is lost, and done twice.

Every tenth call is a submit, each with a prompt of its own. Once in a hundred calls a failure is
scripted that is to cost nobody an answer: the request was turned away, or may be repeated.
"""

import asyncio
import itertools
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from benchmarks.soak.figures import VARIANTS, Figure, Found, Progress
from liminal import Client, SyncClient
from liminal.auth import Token
from liminal.sandbox import Sandbox

SESSION_USES = 50
_PROMPT = "Write to Ada Lovelace"
_ANALYZE = "/api/v1/prompts/analyze"
_FAILURES: tuple[dict[str, Any], ...] = (
    {"status": 503, "headers": {"Retry-After": "0"}},
    {"status": 429, "headers": {"Retry-After": "0"}},
    {"status": 500, "path": _ANALYZE},
    {"status": 504, "path": _ANALYZE},
)
_TARGETS = {"calls lost": "0", "submits doubled": "0", "logins per expiry": "1"}


def measure(calls: int, in_flight: int) -> Found:
    """So many calls in each variant, on one client."""
    figures: dict[str, dict[str, float]] = {}
    amiss: list[str] = []
    for name in VARIANTS:
        with Sandbox(session_uses=SESSION_USES, keep_requests=1000 * calls) as sandbox:
            load = _Load(sandbox, Progress(f"load, {name}", calls, "calls"))
            if name == "blocking":
                load.run_blocking(calls, in_flight)
            else:
                asyncio.run(load.run_asyncio(calls, in_flight))
            for what, value in load.figures().items():
                figures.setdefault(what, {})[name] = value
            told = Counter(load.lost)
            amiss += [f"{name}, {times} times: {what}" for what, times in told.items()]
    made = Figure(f"calls, {in_flight} in flight", dict.fromkeys(VARIANTS, calls))
    found = [Figure(what, of, _TARGETS.get(what, "")) for what, of in figures.items()]
    return Found([made, *found], amiss)


class _Load:
    """The calls of one variant, and what becomes of them."""

    def __init__(self, sandbox: Sandbox, progress: Progress) -> None:
        self.lost: list[str] = []
        self._sandbox = sandbox
        self._progress = progress
        self._done = itertools.count(1)
        self._failures = itertools.cycle(_FAILURES)

    def run_blocking(self, calls: int, in_flight: int) -> None:
        """Each call in one of so many threads."""

        def work(number: int) -> None:
            call, is_right = self._turn(number)
            try:
                problem = "" if is_right(call(client)) else "a wrong answer"
            except Exception as error:  # noqa: BLE001 - whatever it is, the call is lost
                problem = f"{type(error).__name__}: {error}"
            self._note(problem)

        auth = Token(self._sandbox.token)
        with (
            SyncClient(self._sandbox.url, auth=auth) as client,
            ThreadPoolExecutor(in_flight) as pool,
        ):
            list(pool.map(work, range(calls)))

    async def run_asyncio(self, calls: int, in_flight: int) -> None:
        """Each call in one of so many tasks."""

        async def work() -> None:
            for number in numbers:
                call, is_right = self._turn(number)
                try:
                    problem = "" if is_right(await call(client)) else "a wrong answer"
                except Exception as error:  # noqa: BLE001 - likewise
                    problem = f"{type(error).__name__}: {error}"
                self._note(problem)

        numbers = iter(range(calls))
        async with Client(self._sandbox.url, auth=Token(self._sandbox.token)) as client:
            await asyncio.gather(*(work() for _ in range(in_flight)))

    def _turn(self, number: int) -> tuple[Callable[[Any], Any], Callable[[Any], bool]]:
        """A call, and what tells whether its answer is right."""
        if number % 100 == 50:
            self._sandbox.fail_next(**next(self._failures))
        if number % 10:
            return lambda client: client.prompt.analyze(1, _PROMPT), _names_ada
        prompt = f"{_PROMPT}, letter {number}"
        return (
            lambda client: client.prompt.submit(1, prompt),
            lambda answer: bool(answer.input_text == prompt),
        )

    def _note(self, problem: str) -> None:
        if problem:
            self.lost.append(problem)
        self._progress(next(self._done))

    def figures(self) -> dict[str, float]:
        """What the sandbox counted; a session has expired for every ``SESSION_USES`` it served."""
        requests = self._sandbox.requests
        served = sum(r.status == 200 and not r.path.endswith("/login") for r in requests)
        expired = (served - 1) // SESSION_USES
        found: dict[str, float] = {
            "  failures among them": sum(r.status in {429, 500, 503, 504} for r in requests),
            "  sessions expired under them": expired,
            "calls lost": len(self.lost),
            "submits doubled": self._sandbox.doubled_submits,
        }
        if expired:
            logins = (self._sandbox.logins - 1) / expired
            found["logins per expiry"] = int(logins) if logins.is_integer() else logins
        return found


def _names_ada(answer: Any) -> bool:
    return [finding.text for finding in answer.findings] == ["Ada Lovelace"]
