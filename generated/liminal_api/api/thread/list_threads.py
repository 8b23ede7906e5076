# Generated from openapi/liminal.yaml by ./codegen.sh; do not edit.

"""List the user's threads.

``GET /api/v1/threads``
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from ...codec import as_text, loads
from ...models.thread_list_answer import ThreadListAnswer
from ...types import Operation, RequestKwargs, Response

if TYPE_CHECKING:
    from ...client import Client


def get_kwargs(*, source: Literal["sdk"] = "sdk") -> RequestKwargs:
    """Make the request."""
    headers = {"Accept": "application/json"}
    request: RequestKwargs = {"method": "GET", "url": "/api/v1/threads", "headers": headers}
    params: list[tuple[str, str | int | float | bool | None]] = []
    params.append(("source", as_text(source)))
    request["params"] = params
    return request


def parse_response(status_code: int, content: bytes) -> ThreadListAnswer:
    """Parse the body of an answer with a status of 2xx; DecodeError when it does not fit the contract."""
    return ThreadListAnswer.from_dict(loads(content))


OPERATION: Final[Operation[ThreadListAnswer]] = Operation(
    id="list_threads",
    method="GET",
    path="/api/v1/threads",
    repeatable=True,
    parse=parse_response,
    security=("sessionCookie",),
    stream_types=(),
)


def sync_detailed(*, client: Client, source: Literal["sdk"] = "sdk") -> Response[ThreadListAnswer]:
    """List the user's threads. Gives the whole answer, with status and headers."""
    return client.call(OPERATION, get_kwargs(source=source))


def sync(*, client: Client, source: Literal["sdk"] = "sdk") -> ThreadListAnswer:
    """List the user's threads."""
    return sync_detailed(source=source, client=client).parsed


async def asyncio_detailed(
    *, client: Client, source: Literal["sdk"] = "sdk"
) -> Response[ThreadListAnswer]:
    """List the user's threads. Gives the whole answer, with status and headers."""
    return await client.call_async(OPERATION, get_kwargs(source=source))


async def asyncio(*, client: Client, source: Literal["sdk"] = "sdk") -> ThreadListAnswer:
    """List the user's threads."""
    return (await asyncio_detailed(source=source, client=client)).parsed
