# Derived from tests/_async/test_seed.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""The programs that the first README promised; derived, the same for the blocking client."""

from collections.abc import Iterator

import httpx
import pytest

from liminal import SyncClient
from liminal.sandbox import Sandbox
from tests.support.providers import GivenToken

PROMPT = "Here is a sensitive prompt"


@pytest.fixture
def tenant() -> Iterator[Sandbox]:
    """Serve the tenant that the README speaks of."""
    with Sandbox(token="my-token", model_instances={"My Model": ("openai/gpt-4o",)}) as tenant:
        yield tenant


def test_signing_in_in_each_way(tenant: Sandbox) -> None:
    auth_provider = GivenToken(tenant.provider_token)
    first = SyncClient.authenticate_from_token(tenant.url, "my-token")
    assert first.session_id is not None
    for liminal in (
        first,
        SyncClient.authenticate_from_session_id(tenant.url, first.session_id),
        SyncClient.authenticate_from_auth_provider(tenant.url, auth_provider),
    ):
        assert liminal.llm.get_available_model_instances()
        liminal.close()


def test_prompts_in_a_thread(tenant: Sandbox) -> None:
    liminal = SyncClient.authenticate_from_token(tenant.url, "my-token")

    instances = liminal.llm.get_available_model_instances()
    assert repr(instances).startswith("[ModelInstance(")
    instance = liminal.llm.get_model_instance("My Model")
    assert repr(instance).startswith("ModelInstance(")

    thread = liminal.thread.create(instance.id, "New Thread")
    assert repr(thread).startswith("Thread(")
    assert repr(liminal.thread.get_available()).startswith("[Thread(")
    thread = liminal.thread.get_by_id(thread.id)
    assert repr(thread).startswith("Thread(")

    findings = liminal.prompt.analyze(instance.id, PROMPT)
    assert repr(findings).startswith("AnalyzeResponse(")
    cleansed = liminal.prompt.cleanse(instance.id, PROMPT, findings=findings, thread_id=thread.id)
    assert repr(cleansed).startswith("CleanseResponse(")
    response = liminal.prompt.submit(instance.id, PROMPT, findings=findings, thread_id=thread.id)
    assert repr(response).startswith("SubmitResponse(")

    stream = liminal.prompt.stream(instance.id, PROMPT, findings=findings, thread_id=thread.id)
    contents, reasons = [], []
    for chunk in stream:
        contents += [chunk.content]
        reasons += [chunk.finish_reason]
    assert "".join(contents) == response.raw_llm_response_text
    assert reasons[-1] == "stop"

    hydrated = liminal.prompt.hydrate(instance.id, "A response", thread_id=thread.id)
    assert repr(hydrated).startswith("HydrateResponse(")
    liminal.close()


def test_a_shared_httpx_client_pools_connections(tenant: Sandbox) -> None:
    auth_provider = GivenToken(tenant.provider_token)
    with httpx.Client() as client:
        liminal = SyncClient(tenant.url, auth=auth_provider, httpx_client=client)
        assert liminal.llm.get_available_model_instances()
        assert liminal.prompt.stream(1, PROMPT).text()
        assert tenant.connections == 1
