"""The sandbox speaks the contract: schemathesis makes requests up, openapi-core judges answers."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from hypothesis import settings
from jsonschema import Draft202012Validator
from openapi_core import Config, OpenAPI
from werkzeug.datastructures import Headers

from liminal import LiminalError, SyncClient
from liminal.auth import Token
from liminal.sandbox import Sandbox
from scripts.codegen.contract.operations import Operation
from tests.generated.making import CONTRACT, our_operations, read
from tests.regeneration.facade import CALLS
from tests.regeneration.service import Answer, Request, parameters
from tests.support.tls import NO_TLS

OPERATIONS = our_operations()

# What the service may say of a request that fits the contract: that there is no such thing, or that
# its parts don't fit each other (findings and their text, a model instance without a model).
FITTING = ["2xx", "401", "404", "422"]


@dataclass
class Run:
    """What came of schemathesis' run."""

    seed: int
    failures: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    checked: dict[str, int] = field(default_factory=dict)
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
            for checks in event.recorder.checks.values():
                for check in checks:
                    run.checked[check.name] = run.checked.get(check.name, 0) + 1
                    if check.failure_info is not None:
                        failure = check.failure_info
                        run.failures.append(f"{failure.failure}\n{failure.code_sample}")


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


def test_the_sandbox_stands_whatever_the_contract_allows_and_forbids(run: Run) -> None:
    assert run.failures == [], f"seed {run.seed}"


def test_schemathesis_itself_had_no_trouble(run: Run) -> None:
    assert run.errors == [], f"seed {run.seed}"


def test_single_operations_and_sequences_of_them_were_tried(run: Run) -> None:
    assert run.phases >= {"COVERAGE", "FUZZING", "STATEFUL_TESTING"}


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)
def test_the_sandbox_knows_the_operation(operation: Operation, run: Run) -> None:
    path = operation.path.replace("{threadId}", "1")
    statuses = run.statuses[operation.method, path]

    assert statuses - {404, 405}


@pytest.mark.parametrize(
    "check",
    [
        "ignored_auth",
        "negative_data_rejection",
        "not_a_server_error",
        "positive_data_acceptance",
        "response_headers_conformance",
        "response_schema_conformance",
        "status_code_conformance",
        "unsupported_method",
        "use_after_free",
    ],
)
def test_every_kind_of_check_was_made(check: str, run: Run) -> None:
    assert run.checked[check] > 0


# ---- what the facade is answered


@dataclass
class Judge:
    """Holds each answer that passes by against the contract."""

    api: OpenAPI = field(
        default_factory=lambda: OpenAPI.from_dict(
            read(CONTRACT) | {"servers": [{"url": "/"}]}, config=Config(spec_validator_cls=None)
        )
    )
    seen: list[tuple[str, int]] = field(default_factory=list)

    def __call__(self, response: httpx.Response) -> None:
        response.read()
        sent = response.request
        host = f"{sent.url.scheme}://{sent.url.netloc.decode()}"
        request = Request(
            sent.method.lower(),
            sent.url.path,
            host,
            sent.headers.get("content-type", ""),
            sent.content or None,
            parameters(sent.url.query.decode(), dict(sent.headers.items())),
        )
        media_type = response.headers.get("content-type", "")
        headers = Headers(response.headers.items())
        answer = Answer(response.status_code, media_type, response.content, headers)
        self.api.validate_request(request)
        if media_type.partition(";")[0] in {"application/json", ""}:
            self.api.validate_response(request, answer)
        self.seen.append((sent.url.path, response.status_code))


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.name)
def test_the_facade_and_the_sandbox_keep_to_the_contract(call: Any) -> None:
    judge = Judge()
    with Sandbox(threads=["A thread"], model_instances={"gpt-test": ["gpt-4o"]}) as sandbox:
        user_client = httpx.Client(
            event_hooks={"response": [judge]}, trust_env=False, verify=NO_TLS
        )
        with (
            user_client,
            SyncClient(sandbox.url, auth=Token(sandbox.token), httpx_client=user_client) as client,
        ):
            call.blocking(client)

    assert judge.seen


@pytest.mark.parametrize("status", [401, 404, 422, 429, 500, 503])
def test_what_the_sandbox_says_of_a_failure_fits_the_contract(status: int) -> None:
    judge = Judge()
    with Sandbox() as sandbox:
        sandbox.fail_next(status, times=9, path="/api/v1/threads")
        user_client = httpx.Client(
            event_hooks={"response": [judge]}, trust_env=False, verify=NO_TLS
        )
        with (
            user_client,
            SyncClient(
                sandbox.url, auth=Token(sandbox.token), httpx_client=user_client, max_retries=0
            ) as client,
            pytest.raises(LiminalError),
        ):
            client.thread.get_available()

    assert ("/api/v1/threads", status) in judge.seen


@pytest.mark.parametrize("stream_format", ["sse", "ndjson"])
def test_every_chunk_that_the_sandbox_streams_fits_the_contract(stream_format: Any) -> None:
    contract = read(CONTRACT)
    reference = {"$ref": "#/components/schemas/StreamResponseChunk"}
    validator = Draft202012Validator(reference | {"components": contract["components"]})
    with Sandbox(stream_format=stream_format) as sandbox:
        body = {"modelInstanceId": 1, "source": "sdk", "text": "Hello", "isStreaming": True}
        cookies = {"session": sandbox.create_session()}
        with httpx.Client(
            base_url=sandbox.url, cookies=cookies, trust_env=False, verify=NO_TLS
        ) as client:
            answer = client.post("/api/v1/prompts/submit", json=body)

    media_type = answer.headers["content-type"].partition(";")[0]
    responses = contract["paths"]["/api/v1/prompts/submit"]["post"]["responses"]
    lines = [line.removeprefix("data: ") for line in answer.text.splitlines()]
    chunks = [json.loads(line) for line in lines if line and line != "[DONE]"]
    assert media_type in responses["200"]["content"]
    assert chunks
    assert [error for chunk in chunks for error in validator.iter_errors(chunk)] == []
