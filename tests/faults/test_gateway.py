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

    def __init__(self) -> None:
        self.sandbox = Sandbox()
        self.paths: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def send_on(message: Any) -> None:
            ours = b"Path=" + PREFIX.encode()
            headers = [(k, v.replace(b"Path=/", ours)) for k, v in message.get("headers", [])]
            await send({**message, "headers": headers})

        self.paths.append(scope["path"])
        inner = scope["path"].removeprefix(PREFIX)
        service: Any = self.sandbox._app
        await service({**scope, "path": inner, "raw_path": inner.encode()}, receive, send_on)


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


@pytest.fixture(params=["", "/"], ids=["without a slash", "with a slash"])
def url(request: pytest.FixtureRequest, gateway: Gateway) -> Iterator[str]:
    server = Server(gateway, 0)
    yield f"http://127.0.0.1:{server.port}{PREFIX}{request.param}"
    server.stop()


@pytest.mark.parametrize("way_in", WAYS_IN)
def test_every_call_goes_through_it_however_one_signs_in(
    sdk: Variant, gateway: Gateway, url: str, way_in: str
) -> None:
    client = sdk.client(url, auth=WAYS_IN[way_in](gateway.sandbox))
    for name in CALLS:
        assert sdk.run(OPERATIONS[name](client)) is not None
    generated = list_model_instances
    operation: Any = generated.sync if sdk.name == "blocking" else generated.asyncio
    assert sdk.run(lambda: operation(client=client.api)).data
    assert len(gateway.paths) >= len(CALLS) + 1
    assert all(path.startswith(f"{PREFIX}/api/v1/") for path in gateway.paths)


def test_a_session_that_has_ended_is_renewed_through_it(
    sdk: Variant, gateway: Gateway, url: str
) -> None:
    client = sdk.client(url, auth=Token(gateway.sandbox.token))
    sdk.run(client.thread.get_available)
    gateway.sandbox.expire_sessions()
    sdk.run(client.thread.get_available)
    login = f"{PREFIX}/api/v1/auth/test-automation/login"
    assert gateway.paths.count(login) == gateway.sandbox.logins == 2
