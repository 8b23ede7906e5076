# Generated from openapi/liminal.yaml by ./codegen.sh; do not edit.

"""Cleanse a prompt, send it to the model, and hydrate the model's answer.

``POST /api/v1/prompts/submit``

With `isStreaming: true` the answer is a stream of StreamResponseChunk in one of two formats,
and the client names the ones it supports in `Accept`:

- `text/event-stream`: each event's data is one chunk. An event named `error` carries
  `{"message": …}` and ends the stream; data of `[DONE]` may close it; comments and events
  with other names (`ping`) are ignored.
- lines: one chunk per line, ended by LF. The content type should be `application/x-ndjson`;
  `text/plain`, `application/json` and none at all occur, with the same meaning.

A stream is complete if it has a chunk with a `finishReason`, or `[DONE]`; otherwise it was cut
off.

Not repeatable: each call costs money and adds a turn to the conversation.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import TYPE_CHECKING, Final

from ...decode import loads
from ...encode import as_fields, dumps
from ...models.stream_response_chunk import StreamResponseChunk
from ...models.submit_answer import SubmitAnswer
from ...models.submit_request import SubmitRequest
from ...streams import AsyncItems, Items
from ...types import Operation, RequestKwargs, Response

if TYPE_CHECKING:
    import httpx

    from ...client import Client


def get_kwargs(*, body: SubmitRequest) -> RequestKwargs:
    """Make the request."""
    return {
        "method": "POST",
        "url": "/api/v1/prompts/submit",
        "headers": {"Accept": "application/json", "Content-Type": "application/json"},
        "content": dumps(as_fields(body, SubmitRequest)),
    }


def parse_response(status_code: int, content: bytes) -> SubmitAnswer:
    """Parse the body of an answer of success; DecodeError when it does not fit the contract."""
    return SubmitAnswer.from_dict(loads(content))


OPERATION: Final[Operation[SubmitAnswer]] = Operation(
    id="submit_prompt",
    method="POST",
    path="/api/v1/prompts/submit",
    repeatable=False,
    parse=parse_response,
    security=("sessionCookie",),
    stream_types=("text/event-stream", "application/x-ndjson"),
)


def sync_detailed(*, client: Client, body: SubmitRequest) -> Response[SubmitAnswer]:
    """Cleanse a prompt, send it to the model, and hydrate the model's answer.

    Gives the whole answer, with its status and headers.
    """
    return client.call(OPERATION, get_kwargs(body=body))


def sync(*, client: Client, body: SubmitRequest) -> SubmitAnswer:
    """Cleanse a prompt, send it to the model, and hydrate the model's answer."""
    return client.call(OPERATION, get_kwargs(body=body)).parsed


async def asyncio_detailed(*, client: Client, body: SubmitRequest) -> Response[SubmitAnswer]:
    """Cleanse a prompt, send it to the model, and hydrate the model's answer.

    Gives the whole answer, with its status and headers.
    """
    return await client.call_async(OPERATION, get_kwargs(body=body))


async def asyncio(*, client: Client, body: SubmitRequest) -> SubmitAnswer:
    """Cleanse a prompt, send it to the model, and hydrate the model's answer."""
    return (await client.call_async(OPERATION, get_kwargs(body=body))).parsed


def stream_kwargs(*, body: SubmitRequest) -> RequestKwargs:
    """Make the request that asks for a stream."""
    request = get_kwargs(body=body)
    request["headers"]["Accept"] = "text/event-stream, application/x-ndjson"
    return request


def parse_chunk(content: bytes) -> StreamResponseChunk:
    """Parse one item of a stream; DecodeError when it does not fit the contract."""
    return StreamResponseChunk.from_dict(loads(content))


def iterate(*, client: Client, body: SubmitRequest) -> Items[StreamResponseChunk]:
    """Cleanse a prompt, send it to the model, and hydrate the model's answer.

    Gives the items of the stream as they arrive. The request is sent at the first step.
    """
    return client.items(OPERATION, stream_kwargs(body=body), parse_chunk)


def asyncio_iterate(*, client: Client, body: SubmitRequest) -> AsyncItems[StreamResponseChunk]:
    """Cleanse a prompt, send it to the model, and hydrate the model's answer.

    Gives the items of the stream as they arrive. The request is sent at the first step.
    """
    return client.items_async(OPERATION, stream_kwargs(body=body), parse_chunk)


def stream(*, client: Client, body: SubmitRequest) -> AbstractContextManager[httpx.Response]:
    """Cleanse a prompt, send it to the model, and hydrate the model's answer.

    Gives the answer itself, while its body is still to come.
    """
    return client.stream(OPERATION, stream_kwargs(body=body))


def asyncio_stream(
    *, client: Client, body: SubmitRequest
) -> AbstractAsyncContextManager[httpx.Response]:
    """Cleanse a prompt, send it to the model, and hydrate the model's answer.

    Gives the answer itself, while its body is still to come.
    """
    return client.stream_async(OPERATION, stream_kwargs(body=body))
