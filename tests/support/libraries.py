"""The libraries whose clients a caller may pass as ``httpx_client``."""

from types import ModuleType
from typing import Any

import httpx
import httpx2
import pytest

from .tls import NO_TLS

# Runs a test once with clients of httpx, and once with those of httpx2.
over_both_libraries = pytest.mark.usefixtures("library")


@pytest.fixture(params=[httpx, httpx2], ids=["httpx", "httpx2"])
def library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Put this library in the place of the test module's ``httpx``, if it names that."""
    found: ModuleType = request.param
    monkeypatch.setattr(request.module, "httpx", found, raising=False)
    return found


# Runs a test over the client's own connections, and over a caller's client of either library.
over_own_and_theirs = pytest.mark.parametrize(
    "theirs", [None, httpx, httpx2], ids=["own", "httpx", "httpx2"]
)


class Theirs:
    """A caller's client for one variant, None without a library; to be closed by the caller."""

    def __init__(self, sdk: Any, library: Any, **options: Any) -> None:
        self._sdk = sdk
        name = "Client" if sdk.name == "blocking" else "AsyncClient"
        options = {"trust_env": False, "verify": NO_TLS, **options}
        self.client: Any = getattr(library, name)(**options) if library else None

    def close(self) -> None:
        if self.client is not None:
            blocking = self._sdk.name == "blocking"
            self._sdk.run(self.client.close if blocking else self.client.aclose)
