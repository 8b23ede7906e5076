"""``python -m benchmarks.engines``: rows per second with 1, 2 and 4 workers of Dask.

Needs the environment of ./scripts/engines: ``.venv-engines/bin/python -m benchmarks.engines``.
"""

import argparse
import os
import sys
import time

import dask.dataframe as dd
import pandas as pd
from distributed import Client, LocalCluster

from benchmarks.race import server
from liminal.bulk import Cleanser, Recipe

_CONCURRENCY = 16  # concurrent calls of each worker
_PARTITIONS = 8  # of each worker


def main() -> None:
    """Print a line for each number of workers."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engines", description=__doc__)
    parser.add_argument("--rows", type=int, default=4_000, help="for each worker")
    parser.add_argument("--delay", type=int, default=50, help="of an answer, in milliseconds")
    arguments = parser.parse_args()
    os.environ["LIMINAL_TOKEN"] = "token"  # noqa: S105 - not a secret
    with server(arguments.delay) as port:
        for workers in (1, 2, 4):
            rate = _rows_a_second(f"http://127.0.0.1:{port}", workers, arguments.rows * workers)
            sys.stdout.write(f"{workers} workers: {rate:.0f} rows a second\n")
            sys.stdout.flush()


def _rows_a_second(url: str, workers: int, rows: int) -> float:
    cleanser = Cleanser(
        Recipe(url), 1, ["letter"], workers=workers, concurrency=_CONCURRENCY * workers
    )
    cluster = LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None)
    with cluster, Client(cluster):
        _cleanse(cleanser, workers, 100 * workers)  # starts the processes' clients
        begun = time.perf_counter()
        _cleanse(cleanser, workers, rows)
        return rows / (time.perf_counter() - begun)


def _cleanse(cleanser: Cleanser, workers: int, rows: int) -> None:
    letters = pd.DataFrame({"letter": ["Write to Ada Lovelace"] * rows})
    frame = dd.from_pandas(letters, npartitions=_PARTITIONS * workers)
    meta = cleanser(frame._meta)  # noqa: SLF001 - Dask's documentation uses it for this
    found = frame.map_partitions(cleanser, meta=meta).compute()
    if len(found) != rows:
        raise AssertionError(len(found))


if __name__ == "__main__":
    main()
