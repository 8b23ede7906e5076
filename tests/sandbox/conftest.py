"""A sandbox, and plain httpx clients for it, independent of the SDK's own clients."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from liminal.sandbox import Sandbox
from tests.support.tls import NO_TLS

from .paths import LOGIN

PROMPT = "Write to Ada Lovelace at ada@example.com"


def body(text: str = PROMPT, **more: object) -> dict[str, object]:
    """Make a prompt's body."""
    return {"modelInstanceId": 1, "source": "sdk", "text": text, **more}


def connect(sandbox: Sandbox) -> httpx.Client:
    """Make a client that is not logged in."""
    return httpx.Client(base_url=sandbox.url, verify=NO_TLS, trust_env=False)


def log_in(client: httpx.Client, token: str = "sandbox-token") -> httpx.Response:
    return client.post(LOGIN, headers={"x-test-automation-api-key": token})


def bearer(token: str) -> dict[str, str]:
    """Make the header of a login with a provider's token."""
    return {"Authorization": f"Bearer {token}"}


def data(answer: httpx.Response) -> Any:
    """Unpack a successful answer."""
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


@contextmanager
def serving(**options: Any) -> Iterator[tuple[Sandbox, httpx.Client]]:
    """Run a sandbox with these options, and a client that is logged in."""
    with Sandbox(**options) as sandbox, connect(sandbox) as client:
        log_in(client).raise_for_status()
        yield sandbox, client


@pytest.fixture
def stranger(sandbox):
    """Return a client without a session."""
    with connect(sandbox) as client:
        yield client


@pytest.fixture
def client(stranger):
    """Return a logged-in client, whose cookie jar follows the session."""
    log_in(stranger).raise_for_status()
    return stranger
