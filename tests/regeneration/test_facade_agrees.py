"""The facade against a service built from the contract alone, and against the contract itself."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import anyio
import pytest

from liminal import APIStatusError, Client, SyncClient
from liminal.auth import SessionId, Token
from liminal.sandbox import Sandbox
from scripts.codegen.contract.document import Contract
from scripts.codegen.report.python.facade import without_facade
from tests.generated.making import CONTRACT, ROOT, SCHEMAS, our_operations, read
from tests.regeneration.facade import CALLS, Call
from tests.regeneration.service import Service, serving

OPERATIONS = our_operations()
each_call = pytest.mark.parametrize("call", CALLS, ids=lambda call: call.name)


def blocking(call: Call, service: Service) -> Any:
    with SyncClient(service.url, auth=Token("t")) as client:
        return call.blocking(client)


def asyncio(call: Call, service: Service) -> Any:
    async def run() -> Any:
        async with Client(service.url, auth=Token("t")) as client:
            return await call.asyncio(client)

    return anyio.run(run)


@pytest.mark.parametrize("variant", [blocking, asyncio])
@each_call
def test_a_service_that_knows_only_the_contract_accepts_a_call_whose_result_is_its_answer(
    call: Call, variant: Any
) -> None:
    with serving(read(CONTRACT)) as service:
        result = variant(call, service)

    assert service.refusals == []
    assert len(service.served) == 2  # the login, and the operation
    if call.streams:
        chunks = SCHEMAS["StreamResponseChunk"]["examples"]
        assert result == "".join(chunk["content"] for chunk in chunks)
        return
    answered = json.loads(service.sent[-1])["data"]
    if call.name == "llm.get_model_instance":
        answered = answered[0]
    results, answers = (x if isinstance(x, list) else [x] for x in (result, answered))
    for one, answer in zip(results, answers, strict=True):
        assert_is(one, answer)


def assert_is(result: Any, answer: Any) -> None:
    if hasattr(result, "to_dict"):
        # The client leaves out what is null in an optional field.
        required = {"finishReason", "customTerm"}
        assert set(result.to_dict()) == {
            key for key, value in answer.items() if value is not None or key in required
        }
        assert result == type(result).from_dict(answer)
    else:
        assert result == answer


def test_a_service_that_knows_the_contract_refuses_an_unknown_operation() -> None:
    with serving(read(CONTRACT)) as service:
        service.data["paths"].pop("/api/v1/threads")
        with SyncClient(service.url, auth=SessionId("s")) as client, pytest.raises(APIStatusError):
            client.thread.get_available()

    assert service.refusals == ["no operation: get /api/v1/threads"]


# ---- the facade's own table


def test_every_method_of_the_facade_is_called_here() -> None:
    with SyncClient("https://api.test", auth=Token("t")) as client:
        parts = {part: type(getattr(client, part)) for part in ("llm", "thread", "prompt")}

    assert {call.name for call in CALLS} == {
        f"{part}.{name}"
        for part, kind in parts.items()
        for name in dir(kind)
        if not name.startswith("_")
    }


@each_call
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


def test_every_operation_has_a_facade_method_or_is_reported_without_one() -> None:
    with serving(read(CONTRACT)) as service:
        for call in CALLS:
            blocking(call, service)
        logins = service.served.count("login_with_environment_token")
    lacking = set(without_facade(Contract(CONTRACT), ROOT))

    reached = {*service.served, "login_with_access_token", "get_current_user"}
    assert logins == len(CALLS)
    assert reached | lacking == {one.id for one in OPERATIONS}
    assert not reached & lacking
