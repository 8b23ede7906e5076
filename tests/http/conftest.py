"""Fixtures of the connections' tests: a name with the addresses that a test gives it, drivers."""

import pytest

from tests.support.addresses import Host, resolving

from .drivers import driver

__all__ = ["driver", "host"]


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Host:
    return resolving(monkeypatch)
