"""The facade against a service built from the contract alone, and against the contract itself."""

from __future__ import annotations

import contextlib
import json
from importlib import import_module
from typing import Any

import anyio
import pytest

from liminal import APIStatusError, Client, SyncClient
from liminal.auth import SessionId, Token
from liminal.sandbox import Sandbox
from scripts.codegen.contract.document import Contract
from scripts.codegen.report.python.facade import imports, without_facade
from scripts.codegen.report.python.surface import surface
from tests.generated.making import CONTRACT, ROOT, our_operations, read
from tests.regeneration.facade import CALLS, Call
from tests.regeneration.service import Service, serving

OPERATIONS = our_operations()


def blocking(call: Call, service: Service) -> Any:
    with SyncClient(service.url, auth=Token("t")) as client:
        return call.blocking(client)


def asyncio(call: Call, service: Service) -> Any:
    async def run() -> Any:
        async with Client(service.url, auth=Token("t")) as client:
            return await call.asyncio(client)

    return anyio.run(run)


@pytest.mark.parametrize("variant", [blocking, asyncio])
@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.name)
def test_a_service_that_knows_the_contract_alone_accepts_the_facade(call: Call, variant) -> None:
    with serving(read(CONTRACT)) as service:
        variant(call, service)

    assert service.refusals == []
    assert len(service.served) == 2  # the login, and the operation


@pytest.mark.parametrize("variant", [blocking, asyncio])
@pytest.mark.parametrize("call", [call for call in CALLS if not call.streams], ids=lambda c: c.name)
def test_the_facade_gives_all_that_such_a_service_answered(call: Call, variant) -> None:
    with serving(read(CONTRACT)) as service:
        result = variant(call, service)

    answered = json.loads(service.sent[-1])["data"]
    if call.name == "llm.get_model_instance":
        answered = answered[0]
    results, answers = (x if isinstance(x, list) else [x] for x in (result, answered))
    for one, answer in zip(results, answers, strict=True):
        assert_is(one, answer)


def assert_is(result: Any, answer: Any) -> None:
    if hasattr(result, "to_dict"):
        assert set(result.to_dict()) == set(filled(answer))
        assert result == type(result).from_dict(answer)
    else:
        assert result == answer


def filled(answer: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is null in an optional field, as the client does."""
    kept = {"finishReason", "customTerm"}
    return {key: value for key, value in answer.items() if value is not None or key in kept}


@pytest.mark.parametrize("variant", [blocking, asyncio])
def test_a_stream_holds_all_chunks_of_the_contract(variant) -> None:
    (call,) = (call for call in CALLS if call.streams)
    with serving(read(CONTRACT)) as service:
        text = variant(call, service)

    examples = service.data["components"]["schemas"]["StreamResponseChunk"]["examples"]
    assert text == "".join(chunk["content"] for chunk in examples)


def test_a_service_that_knows_the_contract_refuses_what_does_not_fit() -> None:
    with serving(read(CONTRACT)) as service:
        service.data["paths"].pop("/api/v1/threads")
        with SyncClient(service.url, auth=SessionId("s")) as client, pytest.raises(APIStatusError):
            client.thread.get_available()

    assert service.refusals == ["no operation: get /api/v1/threads"]


# ---- the facade's own table


def test_every_method_of_the_facade_is_called_here() -> None:
    parts = ("llm", "thread", "prompt")
    names = {
        name.path.removeprefix("liminal.SyncClient.")
        for name in surface(ROOT).values()
        if name.kind == "function"
        and name.path.startswith(tuple(f"liminal.SyncClient.{part}." for part in parts))
    }
    assert {call.name for call in CALLS} == names


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)
def test_an_operation_is_repeatable_as_the_contract_says(operation) -> None:
    made = import_module(f"liminal_api.api.{operation.data['tags'][0]}.{operation.id}").OPERATION

    stated = operation.data.get("x-liminal-repeatable", operation.method == "GET")
    assert made.repeatable is stated


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.name)
def test_the_facade_repeats_what_the_contract_calls_repeatable(call: Call) -> None:
    with Sandbox(threads=["A"], model_instances={"gpt-test": ["gpt-4o"]}) as sandbox:
        with SyncClient(sandbox.url, auth=SessionId(sandbox.create_session())) as client:
            sandbox.fail_next(500)
            with contextlib.suppress(APIStatusError):
                call.blocking(client)
        requests = sandbox.requests

    paths = {(one.method, one.path): one for one in OPERATIONS}
    first = requests[0].path.replace("/threads/1", "/threads/{threadId}")
    assert (len(requests) == 2) is paths[requests[0].method, first].repeatable


def test_every_operation_has_a_facade_method_or_is_reported_to_lack_one() -> None:
    with serving(read(CONTRACT)) as service:
        for call in CALLS:
            blocking(call, service)
        logins = service.served.count("login_with_environment_token")
    lacking = {one.id for one in without_facade(Contract(CONTRACT), [*imports(ROOT)])}

    reached = {*service.served, "login_with_access_token", "get_current_user"}
    assert logins == len(CALLS)
    assert reached | lacking == {one.id for one in OPERATIONS}
    assert not reached & lacking
