"""The libraries whose clients a caller may pass as ``httpx_client``."""

from types import ModuleType

import httpx
import httpx2
import pytest

# Runs a test once with clients of httpx, and once with those of httpx2.
over_both_libraries = pytest.mark.usefixtures("library")


@pytest.fixture(params=[httpx, httpx2], ids=["httpx", "httpx2"])
def library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Put this library in the place of the test module's ``httpx``."""
    found: ModuleType = request.param
    monkeypatch.setattr(request.module, "httpx", found)
    return found
