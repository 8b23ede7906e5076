# Generated from openapi/liminal.yaml by ./codegen.sh; do not edit.

"""Replace sensitive text with placeholders.

``POST /api/v1/prompts/cleanse``

Without `threadId` the service creates a thread, so a repeated call can leave an unused one, but
has no other effect.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ...decode import loads
from ...encode import as_fields, dumps
from ...models.cleanse_answer import CleanseAnswer
from ...models.cleanse_request import CleanseRequest
from ...types import Operation, RequestKwargs, Response

if TYPE_CHECKING:
    from ...client import Client


def get_kwargs(*, body: CleanseRequest) -> RequestKwargs:
    """Make the request."""
    return {
        "method": "POST",
        "url": "/api/v1/prompts/cleanse",
        "headers": {"Accept": "application/json", "Content-Type": "application/json"},
        "content": dumps(as_fields(body, CleanseRequest)),
    }


def parse_response(status_code: int, content: bytes) -> CleanseAnswer:
    """Parse the body of an answer of success; DecodeError when it does not fit the contract."""
    return CleanseAnswer.from_dict(loads(content))


OPERATION: Final[Operation[CleanseAnswer]] = Operation(
    id="cleanse_prompt",
    method="POST",
    path="/api/v1/prompts/cleanse",
    repeatable=True,
    parse=parse_response,
    security=("sessionCookie",),
)


def sync_detailed(*, client: Client, body: CleanseRequest) -> Response[CleanseAnswer]:
    """Replace sensitive text with placeholders.

    Gives the whole answer, with its status and headers.
    """
    return client.call(OPERATION, get_kwargs(body=body))


def sync(*, client: Client, body: CleanseRequest) -> CleanseAnswer:
    """Replace sensitive text with placeholders."""
    return client.call(OPERATION, get_kwargs(body=body)).parsed


async def asyncio_detailed(*, client: Client, body: CleanseRequest) -> Response[CleanseAnswer]:
    """Replace sensitive text with placeholders.

    Gives the whole answer, with its status and headers.
    """
    return await client.call_async(OPERATION, get_kwargs(body=body))


async def asyncio(*, client: Client, body: CleanseRequest) -> CleanseAnswer:
    """Replace sensitive text with placeholders."""
    return (await client.call_async(OPERATION, get_kwargs(body=body))).parsed
