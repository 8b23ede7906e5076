"""Spark: an iterator of batches in worker processes, which are forked."""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from pyspark.sql import SparkSession

from liminal.bulk import Cleanser, Recipe

from .conftest import TEXTS, Seen
from .dying import Dying

SCHEMA = "id long, letter string"


@pytest.fixture(scope="module")
def spark(sandbox: object) -> Iterator[SparkSession]:
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        pytest.fail("Spark needs Java 17 or newer, such as Debian's openjdk-17-jre-headless")
    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = (
        SparkSession.builder.master("local[2,4]")  # two at once; a task may fail three times
        .config("spark.ui.enabled", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", "25")
    )
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()


@pytest.mark.parametrize("method", ["mapInPandas", "mapInArrow"])
def test_each_batch_is_cleansed(
    spark: SparkSession,
    letters: pd.DataFrame,
    recipe: Recipe,
    seen: Seen,
    method: str,
) -> None:
    cleanser = Cleanser(recipe, "sandbox-model", ["letter"], workers=2)
    frame = spark.createDataFrame(letters, SCHEMA).repartition(4)
    seen.check(getattr(frame, method)(cleanser.frames, SCHEMA).toPandas())
    assert seen.logins <= 4  # processes, which Spark may keep from an earlier test
    assert seen.cleansed == TEXTS


def test_a_killed_worker_loses_no_batch(
    spark: SparkSession,
    letters: pd.DataFrame,
    recipe: Recipe,
    seen: Seen,
    tmp_path: Path,
) -> None:
    once = tmp_path / "killed"
    cleanser = Dying(recipe, 1, ["letter"], workers=2, concurrency=4, once=once)
    frame = spark.createDataFrame(letters, SCHEMA).repartition(4)
    seen.check(frame.mapInPandas(cleanser.frames, SCHEMA).toPandas())
    assert once.exists()
    assert seen.cleansed > TEXTS
