# Generated from openapi/liminal.yaml by ./codegen.sh; do not edit.

"""Get one thread, with its turns.

``GET /api/v1/threads/{threadId}``
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ...decode import loads
from ...encode import in_path
from ...models.thread_answer import ThreadAnswer
from ...types import Operation, RequestKwargs, Response

if TYPE_CHECKING:
    from ...client import Client


def get_kwargs(thread_id: int) -> RequestKwargs:
    """Make the request.

    ``thread_id``: The thread's id.
    """
    return {
        "method": "GET",
        "url": f"/api/v1/threads/{in_path('threadId', thread_id)}",
        "headers": {"Accept": "application/json"},
    }


def parse_response(status_code: int, content: bytes) -> ThreadAnswer:
    """Parse the body of an answer of success; DecodeError when it does not fit the contract."""
    return ThreadAnswer.from_dict(loads(content))


OPERATION: Final[Operation[ThreadAnswer]] = Operation(
    id="get_thread",
    method="GET",
    path="/api/v1/threads/{threadId}",
    repeatable=True,
    parse=parse_response,
    security=("sessionCookie",),
)


def sync_detailed(thread_id: int, *, client: Client) -> Response[ThreadAnswer]:
    """Get one thread, with its turns.

    Gives the whole answer, with its status and headers.
    """
    return client.call(OPERATION, get_kwargs(thread_id))


def sync(thread_id: int, *, client: Client) -> ThreadAnswer:
    """Get one thread, with its turns.

    ``thread_id``: The thread's id.
    """
    return client.call(OPERATION, get_kwargs(thread_id)).parsed


async def asyncio_detailed(thread_id: int, *, client: Client) -> Response[ThreadAnswer]:
    """Get one thread, with its turns.

    Gives the whole answer, with its status and headers.
    """
    return await client.call_async(OPERATION, get_kwargs(thread_id))


async def asyncio(thread_id: int, *, client: Client) -> ThreadAnswer:
    """Get one thread, with its turns.

    ``thread_id``: The thread's id.
    """
    return (await client.call_async(OPERATION, get_kwargs(thread_id))).parsed
