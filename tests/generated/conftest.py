"""Packages to test, each made once, and a server for them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.generated.making import ROOT, Package, make_ours, make_stock, with_features, write
from tests.generated.server import Server, plain, running


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder to import from, that holds a contract with everything."""
    folder = tmp_path_factory.mktemp("made")
    write(folder / "contract.yaml", with_features())
    sys.path.insert(0, str(folder))
    yield folder
    sys.path.remove(str(folder))


@pytest.fixture(scope="session")
def features(made: Path) -> Package:
    """What our templates make of the contract with everything."""
    return make_ours(made / "contract.yaml", made / "features_api")


@pytest.fixture(scope="session")
def stock(made: Path) -> Package:
    """What the generator's own templates make, of no more than they can do."""
    contract = write(made / "stock.yaml", with_features("/api/v1/labels"))
    return make_stock(contract, made / "stock_api")


@pytest.fixture(scope="session")
def api() -> Package:
    """The package that ships."""
    return Package("liminal_api", ROOT / "generated/liminal_api")


@pytest.fixture
def server() -> Iterator[Server]:
    with running() as server:
        yield server


@pytest.fixture
def client(features: Package, server: Server) -> Iterator[Any]:
    with features.module("client").Client(server.url, transport=plain()) as client:
        yield client
