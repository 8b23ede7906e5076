"""A caller's client may send in a way of its own: what was handed to it counts as sent."""

import time
from typing import Any

import httpx
import pytest

from liminal._http.sockets import clock
from liminal._http.sockets.monotonic import monotonic
from liminal.errors import APIConnectionError, APITimeoutError
from tests.support.libraries import over_both_libraries

from . import steps
from .operations import ONCE, OPERATIONS
from .server import Exchange, FaultServer, log_in
from .variants import Variant

pytestmark = over_both_libraries


class Losing:
    """Answers logins, and loses everything else: its handler has the body without asking for it."""

    def __init__(self, error: type[httpx.TransportError]) -> None:
        self.calls = 0
        self._error = error

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/login"):
            return httpx.Response(200, headers={"Set-Cookie": "session=s1"}, json={})
        assert isinstance(request.content, bytes)
        self.calls += 1
        raise self._error("lost")


def make_user_client(sdk: Variant, **options: Any) -> Any:
    kind = httpx.Client if sdk.name == "blocking" else httpx.AsyncClient
    return kind(trust_env=False, **options)


def meet(sdk: Variant, losing: Losing, operation: str) -> APIConnectionError:
    user_client = make_user_client(sdk, transport=httpx.MockTransport(losing))
    client = sdk.client("https://api.example", httpx_client=user_client)
    with pytest.raises(APIConnectionError) as caught:
        sdk.run(OPERATIONS[operation](client))
    return caught.value


@pytest.mark.parametrize("error", [httpx.ReadError, httpx.ReadTimeout, httpx.RemoteProtocolError])
@pytest.mark.parametrize("operation", ONCE)
def test_what_a_user_s_client_lost_may_have_been_processed(
    sdk: Variant, operation: str, error: type[httpx.TransportError]
) -> None:
    losing = Losing(error)
    assert meet(sdk, losing, operation).may_have_been_processed
    assert losing.calls == 1


@pytest.mark.parametrize(
    "error", [httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError]
)
def test_what_a_user_s_client_could_not_send_is_tried_again(
    sdk: Variant, error: type[httpx.TransportError]
) -> None:
    losing = Losing(error)
    assert not meet(sdk, losing, "submit_prompt").may_have_been_processed
    assert losing.calls == 3


# ---- the deadline, and the login before a call


def test_the_time_of_a_login_is_taken_from_that_of_its_call(
    sdk: Variant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The login takes a minute by a moved clock, which leaves the call a little."""
    passed = [0.0]
    monkeypatch.setattr(clock, "monotonic", lambda: monotonic() + passed[0])

    def log_in_slowly(exchange: Exchange) -> None:
        passed[0] = 60.0
        log_in(exchange)

    with FaultServer(steps.silence, logins=[log_in_slowly]) as server:
        user_client = make_user_client(sdk)
        client = sdk.client(server.url, httpx_client=user_client, deadline=60.5)
        begun = time.monotonic()
        with pytest.raises(APITimeoutError, match="deadline"):
            sdk.run(OPERATIONS["analyze_prompt"](client))
        assert time.monotonic() - begun < 30
        sdk.run(user_client.close if sdk.name == "blocking" else user_client.aclose)
