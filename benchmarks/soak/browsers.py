"""``python -m benchmarks.soak.browsers``: many browsers use the example of a web service.

Each sends one question after another, and disconnects in the middle of every third answer. The
service, the sandbox and the browsers share this process, so the descriptors are those of all three.
It needs what ``./scripts/setup.sh`` installs, and Linux. The exit status is 1 if an answer is wrong
or if descriptors, tasks or streams are left.
"""

import argparse
import asyncio
import gc
import itertools
import json
import os
import runpy
import statistics
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from liminal import AsyncPromptStream
from liminal.sandbox import Sandbox

_PROGRAM = Path(__file__).parents[2] / "examples" / "service.py"
_ANSWER = "Dear PERSON_0, " * 15
_WHOLE = "Dear Ada Lovelace, " * 15
_TIMEOUT = 60.0


class _Service:
    """The example, served in a thread."""

    def __init__(self, app: Any) -> None:
        self._server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._server.serve())

    def start(self) -> str:
        """Start to serve; return the URL."""
        self._thread.start()
        _until(lambda: self._server.started or not self._thread.is_alive())
        port = self._server.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}"

    def stop(self) -> None:
        """Wait for the end of the answers and the lifespan."""
        self._server.should_exit = True
        self._thread.join()

    def tasks(self) -> int:
        """Count the tasks of the service's loop."""
        return len(asyncio.all_tasks(self._loop))


@contextmanager
def _served(sandbox: Sandbox) -> Generator[tuple[_Service, str]]:
    os.environ["LIMINAL_API_SERVER_URL"] = sandbox.url
    os.environ["TOKEN"] = sandbox.token
    os.environ["MODEL_INSTANCE_NAME"] = "sandbox-model"
    service = _Service(runpy.run_path(str(_PROGRAM))["app"])
    try:
        yield service, service.start()
    finally:
        service.stop()


class _Browsers:
    """The browsers, and how their questions ended."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.ends: Counter[str] = Counter()
        self.first_words: list[float] = []

    async def ask(self, browsers: int, seconds: float) -> None:
        """Run the browsers for that many seconds each, with at least one question."""
        ends = time.monotonic() + seconds
        # As many connections as browsers: one client, since each would load its certificates.
        limits = httpx.Limits(max_connections=None)
        async with (
            httpx.AsyncClient(
                base_url=self._url, trust_env=False, timeout=_TIMEOUT, limits=limits
            ) as http,
            asyncio.TaskGroup() as group,
        ):
            for number in range(browsers):
                group.create_task(self._browse(http, number, ends))

    async def _browse(self, http: httpx.AsyncClient, number: int, ends: float) -> None:
        for turn in itertools.count(number):
            try:
                self.ends[await self._question(http, leaves=turn % 3 == 0)] += 1
            except Exception as error:  # noqa: BLE001 - recorded as the outcome
                self.ends[type(error).__name__] += 1
            if time.monotonic() >= ends:
                break

    async def _question(self, http: httpx.AsyncClient, *, leaves: bool) -> str:
        began = time.monotonic()
        text = ""
        body = {"prompt": "Write to Ada Lovelace"}
        async with http.stream("POST", "/answers", json=body) as response:
            async for line in response.aiter_lines():
                if line.startswith("event: "):
                    return "whole" if (line, text) == ("event: end", _WHOLE) else "wrong"
                if line.startswith("data: "):
                    if not text:
                        self.first_words.append(time.monotonic() - began)
                    text += json.loads(line.removeprefix("data: "))
                if leaves and len(text) > 30:
                    return "left"
        return "wrong"


def _until(holds: Callable[[], object]) -> None:
    ends = time.monotonic() + _TIMEOUT
    while not holds() and time.monotonic() < ends:
        time.sleep(0.01)


def _held(service: _Service, sandbox: Sandbox) -> Counter[str]:
    """Count the process's descriptors, without the client's idle connections."""
    gc.collect()
    streams = sum(type(each) is AsyncPromptStream for each in gc.get_objects())
    idle = 2 * (sandbox.connections - streams)  # both ends are in this process
    fds = len(list(Path("/proc/self/fd").iterdir())) - idle
    return Counter(fds=fds, tasks=service.tasks(), streams=streams)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--browsers", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--delay", type=float, default=0.05, help="seconds before each word")
    chosen = parser.parse_args(arguments)
    with (
        Sandbox(model=lambda _: _ANSWER, chunk_delay=chosen.delay, keep_requests=0) as sandbox,
        _served(sandbox) as (service, url),
    ):
        httpx.get(f"{url}/health", trust_env=False)
        before = _held(service, sandbox)
        browsers = _Browsers(url)
        asyncio.run(browsers.ask(chosen.browsers, chosen.seconds))
        ends = time.monotonic() + _TIMEOUT
        while not (after := _held(service, sandbox)) <= before and time.monotonic() < ends:
            time.sleep(0.01)
    figures = {
        "answers": dict(browsers.ends),
        "seconds to the first word, median": round(statistics.median(browsers.first_words), 3),
        "before": before,
        "after": after,
    }
    sys.stdout.write(f"{json.dumps(figures, indent=2)}\n")
    return 0 if after <= before and browsers.ends.keys() <= {"whole", "left"} else 1


if __name__ == "__main__":
    sys.exit(main())
