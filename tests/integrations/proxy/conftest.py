"""A sandbox in the environment, models, and proxies for them."""

from collections.abc import Iterator

import httpx
import pytest

from liminal.integrations.proxy._server import Running
from liminal.sandbox import Sandbox
from liminal.testing import FakeAnthropic, FakeOpenAI, running_sandbox
from tests.support.tls import NO_TLS

from .running import KEY, running


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def openai_model() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as model:
        yield model
        assert not model.saw("Lovelace")
        assert not model.saw(KEY)


@pytest.fixture
def anthropic_model() -> Iterator[FakeAnthropic]:
    with FakeAnthropic() as model:
        yield model
        assert not model.saw("Lovelace")
        assert not model.saw(KEY)


@pytest.fixture
def proxy(sandbox: Sandbox, openai_model: FakeOpenAI) -> Iterator[Running]:
    with running(openai_model.base_url, upstream_key=openai_model.api_key) as proxy:
        yield proxy


@pytest.fixture
def anthropic_proxy(sandbox: Sandbox, anthropic_model: FakeAnthropic) -> Iterator[Running]:
    with running(anthropic_model.base_url, upstream_key=anthropic_model.api_key) as proxy:
        yield proxy


@pytest.fixture
def http(proxy: Running) -> Iterator[httpx.Client]:
    """A plain HTTP client with the proxy's key."""
    headers = {"authorization": f"Bearer {KEY}"}
    with httpx.Client(base_url=proxy.url, headers=headers, timeout=20, verify=NO_TLS) as client:
        yield client
