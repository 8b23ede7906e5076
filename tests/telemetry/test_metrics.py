"""Metrics: durations, attempts and active calls."""

from typing import Any

import pytest
from opentelemetry.semconv._incubating.attributes import gen_ai_attributes, url_attributes
from opentelemetry.semconv._incubating.metrics import gen_ai_metrics
from opentelemetry.semconv.attributes import error_attributes, http_attributes, server_attributes

from liminal import LiminalError
from liminal.telemetry import _conventions
from tests.faults import steps
from tests.faults.operations import OPERATIONS
from tests.faults.server import Exchange, FaultServer, good
from tests.faults.variants import Variant

from .recording import LOGIN, Recording


def by_operation(recording: Recording, metric: str) -> dict[str, Any]:
    return {p.attributes["liminal.operation"]: p for p in recording.points(metric)}


def test_a_call_is_measured_once_with_its_attempts(sdk: Variant, recording: Recording) -> None:
    unavailable = steps.status(503, headers=[("Retry-After", "0")])
    with FaultServer(unavailable, good) as server:
        client = recording.instrument(sdk.client(server.url))
        sdk.run(OPERATIONS["list_threads"](client))
    durations = by_operation(recording, "liminal.client.call.duration")
    attempts = by_operation(recording, "liminal.client.call.attempts")
    assert durations.keys() == attempts.keys() == {LOGIN, "list_threads"}
    call = durations["list_threads"]
    assert (call.count, attempts["list_threads"].sum) == (1, 2)
    assert call.sum > 0
    assert dict(call.attributes) == {
        "http.response.status_code": 200,
        "liminal.operation": "list_threads",
        "server.address": "127.0.0.1",
        "server.port": int(server.url.rpartition(":")[2]),
    }


def test_an_error_is_measured_by_its_type(sdk: Variant, recording: Recording) -> None:
    with FaultServer(steps.status(400)) as server:
        client = recording.instrument(sdk.client(server.url))
        with pytest.raises(LiminalError):
            sdk.run(OPERATIONS["submit_prompt"](client))
    (chat,) = recording.points("gen_ai.client.operation.duration")
    assert chat.attributes["error.type"] == "APIStatusError"
    assert chat.attributes["gen_ai.operation.name"] == "chat"
    assert chat.attributes["gen_ai.provider.name"] == "liminal"


def test_calls_in_flight_are_counted_until_they_end(sdk: Variant, recording: Recording) -> None:
    seen: list[int] = []

    def look(exchange: Exchange) -> None:
        active = by_operation(recording, "liminal.client.active_calls")
        seen.append(active["list_threads"].value)
        exchange.good()

    with FaultServer(look) as server:
        client = recording.instrument(sdk.client(server.url))
        sdk.run(OPERATIONS["list_threads"](client))
    assert seen == [1]
    ended = by_operation(recording, "liminal.client.active_calls")
    assert {name: point.value for name, point in ended.items()} == {LOGIN: 0, "list_threads": 0}


def test_the_time_to_the_first_chunk_is_measured_only_for_streams(
    sdk: Variant, recording: Recording
) -> None:
    with FaultServer() as server:
        client = recording.instrument(sdk.client(server.url))
        sdk.run(OPERATIONS["submit_prompt"](client))
        assert recording.points("gen_ai.client.operation.time_to_first_chunk") == []
        sdk.chunks(client.prompt.stream(1, "hello"))
    (first,) = recording.points("gen_ai.client.operation.time_to_first_chunk")
    assert first.count == 1
    assert first.explicit_bounds == _conventions.SECONDS


CONVENTIONS = (
    error_attributes,
    gen_ai_attributes,
    gen_ai_metrics,
    http_attributes,
    server_attributes,
    url_attributes,
)


def test_names_are_those_of_the_semantic_conventions() -> None:
    known = {
        value
        for module in CONVENTIONS
        for name, value in vars(module).items()
        if name.isupper() and isinstance(value, str)
    }
    ours = {name: value for name, value in vars(_conventions).items() if isinstance(value, str)}
    told = {value for name, value in ours.items() if name.isupper()}
    assert {value for value in told if not value.startswith("liminal.")} <= known
    assert len(told) > 20
