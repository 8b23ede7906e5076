"""The libraries whose clients a caller may pass as ``httpx_client``."""

from types import ModuleType

import httpx
import httpx2
import pytest

# Runs a test once with clients of httpx, and once with those of httpx2.
over_both_libraries = pytest.mark.usefixtures("library")


@pytest.fixture(params=[httpx, httpx2], ids=["httpx", "httpx2"])
def library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Put this library in the place of the test module's ``httpx``, if it names that."""
    found: ModuleType = request.param
    monkeypatch.setattr(request.module, "httpx", found, raising=False)
    return found


# Runs a test over the client's own connections, and over a user's client of either library.
over_own_and_theirs = pytest.mark.parametrize(
    "theirs", [None, httpx, httpx2], ids=["own", "httpx", "httpx2"]
)
