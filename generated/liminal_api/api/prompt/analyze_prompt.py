# Generated from openapi/liminal.yaml by ./codegen.sh; do not edit.

"""Find the sensitive text in a prompt.

``POST /api/v1/prompts/analyze``

Nothing is stored, and no model sees the prompt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ...decode import loads
from ...encode import as_fields, dumps
from ...models.analyze_answer import AnalyzeAnswer
from ...models.analyze_request import AnalyzeRequest
from ...types import Operation, RequestKwargs, Response

if TYPE_CHECKING:
    from ...client import Client


def get_kwargs(*, body: AnalyzeRequest) -> RequestKwargs:
    """Make the request."""
    return {
        "method": "POST",
        "url": "/api/v1/prompts/analyze",
        "headers": {"Accept": "application/json", "Content-Type": "application/json"},
        "content": dumps(as_fields(body, AnalyzeRequest)),
    }


def parse_response(status_code: int, content: bytes) -> AnalyzeAnswer:
    """Parse the body of an answer of success; DecodeError when it does not fit the contract."""
    return AnalyzeAnswer.from_dict(loads(content))


OPERATION: Final[Operation[AnalyzeAnswer]] = Operation(
    id="analyze_prompt",
    method="POST",
    path="/api/v1/prompts/analyze",
    repeatable=True,
    parse=parse_response,
    security=("sessionCookie",),
)


def sync_detailed(*, client: Client, body: AnalyzeRequest) -> Response[AnalyzeAnswer]:
    """Find the sensitive text in a prompt.

    Gives the whole answer, with its status and headers.
    """
    return client.call(OPERATION, get_kwargs(body=body))


def sync(*, client: Client, body: AnalyzeRequest) -> AnalyzeAnswer:
    """Find the sensitive text in a prompt."""
    return client.call(OPERATION, get_kwargs(body=body)).parsed


async def asyncio_detailed(*, client: Client, body: AnalyzeRequest) -> Response[AnalyzeAnswer]:
    """Find the sensitive text in a prompt.

    Gives the whole answer, with its status and headers.
    """
    return await client.call_async(OPERATION, get_kwargs(body=body))


async def asyncio(*, client: Client, body: AnalyzeRequest) -> AnalyzeAnswer:
    """Find the sensitive text in a prompt."""
    return (await client.call_async(OPERATION, get_kwargs(body=body))).parsed
