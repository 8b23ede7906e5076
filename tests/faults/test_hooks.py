"""A lent client's event hook that judges an answer by its status judges for others, not for us."""

from typing import Any

import httpx
import pytest

from liminal.errors import APIConnectionError, APIStatusError

from . import steps
from .operations import OPERATIONS
from .server import FaultServer, good
from .variants import Variant


def lend(sdk: Variant, *hooks: Any) -> Any:
    """A client whose hooks for answers these are, written for the blocking one."""

    def of_tasks(hook: Any) -> Any:
        async def awaited(answer: httpx.Response) -> None:
            hook(answer)

        return awaited

    if sdk.name == "blocking":
        return httpx.Client(trust_env=False, event_hooks={"response": list(hooks)})
    found = [of_tasks(hook) for hook in hooks]
    return httpx.AsyncClient(trust_env=False, event_hooks={"response": found})


def end(sdk: Variant, lent: Any) -> None:
    sdk.run(lent.close if sdk.name == "blocking" else lent.aclose)


def raise_for_status(answer: httpx.Response) -> None:
    answer.raise_for_status()


def test_its_error_status_is_ours_to_raise(sdk: Variant) -> None:
    lent = lend(sdk, raise_for_status)
    with FaultServer(steps.status(404)) as server:
        client = sdk.client(server.url, httpx_client=lent)
        with pytest.raises(APIStatusError, match="404") as caught:
            sdk.run(OPERATIONS["analyze_prompt"](client))
        end(sdk, lent)
        assert caught.value.body is not None
        assert caught.value.attempts == len(server.calls) == 1
    assert caught.value.__context__ is None


def test_a_session_is_renewed_all_the_same(sdk: Variant) -> None:
    lent = lend(sdk, raise_for_status)
    with FaultServer(steps.status(401), good) as server:
        client = sdk.client(server.url, httpx_client=lent)
        sdk.run(OPERATIONS["analyze_prompt"](client))
        end(sdk, lent)
        assert (len(server.logins), len(server.calls)) == (2, 2)


def test_the_hooks_behind_it_see_the_answer_too(sdk: Variant) -> None:
    seen: list[int] = []
    lent = lend(sdk, raise_for_status, lambda answer: seen.append(answer.status_code))
    with FaultServer(steps.status(404)) as server:
        client = sdk.client(server.url, httpx_client=lent)
        with pytest.raises(APIStatusError):
            sdk.run(OPERATIONS["analyze_prompt"](client))
        end(sdk, lent)
    assert seen == [200, 404]


def test_a_hook_that_is_added_later_is_called(sdk: Variant) -> None:
    seen: list[int] = []
    lent, later = lend(sdk), lend(sdk, lambda answer: seen.append(answer.status_code))
    with FaultServer() as server:
        client = sdk.client(server.url, httpx_client=lent)
        lent.event_hooks = later.event_hooks
        sdk.run(OPERATIONS["analyze_prompt"](client))
        end(sdk, lent)
        end(sdk, later)
    assert seen == [200, 200]


def test_the_error_of_another_answer_than_ours_is_a_loss(sdk: Variant) -> None:
    """What a hook asks of others is part of the way."""

    def ask_another(answer: httpx.Response) -> None:
        if not answer.request.url.path.endswith("/login"):
            httpx.Response(500, request=answer.request).raise_for_status()

    lent = lend(sdk, ask_another)
    with FaultServer() as server:
        client = sdk.client(server.url, httpx_client=lent)
        with pytest.raises(APIConnectionError) as caught:
            sdk.run(OPERATIONS["submit_prompt"](client))
        end(sdk, lent)
        assert len(server.calls) == 1
    assert caught.value.may_have_been_processed
