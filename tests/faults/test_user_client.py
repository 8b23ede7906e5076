"""A user's client may send differently, and have hooks that raise or consume the answer."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from liminal.auth import SessionId
from liminal.errors import APIConnectionError, APIStatusError, LiminalError
from tests.support.libraries import over_both_libraries

from . import steps
from .operations import ONCE, OPERATIONS
from .server import FaultServer, good
from .variants import Variant

pytestmark = over_both_libraries
Hook = Callable[[Any], object]


# ---- event hooks


def hooked(sdk: Variant, library: Any, *hooks: Hook) -> Any:
    """A client whose hooks for answers these are, written for the blocking one."""

    def of_tasks(hook: Hook) -> Any:
        async def awaited(answer: Any) -> None:
            hook(answer)

        return awaited

    found = hooks if sdk.name == "blocking" else map(of_tasks, hooks)
    return sdk.user_client(library, event_hooks={"response": list(found)})


def raise_for_status(answer: Any) -> None:
    answer.raise_for_status()


def test_the_status_error_is_ours_and_later_hooks_see_the_answer(sdk, library):
    seen: list[int] = []
    user_client = hooked(
        sdk, library, raise_for_status, lambda answer: seen.append(answer.status_code)
    )
    with FaultServer(steps.status(404)) as server:
        client = sdk.client(server.url, httpx_client=user_client)
        with pytest.raises(APIStatusError, match="404") as caught:
            sdk.run(OPERATIONS["analyze_prompt"](client))
        assert caught.value.body is not None
        assert caught.value.attempts == len(server.calls) == 1
    assert caught.value.__context__ is None
    assert seen == [200, 404]


def test_a_401_renews_the_session_although_a_hook_raises(sdk, library):
    user_client = hooked(sdk, library, raise_for_status)
    with FaultServer(steps.status(401), good) as server:
        sdk.run(OPERATIONS["analyze_prompt"](sdk.client(server.url, httpx_client=user_client)))
        assert (len(server.logins), len(server.calls)) == (2, 2)


def test_a_hook_that_is_added_later_is_called(sdk, library):
    seen: list[int] = []
    user_client = hooked(sdk, library)
    later = hooked(sdk, library, lambda answer: seen.append(answer.status_code))
    with FaultServer() as server:
        client = sdk.client(server.url, httpx_client=user_client)
        user_client.event_hooks = later.event_hooks
        sdk.run(OPERATIONS["analyze_prompt"](client))
    assert seen == [200, 200]


def test_a_status_error_of_a_hook_s_own_request_is_a_connection_error(sdk, library):
    """A hook's own requests are part of the connection to the service."""

    def ask_another(answer):
        if not answer.request.url.path.endswith("/login"):
            httpx.Response(500, request=answer.request).raise_for_status()

    with FaultServer() as server:
        user_client = hooked(sdk, library, ask_another)
        with pytest.raises(APIConnectionError) as caught:
            sdk.run(OPERATIONS["submit_prompt"](sdk.client(server.url, httpx_client=user_client)))
        assert len(server.calls) == 1
    assert caught.value.may_have_been_processed


def test_a_hook_that_begins_to_read_an_answer_does_not_cost_its_connection(sdk, library):
    begun: list[Any] = []

    def begin_to_read(answer):
        begun.append(answer.iter_raw())
        next(begun[-1])

    async def begin_to_await(answer):
        begun.append(answer.aiter_raw())
        await anext(begun[-1])

    hook = begin_to_read if sdk.name == "blocking" else begin_to_await
    limits = library.Limits(max_connections=1)
    user_client = sdk.user_client(library, event_hooks={"response": [hook]}, limits=limits)
    with FaultServer() as server:
        client = sdk.client(server.url, httpx_client=user_client, auth=SessionId("a-session"))
        for _ in range(2):
            with pytest.raises(LiminalError, match="has consumed the answer"):
                sdk.run(OPERATIONS["analyze_prompt"](client))
        assert len(server.calls) == 2


# ---- transports

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
    sdk, library, error, operation, is_sent
):
    calls: list[bytes] = []

    def lose(request):
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
