"""Cleanse a column of a Dask DataFrame in two processes, and print its first rows.

Each process signs in by itself, with the environment variable LIMINAL_TOKEN.
"""

import os

import dask.dataframe as dd
import pandas as pd
from distributed import Client, LocalCluster

from liminal.bulk import Cleanser, Recipe

try:
    API_SERVER_URL = os.environ["LIMINAL_API_SERVER_URL"]
    MODEL_INSTANCE_NAME = os.environ["MODEL_INSTANCE_NAME"]
except KeyError as missing:
    raise SystemExit(f"Set {missing} in the environment") from None

WORKERS = 2
LETTERS = [f"Write to Ada Lovelace, {number}" for number in range(100)]


def main() -> None:
    """Cleanse the letters."""
    recipe = Recipe(API_SERVER_URL, deadline=60)
    cleanser = Cleanser(recipe, MODEL_INSTANCE_NAME, ["letter"], workers=WORKERS, errors="problem")
    frame = dd.from_pandas(pd.DataFrame({"letter": LETTERS}), npartitions=10)
    # Without meta, Dask tries the function with made-up rows, and these would be sent.
    meta = cleanser(frame._meta)  # noqa: SLF001 - Dask's documentation uses it for this
    cleansed = frame.map_partitions(cleanser, meta=meta)
    with LocalCluster(n_workers=WORKERS, threads_per_worker=1) as cluster, Client(cluster):
        found = cleansed.compute()
    print(found["letter"].head(3).to_list())
    print(f"{len(found)} letters, {found['problem'].count()} problems")


if __name__ == "__main__":  # which the processes import as well
    main()
