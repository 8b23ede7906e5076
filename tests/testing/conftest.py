"""Each API's stand-in, and its vendor's client."""

from collections.abc import Iterator
from typing import Any

import pytest

from liminal.testing import FakeModel
from tests.testing.clients import APIS, Api, connected


@pytest.fixture(params=APIS, ids=lambda api: api.name)
def api(request: pytest.FixtureRequest) -> Api:
    found: Api = request.param
    return found


@pytest.fixture
def model(api: Api) -> Iterator[FakeModel]:
    with api.make() as model:
        yield model


@pytest.fixture
def client(model: FakeModel) -> Iterator[Any]:
    with connected(model) as client:
        yield client
