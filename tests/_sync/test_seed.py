# Derived from tests/_async/test_seed.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""What users were promised: the programs of the first README, as they stand there but for slips.

Derived, they are the same programs with ``await`` taken out, on the blocking client.
"""

from collections.abc import Iterator

import httpx
import pytest

from liminal import SyncClient
from liminal.sandbox import Sandbox
from tests.support.providers import GivenToken


@pytest.fixture
def tenant() -> Iterator[Sandbox]:
    """Serve the tenant that the README speaks of."""
    with Sandbox(token="my-token", model_instances={"My Model": ("openai/gpt-4o",)}) as tenant:
        yield tenant


def test_via_auth_provider(tenant: Sandbox) -> None:
    auth_provider = GivenToken(tenant.provider_token)

    # Create the liminal SDK instance and authenticate it:
    liminal = SyncClient.authenticate_from_auth_provider(tenant.url, auth_provider)

    assert liminal.llm.get_available_model_instances()
    liminal.close()


def test_via_session_id(tenant: Sandbox) -> None:
    # Create the client:
    liminal = SyncClient.authenticate_from_session_id(tenant.url, tenant.create_session())

    assert liminal.llm.get_available_model_instances()
    liminal.close()


def test_via_the_session_id_of_another_client(tenant: Sandbox) -> None:
    first = SyncClient.authenticate_from_token(tenant.url, "my-token")
    assert first.session_id is not None
    liminal = SyncClient.authenticate_from_session_id(tenant.url, first.session_id)

    assert liminal.llm.get_available_model_instances()
    first.close()
    liminal.close()


def test_via_environment_token(tenant: Sandbox) -> None:
    # Create the client:
    liminal = SyncClient.authenticate_from_token(tenant.url, "my-token")

    assert liminal.llm.get_available_model_instances()
    liminal.close()


def test_getting_model_instances(tenant: Sandbox) -> None:
    liminal = SyncClient.authenticate_from_token(tenant.url, "my-token")

    # Get all available model instances:
    model_instances = liminal.llm.get_available_model_instances()
    assert repr(model_instances).startswith("[ModelInstance(")

    # Get a specific model instance (if it exists):
    model_instance = liminal.llm.get_model_instance("My Model")
    assert repr(model_instance).startswith("ModelInstance(")

    liminal.close()


def test_managing_threads(tenant: Sandbox) -> None:
    liminal = SyncClient.authenticate_from_token(tenant.url, "my-token")

    # Some operations require a model instance:
    model_instance = liminal.llm.get_model_instance("My Model")

    # Create a new thread:
    thread = liminal.thread.create(model_instance.id, "New Thread")
    assert repr(thread).startswith("Thread(")

    # Get all available threads:
    threads = liminal.thread.get_available()
    assert repr(threads).startswith("[Thread(")

    # Get a specific thread by ID:
    thread = liminal.thread.get_by_id(thread.id)
    assert repr(thread).startswith("Thread(")

    liminal.close()


def test_submitting_prompts(tenant: Sandbox) -> None:
    liminal = SyncClient.authenticate_from_token(tenant.url, "my-token")
    made = liminal.thread.create(1, "New Thread")

    # Prompt operations require a model instance:
    model_instance = liminal.llm.get_model_instance("My Model")

    # Prompt operations optionally take an existing thread:
    thread = liminal.thread.get_by_id(made.id)

    # Analayze a prompt for sensitive info:
    findings = liminal.prompt.analyze(model_instance.id, "Here is a sensitive prompt")
    assert repr(findings).startswith("AnalyzeResponse(")

    # Cleanse input text by applying the policies defined in the Liminal admin dashboard:
    cleansed = liminal.prompt.cleanse(
        model_instance.id,
        "Here is a sensitive prompt",
        findings=findings,
        thread_id=thread.id,
    )
    assert repr(cleansed).startswith("CleanseResponse(")

    # Submit a prompt to an LLM, cleansing it in the process, and receive the whole response:
    response = liminal.prompt.submit(
        model_instance.id,
        "Here is a sensitive prompt",
        findings=findings,
        thread_id=thread.id,
    )
    assert repr(response).startswith("SubmitResponse(")

    # Submit a prompt, but this time, stream the response back chunk by chunk:
    resp = liminal.prompt.stream(
        model_instance.id,
        "Here is a sensitive prompt",
        findings=findings,
        thread_id=thread.id,
    )
    contents, reasons = [], []
    for chunk in resp:
        # Each chunk is a liminal.endpoints.prompt.models.StreamResponseChunk object:
        contents += [chunk.content]
        reasons += [chunk.finish_reason]
    assert "".join(contents) == response.raw_llm_response_text
    assert reasons[-1] == "stop"

    # Rehydrate a response with sensitive data:
    hydrated = liminal.prompt.hydrate(
        model_instance.id, "Here is a response to rehdyrate", thread_id=thread.id
    )
    assert repr(hydrated).startswith("HydrateResponse(")

    liminal.close()


def test_connection_pooling(tenant: Sandbox) -> None:
    auth_provider = GivenToken(tenant.provider_token)

    # Create the liminal SDK instance with a shared HTTPX AsyncClient:
    with httpx.Client() as client:
        liminal = SyncClient(tenant.url, auth=auth_provider, httpx_client=client)

        # Get to work!
        assert liminal.llm.get_available_model_instances()
        assert liminal.prompt.stream(1, "Here is a sensitive prompt").text()
        assert tenant.connections == 1
