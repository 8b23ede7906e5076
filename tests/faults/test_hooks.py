"""An event hook of a caller's client that raises for a status does not end a call of ours."""

from typing import Any

import httpx
import pytest

from liminal.errors import APIConnectionError, APIStatusError
from tests.support.libraries import over_both_libraries

from . import steps
from .operations import OPERATIONS
from .server import FaultServer, good
from .variants import Variant

pytestmark = over_both_libraries


def make_user_client(sdk: Variant, *hooks: Any) -> Any:
    """A client whose hooks for answers these are, written for the blocking one."""

    def of_tasks(hook: Any) -> Any:
        async def awaited(answer: httpx.Response) -> None:
            hook(answer)

        return awaited

    if sdk.name == "blocking":
        return httpx.Client(trust_env=False, event_hooks={"response": list(hooks)})
    found = [of_tasks(hook) for hook in hooks]
    return httpx.AsyncClient(trust_env=False, event_hooks={"response": found})


def end(sdk: Variant, user_client: Any) -> None:
    sdk.run(user_client.close if sdk.name == "blocking" else user_client.aclose)


def raise_for_status(answer: httpx.Response) -> None:
    answer.raise_for_status()


def test_its_error_status_is_ours_to_raise(sdk: Variant) -> None:
    user_client = make_user_client(sdk, raise_for_status)
    with FaultServer(steps.status(404)) as server:
        client = sdk.client(server.url, httpx_client=user_client)
        with pytest.raises(APIStatusError, match="404") as caught:
            sdk.run(OPERATIONS["analyze_prompt"](client))
        end(sdk, user_client)
        assert caught.value.body is not None
        assert caught.value.attempts == len(server.calls) == 1
    assert caught.value.__context__ is None


def test_a_session_is_renewed_all_the_same(sdk: Variant) -> None:
    user_client = make_user_client(sdk, raise_for_status)
    with FaultServer(steps.status(401), good) as server:
        client = sdk.client(server.url, httpx_client=user_client)
        sdk.run(OPERATIONS["analyze_prompt"](client))
        end(sdk, user_client)
        assert (len(server.logins), len(server.calls)) == (2, 2)


def test_the_hooks_behind_it_see_the_answer_too(sdk: Variant) -> None:
    seen: list[int] = []
    user_client = make_user_client(
        sdk, raise_for_status, lambda answer: seen.append(answer.status_code)
    )
    with FaultServer(steps.status(404)) as server:
        client = sdk.client(server.url, httpx_client=user_client)
        with pytest.raises(APIStatusError):
            sdk.run(OPERATIONS["analyze_prompt"](client))
        end(sdk, user_client)
    assert seen == [200, 404]


def test_a_hook_that_is_added_later_is_called(sdk: Variant) -> None:
    seen: list[int] = []
    user_client, later = (
        make_user_client(sdk),
        make_user_client(sdk, lambda answer: seen.append(answer.status_code)),
    )
    with FaultServer() as server:
        client = sdk.client(server.url, httpx_client=user_client)
        user_client.event_hooks = later.event_hooks
        sdk.run(OPERATIONS["analyze_prompt"](client))
        end(sdk, user_client)
        end(sdk, later)
    assert seen == [200, 200]


def test_the_error_of_another_answer_than_ours_is_a_loss(sdk: Variant) -> None:
    """What a hook asks of others is part of the way."""

    def ask_another(answer: httpx.Response) -> None:
        if not answer.request.url.path.endswith("/login"):
            httpx.Response(500, request=answer.request).raise_for_status()

    user_client = make_user_client(sdk, ask_another)
    with FaultServer() as server:
        client = sdk.client(server.url, httpx_client=user_client)
        with pytest.raises(APIConnectionError) as caught:
            sdk.run(OPERATIONS["submit_prompt"](client))
        end(sdk, user_client)
        assert len(server.calls) == 1
    assert caught.value.may_have_been_processed
