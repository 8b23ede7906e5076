"""Dask: partitions in worker processes."""

from collections.abc import Iterator
from pathlib import Path

import dask.dataframe as dd
import pandas as pd
import pytest
from distributed import Client as Dask
from distributed import LocalCluster

from liminal.bulk import Cleanser, Recipe

from .conftest import TEXTS, Seen
from .dying import Dying

PARTITIONS = 8


@pytest.fixture(scope="module")
def dask(sandbox: object) -> Iterator[Dask]:
    """Two processes of two threads each."""
    with (
        LocalCluster(n_workers=2, threads_per_worker=2, dashboard_address=None) as cluster,
        Dask(cluster) as client,
    ):
        yield client


def cleansed(letters: pd.DataFrame, cleanser: Cleanser) -> pd.DataFrame:
    frame = dd.from_pandas(letters, npartitions=PARTITIONS)
    meta = cleanser(frame._meta)
    assert list(meta.columns) == list(letters.columns)
    found: pd.DataFrame = frame.map_partitions(cleanser, meta=meta).compute()
    return found


def test_each_partition_is_cleansed_with_one_sign_in_per_process(
    dask: Dask,
    letters: pd.DataFrame,
    recipe: Recipe,
    seen: Seen,
) -> None:
    seen.check(cleansed(letters, Cleanser(recipe, "sandbox-model", ["letter"], workers=2)))
    assert seen.logins == 2
    assert seen.cleansed == TEXTS


def test_a_killed_worker_loses_no_batch(
    dask: Dask,
    letters: pd.DataFrame,
    recipe: Recipe,
    seen: Seen,
    tmp_path: Path,
) -> None:
    once = tmp_path / "killed"
    seen.check(cleansed(letters, Dying(recipe, 1, ["letter"], workers=2, concurrency=4, once=once)))
    assert once.exists()
    assert seen.cleansed > TEXTS
