# Generated from openapi/liminal.yaml by ./codegen.sh; do not edit.

"""Create a thread.

``POST /api/v1/threads``

Not repeatable, since each call creates another thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ...decode import loads
from ...encode import as_fields, dumps
from ...models.create_thread_request import CreateThreadRequest
from ...models.thread_answer import ThreadAnswer
from ...types import Operation, RequestKwargs, Response

if TYPE_CHECKING:
    from ...client import Client


def get_kwargs(*, body: CreateThreadRequest) -> RequestKwargs:
    """Make the request."""
    return {
        "method": "POST",
        "url": "/api/v1/threads",
        "headers": {"Accept": "application/json", "Content-Type": "application/json"},
        "content": dumps(as_fields(body, CreateThreadRequest)),
    }


def parse_response(status_code: int, content: bytes) -> ThreadAnswer:
    """Parse the body of an answer of success; DecodeError when it does not fit the contract."""
    return ThreadAnswer.from_dict(loads(content))


OPERATION: Final[Operation[ThreadAnswer]] = Operation(
    id="create_thread",
    method="POST",
    path="/api/v1/threads",
    repeatable=False,
    parse=parse_response,
    security=("sessionCookie",),
)


def sync_detailed(*, client: Client, body: CreateThreadRequest) -> Response[ThreadAnswer]:
    """Create a thread.

    Gives the whole answer, with its status and headers.
    """
    return client.call(OPERATION, get_kwargs(body=body))


def sync(*, client: Client, body: CreateThreadRequest) -> ThreadAnswer:
    """Create a thread."""
    return client.call(OPERATION, get_kwargs(body=body)).parsed


async def asyncio_detailed(*, client: Client, body: CreateThreadRequest) -> Response[ThreadAnswer]:
    """Create a thread.

    Gives the whole answer, with its status and headers.
    """
    return await client.call_async(OPERATION, get_kwargs(body=body))


async def asyncio(*, client: Client, body: CreateThreadRequest) -> ThreadAnswer:
    """Create a thread."""
    return (await client.call_async(OPERATION, get_kwargs(body=body))).parsed
