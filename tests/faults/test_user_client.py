"""A caller's client may send in a way of its own: what was handed to it counts as sent."""

import time
from types import ModuleType

import httpx
import pytest

from liminal._http.sockets import deadline
from liminal._http.sockets.monotonic import monotonic
from liminal.errors import APIConnectionError, APITimeoutError
from tests.support.libraries import over_both_libraries

from . import steps
from .operations import ONCE, OPERATIONS
from .server import Exchange, FaultServer, log_in
from .variants import Variant

pytestmark = over_both_libraries

LOSSES = ["ReadError", "ReadTimeout", "RemoteProtocolError"]
NOT_SENT = ["ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError"]


@pytest.mark.parametrize(
    ("error", "operation", "is_sent"),
    [
        *((error, operation, True) for error in LOSSES for operation in ONCE),
        *((error, "submit_prompt", False) for error in NOT_SENT),
    ],
)
def test_what_a_user_s_client_could_not_send_is_tried_again_and_the_rest_may_be_processed(
    sdk: Variant, library: ModuleType, error: str, operation: str, is_sent: bool
) -> None:
    calls: list[bytes] = []

    def lose(request: httpx.Request) -> httpx.Response:
        """Answer logins and lose everything else, whose body is there without asking for it."""
        if request.url.path.endswith("/login"):
            return httpx.Response(200, headers={"Set-Cookie": "session=s1"}, json={})
        calls.append(request.content)
        raise getattr(library, error)("lost")

    user_client = sdk.user_client(library, transport=library.MockTransport(lose))
    client = sdk.client("https://api.example", httpx_client=user_client)
    with pytest.raises(APIConnectionError) as caught:
        sdk.run(OPERATIONS[operation](client))
    assert caught.value.may_have_been_processed is is_sent
    assert len(calls) == (1 if is_sent else 3)


def test_the_time_of_a_login_is_taken_from_that_of_its_call(
    sdk: Variant, library: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The login takes a minute by a moved clock, which leaves the call a little."""
    passed = [0.0]
    monkeypatch.setattr(deadline, "monotonic", lambda: monotonic() + passed[0])

    def log_in_slowly(exchange: Exchange) -> None:
        passed[0] = 60.0
        log_in(exchange)

    with FaultServer(steps.silence, logins=[log_in_slowly]) as server:
        user_client = sdk.user_client(library)
        client = sdk.client(server.url, httpx_client=user_client, deadline=60.5)
        begun = time.monotonic()
        with pytest.raises(APITimeoutError, match="deadline"):
            sdk.run(OPERATIONS["analyze_prompt"](client))
        assert time.monotonic() - begun < 30
