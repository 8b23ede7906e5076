"""Generated packages, each made once, and a server for them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.generated.making import Package, make_ours, with_features, write
from tests.generated.server import Caller, Server, plain, running
from tests.support.growth import growth


@pytest.fixture(scope="session")
def features(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Package]:
    """The package generated from a contract that uses every feature."""
    folder = tmp_path_factory.mktemp("made")
    contract = write(folder / "contract.yaml", with_features())
    sys.path.insert(0, str(folder))
    yield make_ours(contract, folder / "features_api")
    sys.path.remove(str(folder))


@pytest.fixture
def server() -> Iterator[Server]:
    with running() as server:
        yield server


@pytest.fixture
def client(features: Package, server: Server) -> Iterator[Any]:
    with features.module("client").Client(server.url, transport=plain()) as client:
        yield client


@pytest.fixture
def call(features: Package, client: Any, server: Server) -> Caller:
    """Call an operation of the contract that uses every feature."""
    return Caller(features, client, server)


@pytest.fixture
def grown(server: Server) -> Iterator[Caller]:
    """Call an operation of the contract that has grown."""
    headers = {"Cookie": "session=s"}
    with growth().module("client").Client(server.url, headers=headers, transport=plain()) as client:
        yield Caller(growth(), client, server)
