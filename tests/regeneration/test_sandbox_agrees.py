"""The sandbox follows the contract: schemathesis makes requests, openapi-core checks answers."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from hypothesis import settings
from jsonschema import Draft202012Validator
from openapi_core.testing import MockRequest

from liminal.sandbox import Sandbox
from tests.generated.making import CONTRACT, our_operations, read
from tests.generated.server import plain
from tests.regeneration.service import Answer, judge

# What the service may say of a request that fits the contract: that there is no such thing, or that
# its parts don't fit each other (findings and their text, a model instance without a model).
FITTING = ["2xx", "401", "404", "422"]


@dataclass
class Run:
    """What came of schemathesis' run."""

    seed: int
    failures: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    checked: Counter[str] = field(default_factory=Counter)
    phases: set[str] = field(default_factory=set)
    statuses: dict[tuple[str, str], set[int]] = field(default_factory=dict)


@pytest.fixture(scope="module")
def run() -> Run:
    """Have schemathesis run all its phases once, with examples in proportion to the profile."""
    run = Run(random.SystemRandom().randrange(2**32))
    with Sandbox(threads=["A thread"]) as sandbox:
        _execute(sandbox, run)
        for request in sandbox.requests:
            run.statuses.setdefault((request.method, request.path), set()).add(request.status)
    return run


def _execute(sandbox: Sandbox, run: Run) -> None:
    # Not at the top: it takes a second, which only this test should wait for.
    from schemathesis.engine import events, from_schema

    for event in from_schema(_schema(sandbox, run.seed)).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            run.errors.append(str(event))
        if isinstance(event, events.ScenarioFinished):
            run.phases.add(event.phase.name)
            for check in (one for many in event.recorder.checks.values() for one in many):
                run.checked[check.name] += 1
                if (failed := check.failure_info) is not None:
                    run.failures.append(f"{failed.failure}\n{failed.code_sample}")


def _schema(sandbox: Sandbox, seed: int) -> Any:
    import schemathesis
    from schemathesis.config import SchemathesisConfig

    config = SchemathesisConfig.from_dict(
        {
            "seed": seed,
            "base-url": sandbox.url,
            "generation": {"max-examples": max(1, settings.default.max_examples // 6)},
            "checks": {"positive_data_acceptance": {"expected-statuses": FITTING}},
        }
    )
    schema = schemathesis.openapi.from_dict(read(CONTRACT), config=config)

    @schema.auth()
    class Session:
        def get(self, case, context) -> str:
            return sandbox.create_session()

        def set(self, case, data, context) -> None:
            case.cookies = {**(case.cookies or {}), "session": data}

    @schema.hook
    def map_body(context, body):
        """Have every other request name a model instance that there is."""
        if isinstance(body, dict) and type(body.get("modelInstanceId")) is int:
            body["modelInstanceId"] %= 2
        return body

    return schema


def test_the_sandbox_passes_whatever_the_contract_allows_and_forbids(run: Run) -> None:
    assert (run.failures, run.errors) == ([], []), f"seed {run.seed}"


def test_every_kind_of_check_was_made_on_operations_and_on_sequences_of_them(run: Run) -> None:
    assert run.phases >= {"COVERAGE", "FUZZING", "STATEFUL_TESTING"}
    assert run.checked.keys() >= {
        "ignored_auth",
        "negative_data_rejection",
        "not_a_server_error",
        "positive_data_acceptance",
        "response_headers_conformance",
        "response_schema_conformance",
        "status_code_conformance",
        "unsupported_method",
        "use_after_free",
    }


def test_the_sandbox_knows_every_operation(run: Run) -> None:
    for operation in our_operations():
        path = operation.path.replace("{threadId}", "1")
        assert run.statuses[operation.method, path] - {404, 405}, operation.id


# ---- what schemathesis does not reach


@pytest.fixture
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    with Sandbox(stream_format=getattr(request, "param", "sse")) as sandbox:
        yield sandbox


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[httpx.Client]:
    cookies = {"session": sandbox.create_session()}
    with httpx.Client(base_url=sandbox.url, cookies=cookies, transport=plain()) as client:
        yield client


@pytest.mark.parametrize("status", [401, 404, 422, 429, 500, 503])
def test_a_failure_of_the_sandbox_fits_the_contract(
    status: int, sandbox: Sandbox, client: httpx.Client
) -> None:
    sandbox.fail_next(status)
    found = client.get("/api/v1/threads")

    request = MockRequest(sandbox.url, "get", "/api/v1/threads")
    answer = Answer(found.status_code, found.headers["content-type"], found.content)
    judge(read(CONTRACT)).validate_response(request, answer)
    assert found.status_code == status


@pytest.mark.parametrize("sandbox", ["sse", "ndjson"], indirect=True)
def test_every_streamed_chunk_of_the_sandbox_fits_the_contract(client: httpx.Client) -> None:
    contract = read(CONTRACT)
    reference = {"$ref": "#/components/schemas/StreamResponseChunk"}
    validator = Draft202012Validator(reference | {"components": contract["components"]})
    body = {"modelInstanceId": 1, "source": "sdk", "text": "Hello", "isStreaming": True}

    answer = client.post("/api/v1/prompts/submit", json=body)

    media_type = answer.headers["content-type"].partition(";")[0]
    responses = contract["paths"]["/api/v1/prompts/submit"]["post"]["responses"]
    lines = [line.removeprefix("data: ") for line in answer.text.splitlines()]
    chunks = [json.loads(line) for line in lines if line and line != "[DONE]"]
    assert media_type in responses["200"]["content"]
    assert chunks
    assert [error for chunk in chunks for error in validator.iter_errors(chunk)] == []
