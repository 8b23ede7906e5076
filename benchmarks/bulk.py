"""``python -m benchmarks.bulk``: compares bulk runs with the same calls made by hand."""

import argparse
import asyncio
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from statistics import median

from benchmarks.race import server
from liminal import Client, SyncClient
from liminal.auth import Token

_CONCURRENCY = 16
_TEXT = "Write to Ada Lovelace"


def main() -> None:
    """Print the median ratio of the rounds, bulk runs to calls by hand."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bulk", description=__doc__)
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with server() as port:
        url = f"http://127.0.0.1:{port}"
        _report("tasks", lambda: asyncio.run(_tasks(url, arguments.calls)), arguments.rounds)
        _report("threads", lambda: _threads(url, arguments.calls), arguments.rounds)


def _report(name: str, turn: Callable[[], tuple[float, float]], rounds: int) -> None:
    ratio = median(bulk / by_hand for by_hand, bulk in (turn() for _ in range(rounds)))
    sys.stdout.write(f"bulk, {name}: {ratio:.2f} x the calls made by hand\n")


async def _tasks(url: str, calls: int) -> tuple[float, float]:
    async with Client(url, auth=Token("token")) as client:

        async def work(texts: Iterator[str]) -> None:
            for text in texts:
                await client.prompt.analyze(1, text)

        await work(iter([_TEXT] * 100))
        texts = iter([_TEXT] * calls)
        begun = time.perf_counter()
        await asyncio.gather(*(work(texts) for _ in range(_CONCURRENCY)))
        between = time.perf_counter()
        async for result in client.bulk.analyze(1, [_TEXT] * calls, concurrency=_CONCURRENCY):
            result.unwrap()
        return between - begun, time.perf_counter() - between


def _threads(url: str, calls: int) -> tuple[float, float]:
    with SyncClient(url, auth=Token("token")) as client, ThreadPoolExecutor(_CONCURRENCY) as pool:

        def call(text: str) -> object:
            return client.prompt.analyze(1, text)

        for _ in pool.map(call, [_TEXT] * 100):  # signs in, and opens the connections
            pass
        begun = time.perf_counter()
        for _ in pool.map(call, [_TEXT] * calls):
            pass
        between = time.perf_counter()
        for result in client.bulk.analyze(1, [_TEXT] * calls, concurrency=_CONCURRENCY):
            result.unwrap()
        return between - begun, time.perf_counter() - between


if __name__ == "__main__":
    main()
