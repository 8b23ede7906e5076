"""The instrumentor: its entry point, its effect on every client, and its removal."""

import sys
from importlib import import_module
from importlib.metadata import entry_points

import pytest

from liminal.telemetry.instrumentor import LiminalInstrumentor
from tests.faults.operations import OPERATIONS
from tests.faults.server import FaultServer
from tests.faults.variants import Variant

from .recording import LOGIN, Recording


def test_opentelemetry_finds_it() -> None:
    (found,) = entry_points(group="opentelemetry_instrumentor", name="liminal")
    assert found.load() is LiminalInstrumentor


def test_instrument_covers_every_client_until_uninstrument(
    sdk: Variant, recording: Recording
) -> None:
    with FaultServer() as server:
        before = sdk.client(server.url)
        LiminalInstrumentor().instrument(**recording.providers)
        try:
            sdk.run(OPERATIONS["list_threads"](before))
            sdk.run(OPERATIONS["get_thread"](sdk.client(server.url)))
        finally:
            LiminalInstrumentor().uninstrument()
        sdk.run(OPERATIONS["list_model_instances"](before))
    assert [span.name for span in recording.spans] == [LOGIN, "list_threads", LOGIN, "get_thread"]


def test_without_opentelemetry_the_import_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("liminal.telemetry", "liminal.telemetry._trace"):
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install .liminal-sdk-python\[otel\]"):
        import_module("liminal.telemetry")
