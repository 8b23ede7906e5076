"""Opens, uses and closes clients for a while in a separate process, and measures the leftovers.

``python -m benchmarks.soak.lifetimes VARIANT URL SECONDS`` is that process. The first half of the
time is a warm-up, so that what is created once per process doesn't count as a leak.
"""

import gc
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio

from benchmarks.soak.figures import VARIANTS, Figure, Found, Progress
from liminal import Client, SyncClient
from liminal.auth import Token

_SELF = Path("/proc/self")
_SERVER = """
import sys
from liminal.sandbox import Sandbox

with Sandbox(session_uses=50, keep_requests=100, keep_threads=100) as sandbox:
    print(sandbox.url, flush=True)
    sys.stdin.read()
"""
_TOKEN = Token("sandbox-token")
_PROMPT = "Write to Ada Lovelace at ada@example.com"
_AT_ONCE = 8
_CALLS_A_CLIENT = 90
_TARGETS = {"fds left after close": "0", "threads left after close": "0", "MiB grown": "< 5"}

# The same code for both variants: a blocking call returns, the other one is awaited.
_CALLS: tuple[Callable[[Any], Any], ...] = (
    lambda client: client.llm.get_available_model_instances(),
    lambda client: client.thread.create(1, "A thread"),
    lambda client: client.prompt.analyze(1, _PROMPT),
    lambda client: client.prompt.cleanse(1, _PROMPT),
    lambda client: client.prompt.submit(1, _PROMPT),
    lambda client: client.prompt.hydrate(1, "Dear PERSON_0"),
    lambda client: client.prompt.stream(1, _PROMPT).text(),
)


def measure(seconds: float) -> Found:
    """Run each variant for ``seconds``."""
    if not _SELF.exists():
        return Found([], ["fds, threads and memory are read from /proc, which Linux alone has"])
    figures: dict[str, dict[str, float]] = {}
    for name in VARIANTS:
        with _sandbox() as url:
            command = [sys.executable, "-m", "benchmarks.soak.lifetimes", name, url, str(seconds)]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
        for what, value in json.loads(done.stdout).items():
            figures.setdefault(what, {})[name] = value
    found = [Figure(what, of, _TARGETS.get(what, "")) for what, of in figures.items()]
    meaning = "Growth is measured from half-time to the end, with no client open."
    return Found(found, meaning=meaning)


@contextmanager
def _sandbox() -> Generator[str]:
    """A sandbox in a separate process, so that its memory is not measured."""
    command = [sys.executable, "-c", _SERVER]
    with subprocess.Popen(command, stdin=-1, stdout=-1, text=True) as process:
        assert process.stdin and process.stdout  # noqa: PT018, S101 - both are pipes
        yield process.stdout.readline().strip()
        process.stdin.close()


# ---- in the measured process


class _Left:
    """The resources of this process while no client is open."""

    def __init__(self) -> None:
        gc.collect()
        self.fds = len(list(Path(_SELF, "fd").iterdir()))
        self.threads = len(list(Path(_SELF, "task").iterdir()))
        pages = int(Path(_SELF, "statm").read_text("ascii").split()[1])
        self.mib = pages * os.sysconf("SC_PAGE_SIZE") / 1024**2


class _Soak:
    """The duration, what was done, and the resources at half-time and at the end."""

    def __init__(self, name: str, seconds: float) -> None:
        self.clients = self.calls = 0
        self._begun, self._seconds = time.monotonic(), seconds
        self._left: list[_Left] = []
        self._progress = Progress(f"lifetimes, {name}", seconds, "seconds")

    def goes_on(self) -> bool:
        """Asked where no client is open; it takes one client at least to come to the next half."""
        passed = time.monotonic() - self._begun
        self._progress(passed)
        if passed >= self._seconds / 2 * (len(self._left) + 1) and self.clients > len(self._left):
            self._left.append(_Left())
        return len(self._left) < 2

    def figures(self) -> dict[str, float]:
        """Compare the end with half-time."""
        middle, end = self._left
        return {
            "clients opened and closed": self.clients,
            "  calls and streams": self.calls,
            "fds left after close": end.fds - middle.fds,
            "threads left after close": end.threads - middle.threads,
            "MiB grown": round(end.mib - middle.mib, 1),
        }


def _blocking(url: str, soak: _Soak) -> None:
    def leave(client: SyncClient) -> None:
        for _ in client.prompt.stream(1, _PROMPT):
            break

    calls = (*_CALLS, leave)
    while soak.goes_on():
        with SyncClient(url, auth=_TOKEN) as client, ThreadPoolExecutor(_AT_ONCE) as pool:
            made = [pool.submit(calls[n % len(calls)], client) for n in range(_CALLS_A_CLIENT)]
            soak.calls += len([call.result() for call in made])
        soak.clients += 1


async def _tasks(url: str, soak: _Soak) -> None:
    async def leave(client: Client) -> None:
        async for _ in client.prompt.stream(1, _PROMPT):
            break

    async def cancel(client: Client) -> None:
        with anyio.move_on_after(0.002):
            await client.prompt.analyze(1, _PROMPT)

    calls = (*_CALLS, leave, cancel)
    while soak.goes_on():
        async with Client(url, auth=_TOKEN) as client:
            numbers = iter(range(_CALLS_A_CLIENT))

            async def work(client: Client = client, numbers: Iterator[int] = numbers) -> None:
                for number in numbers:
                    await calls[number % len(calls)](client)
                    soak.calls += 1

            async with anyio.create_task_group() as group:
                for _ in range(_AT_ONCE):
                    group.start_soon(work)
        soak.clients += 1


def main() -> None:
    """Run, and print the measurements."""
    name, url, seconds = sys.argv[1:]
    soak = _Soak(name, float(seconds))
    if name == "blocking":
        _blocking(url, soak)
    else:
        anyio.run(_tasks, url, soak, backend=name)
    sys.stdout.write(json.dumps(soak.figures()))


if __name__ == "__main__":
    main()
