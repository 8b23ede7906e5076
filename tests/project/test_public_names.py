"""The names that users rely on: there, exported, alike in both variants, and cheap to import."""

import inspect
import subprocess
import sys
from importlib import import_module

import pytest

from scripts.codegen.derive import ROOT

ERRORS = {
    "APIConnectionError",
    "APIStatusError",
    "APITimeoutError",
    "AuthError",
    "LiminalError",
    "ModelInstanceUnknownError",
    "RateLimitError",
    "RequestError",
    "ResponseValidationError",
    "StreamInterruptedError",
    "StreamServerError",
}
PUBLIC = {
    "liminal": {
        "AsyncConversation",
        "AsyncPromptStream",
        "CallReport",
        "Client",
        "Conversation",
        "PromptStream",
        "SyncClient",
    }
    | ERRORS,
    "liminal.auth": {"AuthProvider", "SessionId", "Token"},
    "liminal.auth.microsoft.device_code_flow": {"DeviceCodeFlowProvider"},
    "liminal.bulk": {"AsyncBulkResults", "BulkResult", "BulkResults", "Cleanser", "Recipe"},
    "liminal.endpoints.llm.models": {"ModelConnection", "ModelInstance"},
    "liminal.endpoints.prompt.models": {
        "AnalysisFinding",
        "AnalyzeResponse",
        "CleanseResponse",
        "CleansedToken",
        "HydrateResponse",
        "HydratedToken",
        "ReidentifiedToken",
        "StreamResponseChunk",
        "SubmitResponse",
    },
    "liminal.endpoints.thread.models": {"Chat", "Thread"},
    "liminal.errors": ERRORS,
    "liminal.integrations.anthropic": {"INSTRUCTIONS", "protect"},
    "liminal.integrations.langchain": {"INSTRUCTIONS", "LiminalMiddleware", "protect"},
    "liminal.integrations.openai": {"INSTRUCTIONS", "protect"},
    "liminal.placeholders": {
        "Placeholders",
        "StreamHydrator",
        "ahydrate_stream",
        "hydrate_stream",
    },
    "liminal.sandbox": {"Sandbox"},
    "liminal.telemetry": {"instrument", "instrument_all", "uninstrument", "uninstrument_all"},
    "liminal.telemetry.instrumentor": {"LiminalInstrumentor"},
    "liminal.testing": {
        "Canary",
        "FakeAnthropic",
        "FakeModel",
        "FakeOpenAI",
        "Message",
        "ModelRequest",
        "Recorder",
        "Reply",
        "ToolCall",
        "running_sandbox",
    },
    "liminal.streaming": {"ServerSentEvent", "aiter_sse", "iter_sse"},
}
CLIENT = {
    "api",
    "authenticate_from_auth_provider",
    "authenticate_from_session_id",
    "authenticate_from_token",
    "bulk",
    "close",
    "conversation",
    "llm",
    "prompt",
    "session_id",
    "thread",
}
ENDPOINTS = {
    "bulk": {"analyze", "cleanse", "hydrate", "map", "submit"},
    "llm": {"get_available_model_instances", "get_model_instance"},
    "thread": {"create", "get_available", "get_by_id"},
    "prompt": {"analyze", "cleanse", "hydrate", "stream", "submit"},
}


@pytest.mark.parametrize("module", PUBLIC)
def test_a_module_exports_what_it_promises(module: str) -> None:
    assert set(import_module(module).__all__) >= PUBLIC[module]


@pytest.mark.parametrize("module", PUBLIC)
def test_a_module_exports_what_it_has_and_nothing_private(module: str) -> None:
    found = import_module(module)
    exported = set(found.__all__) - {"__version__"}
    assert [name for name in exported if not hasattr(found, name) or name[0] == "_"] == []
    assert set(found.__all__) <= set(dir(found))


def test_the_package_exports_the_clients_and_every_error_and_no_more() -> None:
    liminal = import_module("liminal")
    assert set(liminal.__all__) - {"__version__"} == PUBLIC["liminal"]


@pytest.mark.parametrize("package", ["liminal", "liminal.testing"])
def test_an_unknown_name_of_a_package_is_an_attribute_error(package: str) -> None:
    with pytest.raises(AttributeError, match="no attribute 'Cilent'"):
        import_module(package).Cilent  # noqa: B018 - the access is what is tested


@pytest.mark.parametrize("variant", ["Client", "SyncClient"])
def test_a_client_has_its_public_members(variant: str) -> None:
    assert set(dir(getattr(import_module("liminal"), variant))) >= CLIENT


def members(cls: type) -> dict[str, object]:
    return {name: getattr(cls, name) for name in dir(cls) if not name.startswith("_")}


def parameters(member: object) -> list[tuple[str, object, object]]:
    """Name a method's parameters, their kinds and defaults; annotations differ by variant."""
    if not callable(member):
        return []
    found = inspect.signature(member).parameters.values()
    return [(parameter.name, parameter.kind, parameter.default) for parameter in found]


def twins() -> list[tuple[type, type]]:
    liminal = import_module("liminal")
    streams = (liminal.AsyncPromptStream, liminal.PromptStream)
    return [(liminal.Client, liminal.SyncClient), streams]


@pytest.mark.parametrize("index", [0, 1], ids=["client", "stream"])
def test_the_variants_have_the_same_members_and_parameters(index: int) -> None:
    asyncio, blocking = (members(cls) for cls in twins()[index])
    asyncio.pop("aclose", None)  # what `aclosing` calls; `closing` calls `close`
    assert asyncio.keys() == blocking.keys()
    assert {n: parameters(m) for n, m in asyncio.items()} == {
        n: parameters(m) for n, m in blocking.items()
    }


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_the_endpoints_have_their_methods_in_both_variants(endpoint: str) -> None:
    liminal = import_module("liminal")
    clients = [variant("http://127.0.0.1:9") for variant in (liminal.Client, liminal.SyncClient)]
    asyncio, blocking = (members(type(getattr(client, endpoint))) for client in clients)
    assert asyncio.keys() == blocking.keys()
    assert asyncio.keys() >= ENDPOINTS[endpoint]
    for name in ENDPOINTS[endpoint]:
        assert parameters(asyncio[name]) == parameters(blocking[name])


LOADED = """
import sys, liminal
print({"anyio", "asyncio", "attr", "httpx", "liminal_api", "msal"} & {*sys.modules})
"""


def test_to_import_the_package_loads_no_library() -> None:
    command = [sys.executable, "-c", LOADED]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "set()"
