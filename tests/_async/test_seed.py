"""The programs that the first README promised; derived, the same for the blocking client."""

import httpx
import pytest

from liminal import Client
from liminal.sandbox import Sandbox
from tests.support.providers import GivenToken

pytestmark = pytest.mark.anyio

PROMPT = "Here is a sensitive prompt"


@pytest.fixture
def tenant():
    """Serve the tenant that the README speaks of."""
    with Sandbox(token="my-token", model_instances={"My Model": ("openai/gpt-4o",)}) as tenant:
        yield tenant


async def test_signing_in_in_each_way(tenant):
    auth_provider = GivenToken(tenant.provider_token)
    first = await Client.authenticate_from_token(tenant.url, "my-token")
    assert first.session_id is not None
    for liminal in (
        first,
        await Client.authenticate_from_session_id(tenant.url, first.session_id),
        await Client.authenticate_from_auth_provider(tenant.url, auth_provider),
    ):
        assert await liminal.llm.get_available_model_instances()
        await liminal.close()


async def test_prompts_in_a_thread(tenant):
    liminal = await Client.authenticate_from_token(tenant.url, "my-token")

    instances = await liminal.llm.get_available_model_instances()
    assert repr(instances).startswith("[ModelInstance(")
    instance = await liminal.llm.get_model_instance("My Model")
    assert repr(instance).startswith("ModelInstance(")

    thread = await liminal.thread.create(instance.id, "New Thread")
    assert repr(thread).startswith("Thread(")
    assert repr(await liminal.thread.get_available()).startswith("[Thread(")
    thread = await liminal.thread.get_by_id(thread.id)
    assert repr(thread).startswith("Thread(")

    findings = await liminal.prompt.analyze(instance.id, PROMPT)
    assert repr(findings).startswith("AnalyzeResponse(")
    cleansed = await liminal.prompt.cleanse(
        instance.id, PROMPT, findings=findings, thread_id=thread.id
    )
    assert repr(cleansed).startswith("CleanseResponse(")
    response = await liminal.prompt.submit(
        instance.id, PROMPT, findings=findings, thread_id=thread.id
    )
    assert repr(response).startswith("SubmitResponse(")

    stream = liminal.prompt.stream(instance.id, PROMPT, findings=findings, thread_id=thread.id)
    contents, reasons = [], []
    async for chunk in stream:
        contents += [chunk.content]
        reasons += [chunk.finish_reason]
    assert "".join(contents) == response.raw_llm_response_text
    assert reasons[-1] == "stop"

    hydrated = await liminal.prompt.hydrate(instance.id, "A response", thread_id=thread.id)
    assert repr(hydrated).startswith("HydrateResponse(")
    await liminal.close()


async def test_a_shared_httpx_client_pools_connections(tenant):
    auth_provider = GivenToken(tenant.provider_token)
    async with httpx.AsyncClient() as client:
        liminal = Client(tenant.url, auth=auth_provider, httpx_client=client)
        assert await liminal.llm.get_available_model_instances()
        assert await liminal.prompt.stream(1, PROMPT).text()
        assert tenant.connections == 1
