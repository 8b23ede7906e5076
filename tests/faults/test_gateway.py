"""A company's gateway, on a path of its own before the service: real sockets, every variant."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from liminal.auth import SessionId, Token
from liminal.sandbox import Sandbox
from liminal.sandbox._server import Server
from liminal_api.api.llm import list_model_instances
from tests.support.providers import GivenToken

from .operations import OPERATIONS
from .variants import Variant

PREFIX = "/company/liminal"
CALLS = ["list_model_instances", "list_threads", "analyze_prompt", "create_thread", "stream"]
WAYS_IN: dict[str, Callable[[Sandbox], Any]] = {
    "token": lambda sandbox: Token(sandbox.token),
    "provider": lambda sandbox: GivenToken(sandbox.provider_token),
    "session id": lambda sandbox: SessionId(sandbox.create_session()),
}


class Gateway:
    """Hands on what comes below its path, and gives the service's cookies that path."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._service: Any = sandbox._app
        self.paths: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def send_on(message: Any) -> None:
            headers = message.get("headers", [])
            ours = b"Path=" + PREFIX.encode()
            renamed = [(name, value.replace(b"Path=/", ours)) for name, value in headers]
            await send({**message, "headers": renamed})

        self.paths.append(scope["path"])
        inner = scope["path"].removeprefix(PREFIX)
        await self._service({**scope, "path": inner, "raw_path": inner.encode()}, receive, send_on)


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox()


@pytest.fixture
def gateway(sandbox: Sandbox) -> Gateway:
    return Gateway(sandbox)


@pytest.fixture(params=["", "/"], ids=["without a slash", "with a slash"])
def url(request: pytest.FixtureRequest, gateway: Gateway) -> Iterator[str]:
    server = Server(gateway, 0)
    yield f"http://127.0.0.1:{server.port}{PREFIX}{request.param}"
    server.stop()


@pytest.mark.parametrize("way_in", WAYS_IN)
def test_every_call_goes_through_it_however_one_signs_in(
    sdk: Variant, sandbox: Sandbox, gateway: Gateway, url: str, way_in: str
) -> None:
    client = sdk.client(url, auth=WAYS_IN[way_in](sandbox))

    for name in CALLS:
        assert sdk.run(OPERATIONS[name](client)) is not None
    answer = sdk.run(lambda: operation(sdk)(client=client.api))

    assert answer.data
    assert len(gateway.paths) >= len(CALLS) + 1
    assert [path for path in gateway.paths if not path.startswith(f"{PREFIX}/api/v1/")] == []


def operation(sdk: Variant) -> Callable[..., Any]:
    """A generated operation."""
    blocking = sdk.name == "blocking"
    return list_model_instances.sync if blocking else list_model_instances.asyncio


def test_a_session_that_has_ended_is_renewed_through_it(
    sdk: Variant, sandbox: Sandbox, gateway: Gateway, url: str
) -> None:
    client = sdk.client(url, auth=Token(sandbox.token))
    sdk.run(client.thread.get_available)

    sandbox.expire_sessions()
    sdk.run(client.thread.get_available)

    login = f"{PREFIX}/api/v1/auth/test-automation/login"
    assert gateway.paths.count(login) == sandbox.logins == 2
