# Generated from openapi/liminal.yaml by ./codegen.sh; do not edit.

"""Replace placeholders with the original text.

``POST /api/v1/prompts/hydrate``

Without `threadId` the service creates a thread, so a repeated call can leave an unused one, but
has no other effect.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ...decode import loads
from ...encode import as_fields, dumps
from ...models.hydrate_answer import HydrateAnswer
from ...models.hydrate_request import HydrateRequest
from ...types import Operation, RequestKwargs, Response

if TYPE_CHECKING:
    from ...client import Client


def get_kwargs(*, body: HydrateRequest) -> RequestKwargs:
    """Make the request."""
    return {
        "method": "POST",
        "url": "/api/v1/prompts/hydrate",
        "headers": {"Accept": "application/json", "Content-Type": "application/json"},
        "content": dumps(as_fields(body, HydrateRequest)),
    }


def parse_response(status_code: int, content: bytes) -> HydrateAnswer:
    """Parse the body of an answer of success; DecodeError when it does not fit the contract."""
    return HydrateAnswer.from_dict(loads(content))


OPERATION: Final[Operation[HydrateAnswer]] = Operation(
    id="hydrate_prompt",
    method="POST",
    path="/api/v1/prompts/hydrate",
    repeatable=True,
    parse=parse_response,
    security=("sessionCookie",),
)


def sync_detailed(*, client: Client, body: HydrateRequest) -> Response[HydrateAnswer]:
    """Replace placeholders with the original text.

    Gives the whole answer, with its status and headers.
    """
    return client.call(OPERATION, get_kwargs(body=body))


def sync(*, client: Client, body: HydrateRequest) -> HydrateAnswer:
    """Replace placeholders with the original text."""
    return client.call(OPERATION, get_kwargs(body=body)).parsed


async def asyncio_detailed(*, client: Client, body: HydrateRequest) -> Response[HydrateAnswer]:
    """Replace placeholders with the original text.

    Gives the whole answer, with its status and headers.
    """
    return await client.call_async(OPERATION, get_kwargs(body=body))


async def asyncio(*, client: Client, body: HydrateRequest) -> HydrateAnswer:
    """Replace placeholders with the original text."""
    return (await client.call_async(OPERATION, get_kwargs(body=body))).parsed
