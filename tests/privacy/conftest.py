"""What the tests of privacy share: the fault suite's variants, and a watch over each test."""

from collections.abc import Iterator

import pytest

from tests.faults.conftest import no_jitter, sdk

from .watch import Watch, watching

__all__ = ["no_jitter", "sdk", "watch"]


@pytest.fixture
def watch() -> Iterator[Watch]:
    with watching() as watch:
        yield watch
        assert watch.seen
