"""The names that users rely on: there, exported, and alike in both variants."""

import inspect
from dataclasses import fields
from importlib import import_module
from operator import attrgetter

import pytest

from liminal import AsyncPromptStream, Client, PromptStream, SyncClient
from liminal._calls.arguments.client_options import (
    AsyncClientOptions,
    CallOptions,
    SyncClientOptions,
)
from liminal._calls.arguments.options import Options

ERRORS = (
    "APIConnectionError APIStatusError APITimeoutError AuthError LiminalError"
    " ModelInstanceUnknownError RateLimitError RequestError ResponseValidationError"
    " StreamInterruptedError StreamServerError"
)
PROMPT_RESULTS = (
    "AnalysisFinding AnalyzeResponse CleanseResponse CleansedToken HydrateResponse HydratedToken"
    " ReidentifiedToken StreamResponseChunk SubmitResponse"
)
FAKES = "Canary FakeAnthropic FakeModel FakeOpenAI Message ModelRequest Recorder Reply ToolCall"
PUBLIC = {
    "liminal": "AsyncConversation AsyncPromptStream CallReport Client Conversation PromptStream"
    f" SyncClient {ERRORS}",
    "liminal.auth": "AuthProvider SessionId Token",
    "liminal.auth.microsoft.device_code_flow": "DeviceCodeFlowProvider",
    "liminal.bulk": "AsyncBulkResults BulkResult BulkResults Cleanser Recipe",
    "liminal.endpoints.llm.models": "ModelConnection ModelInstance",
    "liminal.endpoints.prompt.models": PROMPT_RESULTS,
    "liminal.endpoints.thread.models": "Chat Thread",
    "liminal.errors": ERRORS,
    "liminal.integrations.anthropic": "INSTRUCTIONS protect",
    "liminal.integrations.langchain": "INSTRUCTIONS LiminalMiddleware protect",
    "liminal.integrations.openai": "INSTRUCTIONS protect",
    "liminal.placeholders": "Placeholders StreamHydrator ahydrate_stream hydrate_stream",
    "liminal.sandbox": "Sandbox",
    "liminal.telemetry": "instrument instrument_all uninstrument uninstrument_all",
    "liminal.telemetry.instrumentor": "LiminalInstrumentor",
    "liminal.testing": f"{FAKES} running_sandbox",
    "liminal.streaming": "ServerSentEvent aiter_sse iter_sse",
}


@pytest.mark.parametrize("module", PUBLIC)
def test_a_module_exports_what_it_promises_and_nothing_private(module):
    found = import_module(module)
    exported = set(found.__all__) - {"__version__"}
    assert exported >= set(PUBLIC[module].split())
    assert [name for name in exported if not hasattr(found, name) or name[0] == "_"] == []
    assert set(found.__all__) <= set(dir(found))
    assert module != "liminal" or exported == set(PUBLIC[module].split())


@pytest.mark.parametrize("package", ["liminal", "liminal.auth", "liminal.testing"])
def test_an_unknown_name_of_a_package_is_an_attribute_error(package):
    with pytest.raises(AttributeError, match="no attribute 'Cilent'"):
        import_module(package).Cilent  # noqa: B018 - the access is what is tested


def members(cls: type) -> dict[str, object]:
    """Each public member, and the parameters that it has; annotations differ by variant."""
    found = {name: getattr(cls, name) for name in dir(cls) if name[0] != "_"}
    signatures = {name: inspect.signature(m) for name, m in found.items() if callable(m)}
    return dict.fromkeys(found) | {
        name: [(each.name, each.kind, each.default) for each in signature.parameters.values()]
        for name, signature in signatures.items()
    }


GROUPS = [attrgetter(name) for name in ("bulk", "llm", "prompt", "thread")]


@pytest.mark.parametrize(
    ("asyncio", "blocking"),
    [
        *((Client, SyncClient), (AsyncPromptStream, PromptStream)),
        *((group(Client), group(SyncClient)) for group in GROUPS),
    ],
)
def test_both_variants_have_the_same_members_and_parameters(asyncio, blocking):
    found = members(asyncio)
    found.pop("aclose", None)  # what `aclosing` calls; `closing` calls `close`
    assert found == members(blocking) != {}


@pytest.mark.parametrize(
    ("client", "options"), [(Client, AsyncClientOptions), (SyncClient, SyncClientOptions)]
)
def test_the_options_are_the_keyword_arguments_of_the_class(client, options):
    by_name = {
        parameter.name
        for parameter in inspect.signature(client).parameters.values()
        if parameter.kind is parameter.KEYWORD_ONLY
    }
    assert options.__optional_keys__ == by_name - {"auth"}


def test_what_with_options_takes_is_what_may_be_changed():
    assert CallOptions.__optional_keys__ == {f.name for f in fields(Options) if f.init}
