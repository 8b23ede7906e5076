"""A user's program that touches every public name, for type checkers to read; it is never run.

``assert_type`` pins what each call gives: a type that got wider is an error here before it is one
in a user's program.
"""

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from contextlib import aclosing
from typing import assert_type

import httpx
import httpx2
from azure.identity import ManagedIdentityCredential, aio

import liminal
import liminal.client as old_client
from liminal import AsyncPromptStream, CallReport, Client, LiminalError, SyncClient, telemetry
from liminal.auth import AuthProvider, SessionId, Token
from liminal.auth.microsoft.device_code_flow import DeviceCodeFlowProvider
from liminal.endpoints.llm.models import ModelConnection, ModelInstance
from liminal.endpoints.prompt.models import (
    AnalysisFinding,
    AnalysisFindings,
    AnalyzeResponse,
    CleansedToken,
    CleanseResponse,
    HydratedToken,
    HydrateResponse,
    ReidentifiedToken,
    StreamResponseChunk,
    SubmitResponse,
)
from liminal.endpoints.thread.models import Chat, Thread
from liminal.errors import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AuthError,
    ModelInstanceUnknownError,
    RateLimitError,
    RequestError,
    ResponseValidationError,
    StreamInterruptedError,
    StreamServerError,
)
from liminal.sandbox import Sandbox
from liminal.streaming import ServerSentEvent, aiter_sse, iter_sse
from liminal_api.api.llm import list_model_instances
from liminal_api.models import ModelInstanceListAnswer

URL = "https://api.my-tenant.liminal.ai"


class OldProvider(AuthProvider):
    """Has the asyncio method alone, as providers did before the blocking client."""

    async def get_access_token(self) -> str:
        return "token"


class BlockingProvider(AuthProvider):
    """Has the blocking method alone."""

    def get_access_token_sync(self) -> str:
        return "token"


async def asyncio_client(user_client: httpx.AsyncClient | httpx2.AsyncClient) -> None:
    """Make a client in each way there is."""
    assert_type(await Client.authenticate_from_token(URL, "token"), Client)
    assert_type(
        await Client.authenticate_from_session_id(URL, "id", httpx_client=user_client), Client
    )
    device = DeviceCodeFlowProvider("tenant", "client")
    assert_type(await Client.authenticate_from_auth_provider(URL, device), Client)
    assert_type(await Client.authenticate_from_auth_provider(URL, OldProvider()), Client)
    Client(URL, auth=aio.ManagedIdentityCredential())
    Client(URL, headers={"X-Team": "letters"}, proxy="http://p.example", ssl_context=None)
    # A misspelt option, or one of another type, is found by both type checkers:
    await Client.authenticate_from_token(URL, "token", timout=5)  # type: ignore[call-arg]
    Client.from_env(deadline="soon")  # type: ignore[arg-type]
    Client.from_env(auth=None)  # type: ignore[call-arg]
    Client.from_env(httpx_client=httpx.Client())  # type: ignore[arg-type]
    Client.from_env().with_options(retries=0)  # type: ignore[call-arg]
    Client(URL, auth=ManagedIdentityCredential())
    Client(URL, auth=Token("token"), timeout=httpx.Timeout(10.0), deadline=30.0, max_retries=0)
    assert_type(Client.from_env(httpx_client=user_client, timeout=None, max_body_bytes=9), Client)
    async with Client(URL, auth=SessionId("id"), httpx_client=user_client) as client:
        assert_type(client, Client)
        assert_type(client.with_options(timeout=httpx.Timeout(5.0), max_retries=0), Client)
        assert_type(client.session_id, str | None)
    await client.close()


async def asyncio_endpoints(client: Client) -> None:
    """Call every method."""
    assert_type(await client.llm.get_available_model_instances(), list[ModelInstance])
    model = await client.llm.get_model_instance("name")
    assert_type(model, ModelInstance)
    assert_type(await client.thread.get_available(), list[Thread])
    assert_type(await client.thread.create(model.id, "name"), Thread)
    thread = await client.thread.get_by_id(1)
    found = await client.prompt.analyze(model.id, "prompt")
    assert_type(found, AnalyzeResponse)
    cleansed = await client.prompt.cleanse(model.id, "prompt", findings=found, thread_id=thread.id)
    assert_type(cleansed, CleanseResponse)
    answer = await client.prompt.submit(model.id, "prompt", findings=found.findings)
    assert_type(answer, SubmitResponse)
    assert_type(await client.prompt.hydrate(model.id, "text", thread_id=1), HydrateResponse)
    read(model, thread, found, cleansed, answer)


async def asyncio_stream(client: Client) -> None:
    """Read a stream in each way there is."""
    async for chunk in client.prompt.stream(1, "prompt"):
        assert_type(chunk, StreamResponseChunk)
    async with client.prompt.stream(1, "prompt", findings=None, thread_id=2) as stream:
        assert_type(await stream.text(), str)
        assert_type(stream.finish_reason, str | None)
        await stream.close()


async def asyncio_generated(client: Client) -> None:
    """Run a generated operation through the client."""
    answer = await list_model_instances.asyncio(client=client.api)
    assert_type(answer, ModelInstanceListAnswer)
    assert_type(answer.data, list[ModelInstance])


def blocking_client(user_client: httpx.Client | httpx2.Client) -> None:
    """Make a client in each way there is."""
    assert_type(SyncClient.authenticate_from_token(URL, "token"), SyncClient)
    assert_type(
        SyncClient.authenticate_from_session_id(URL, "id", httpx_client=user_client), SyncClient
    )
    device = DeviceCodeFlowProvider("tenant", "client")
    assert_type(SyncClient.authenticate_from_auth_provider(URL, device), SyncClient)
    assert_type(SyncClient.authenticate_from_auth_provider(URL, BlockingProvider()), SyncClient)
    SyncClient(URL, auth=ManagedIdentityCredential())
    SyncClient(URL, auth=Token("token"), timeout=10, deadline=30.0, max_retries=0)
    assert_type(
        SyncClient.from_env(httpx_client=user_client, deadline=9, max_retries=1), SyncClient
    )
    SyncClient.authenticate_from_session_id(URL, "id", timout=5)  # type: ignore[call-arg]
    SyncClient.authenticate_from_auth_provider(URL, device, deadline="")  # type: ignore[arg-type]
    SyncClient.from_env(httpx_client=httpx.AsyncClient())  # type: ignore[arg-type]
    SyncClient.from_env().with_options(retries=0)  # type: ignore[call-arg]
    with SyncClient(URL, auth=SessionId("id"), httpx_client=user_client) as client:
        assert_type(client, SyncClient)
        assert_type(client.with_options(timeout=5, deadline=None, max_event_bytes=9), SyncClient)
        assert_type(client.session_id, str | None)
    client.close()


def blocking_endpoints(client: SyncClient) -> None:
    """Call every method."""
    assert_type(client.llm.get_available_model_instances(), list[ModelInstance])
    model = client.llm.get_model_instance("name")
    assert_type(model, ModelInstance)
    assert_type(client.thread.get_available(), list[Thread])
    assert_type(client.thread.create(model.id, "name"), Thread)
    thread = client.thread.get_by_id(1)
    found = client.prompt.analyze(model.id, "prompt")
    assert_type(found, AnalyzeResponse)
    cleansed = client.prompt.cleanse(model.id, "prompt", findings=found, thread_id=thread.id)
    assert_type(cleansed, CleanseResponse)
    answer = client.prompt.submit(model.id, "prompt", findings=found.findings)
    assert_type(answer, SubmitResponse)
    assert_type(client.prompt.hydrate(model.id, "text", thread_id=1), HydrateResponse)
    read(model, thread, found, cleansed, answer)


def blocking_stream(client: SyncClient) -> None:
    """Read a stream in each way there is."""
    for chunk in client.prompt.stream(1, "prompt"):
        assert_type(chunk, StreamResponseChunk)
    with client.prompt.stream(1, "prompt", findings=None, thread_id=2) as stream:
        assert_type(stream.text(), str)
        assert_type(stream.finish_reason, str | None)
        stream.close()


def blocking_generated(client: SyncClient) -> None:
    """Run a generated operation through the client."""
    assert_type(list_model_instances.sync(client=client.api), ModelInstanceListAnswer)


def read(
    model: ModelInstance,
    thread: Thread,
    found: AnalyzeResponse,
    cleansed: CleanseResponse,
    answer: SubmitResponse,
) -> None:
    """Read the models' fields."""
    assert_type(model.model_connections, list[ModelConnection])
    assert_type(model.name, str)
    assert_type(model.trainer_thread_id, int | None)
    assert_type(thread.id, int)
    assert_type(thread.chats, list[Chat] | None)
    assert_type(found.findings, list[AnalysisFinding])
    assert_type(found.findings[0].score, float)
    assert_type(found.findings[0].custom_term, str | None)
    assert_type(cleansed.items_hashed, list[CleansedToken])
    assert_type(answer.deidentified_input_text_data, CleanseResponse)
    assert_type(answer.reidentified_llm_response_items, list[ReidentifiedToken])


def read_text_put_back(hydrated: HydrateResponse, chunk: StreamResponseChunk) -> None:
    """Read the rest of them."""
    assert_type(hydrated.items, list[HydratedToken])
    assert_type(hydrated.items[0].text, str | None)
    assert_type(chunk.content, str)
    assert_type(chunk.finish_reason, str | None)


def errors(client: SyncClient) -> None:  # noqa: C901 - a clause for each error is its point
    """Catch each error there is, the narrow before the wide, and read what it tells."""
    try:
        client.prompt.submit(1, "prompt")
    except StreamInterruptedError as error:
        assert_type(error.partial_text, str)
        assert_type(error.chunks_received, int)
    except StreamServerError as error:
        assert_type(error.server_message, str | None)
    except ResponseValidationError as error:
        assert_type(error.operation, str | None)
    except RateLimitError as error:
        assert_type(error.retry_after, float | None)
    except APIStatusError as error:
        assert_type(error.status_code, int)
        assert_type(error.headers, httpx.Headers)
    except APITimeoutError as error:
        assert_type(error.may_have_been_processed, bool)
    except APIConnectionError as error:
        assert_type(error.may_have_been_processed, bool)
    except AuthError as error:
        assert_type(error.status_code, int | None)
    except ModelInstanceUnknownError as error:
        assert_type(error, ModelInstanceUnknownError)
    except RequestError as error:
        assert_type(error.request_id, str | None)
    except LiminalError as error:
        assert_type(error, LiminalError)


def observing(client: Client | SyncClient) -> None:
    reports: list[CallReport] = []
    unsubscribe = client.on_call(reports.append)
    unsubscribe()
    for report in reports:
        assert_type(report.operation, str)
        assert_type(report.status, int | None)
        assert_type(report.error, str | None)
        assert_type(report.seconds, float)
        assert_type(report.seconds_to_first_chunk, float | None)
    telemetry.instrument(client)
    telemetry.uninstrument(client)


async def sse(chunks: Iterable[bytes], later: AsyncIterable[bytes]) -> None:
    """Decode server-sent events from anywhere."""
    events: Iterator[ServerSentEvent] = iter_sse(chunks)
    later_events: AsyncIterator[ServerSentEvent] = aiter_sse(later)
    async for event in later_events:
        assert_type(event, ServerSentEvent)
    for event in events:
        assert_type(event.event, str)
        assert_type(event.data, str)
        assert_type(event.id, str)
        assert_type(event.retry, int | None)


async def earlier(client: Client) -> None:
    """Use what programs of 2025.5.0 do."""
    assert_type(old_client.DEFAULT_REQUEST_TIMEOUT, int)
    found: AnalysisFindings = await client.prompt.analyze(1, "Write to Ada Lovelace")
    assert_type(found, AnalyzeResponse)
    assert_type((await anext(client.prompt.stream(1, "Hello"))).content, str)
    async with aclosing(client.prompt.stream(1, "Hello")) as stream:
        assert_type(stream, AsyncPromptStream)
    error = liminal.errors.AuthError("a message")
    assert_type(error, AuthError)
    provider: liminal.auth.AuthProvider = OldProvider()
    assert_type(await provider.get_access_token(), str)


async def sandbox() -> None:
    """Run the local server."""
    with Sandbox(terms={"Project Falcon": "CUSTOM"}, session_ttl=60.0) as running:
        assert_type(running.url, str)
        assert_type(running.token, str)
        running.expire_sessions()
        running.fail_next(status=503, times=2, headers={"Retry-After": "1"})
    async with Sandbox(stream_format="sse"):
        pass
