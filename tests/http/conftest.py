"""Fixtures: a name with the addresses that a test gives it."""

import pytest

from tests.support.addresses import Host, resolving


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Host:
    return resolving(monkeypatch)
