"""The client generated before every change, made once."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from tests.generated.making import Package, make_ours
from tests.regeneration.changing import BASE


@pytest.fixture(scope="session")
def before(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Package]:
    """What is generated from the contract as it is before each change."""
    folder = tmp_path_factory.mktemp("before")
    sys.path.insert(0, str(folder))
    yield make_ours(BASE, folder / "things_api")
    sys.path.remove(str(folder))
