"""Ray Data: batches in actors."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import ray

from liminal.bulk import Cleanser, Recipe

from .conftest import TEXTS, Seen
from .dying import Dying

BATCH = 25


@pytest.fixture(scope="module", autouse=True)
def cluster(sandbox: object) -> Iterator[None]:
    # A short path: Ray puts sockets there, and their paths can have no more than 107 characters.
    with tempfile.TemporaryDirectory(prefix="ray", dir="/tmp") as folder:
        ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, _temp_dir=folder)
        ray.data.DataContext.get_current().enable_progress_bars = False
        yield
        ray.shutdown()


def cleansed(letters: pd.DataFrame, kind: type[Cleanser], *args: Any, **options: Any) -> Any:
    return (
        ray.data.from_pandas(letters)
        .repartition(4)
        .map_batches(
            kind,
            fn_constructor_args=args,
            fn_constructor_kwargs={"workers": 2, **options},
            concurrency=2,
            num_cpus=0.25,
            batch_size=BATCH,
            batch_format="pyarrow",
        )
        .to_pandas()
    )


def test_each_batch_is_cleansed_with_one_sign_in_per_actor(
    letters: pd.DataFrame, recipe: Recipe, seen: Seen
) -> None:
    seen.check(cleansed(letters, Cleanser, recipe, "sandbox-model", ["letter"]))
    assert 1 <= seen.logins <= 2
    assert seen.cleansed == TEXTS


@pytest.mark.parametrize("batch_format", ["pandas", "numpy", "pyarrow"])
def test_each_batch_format_is_cleansed(
    letters: pd.DataFrame, recipe: Recipe, seen: Seen, batch_format: str
) -> None:
    dataset = ray.data.from_pandas(letters)
    seen.check(
        dataset.map_batches(
            Cleanser(recipe, 1, ["letter"]), batch_size=BATCH, batch_format=batch_format
        ).to_pandas()
    )


def test_a_killed_worker_loses_no_batch(
    letters: pd.DataFrame,
    recipe: Recipe,
    seen: Seen,
    tmp_path: Path,
) -> None:
    once = tmp_path / "killed"
    seen.check(cleansed(letters, Dying, recipe, 1, ["letter"], concurrency=4, once=once))
    assert once.exists()
    assert TEXTS < seen.cleansed <= TEXTS + BATCH
