# Generated from openapi/liminal.yaml by ./codegen.sh; do not edit.

"""List the user's threads.

``GET /api/v1/threads``
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from ...decode import loads
from ...encode import in_query
from ...models.thread import Thread
from ...models.thread_list_answer import ThreadListAnswer
from ...pages import AsyncPages, Listing, Page, Pages
from ...types import Operation, RequestKwargs, Response

if TYPE_CHECKING:
    from ...client import Client


def get_kwargs(*, source: Literal["sdk"] = "sdk") -> RequestKwargs:
    """Make the request.

    ``source``: The kind of client. An SDK lists the threads that were created by an SDK.
    """
    return {
        "method": "GET",
        "url": "/api/v1/threads",
        "headers": {"Accept": "application/json"},
        "params": [("source", in_query("source", source))],
    }


def parse_response(status_code: int, content: bytes) -> ThreadListAnswer:
    """Parse the body of an answer of success; DecodeError when it does not fit the contract."""
    return ThreadListAnswer.from_dict(loads(content))


OPERATION: Final[Operation[ThreadListAnswer]] = Operation(
    id="list_threads",
    method="GET",
    path="/api/v1/threads",
    repeatable=True,
    parse=parse_response,
    security=("sessionCookie",),
)


def sync_detailed(*, client: Client, source: Literal["sdk"] = "sdk") -> Response[ThreadListAnswer]:
    """List the user's threads.

    Gives the whole answer, with its status and headers.
    """
    return client.call(OPERATION, get_kwargs(source=source))


def sync(*, client: Client, source: Literal["sdk"] = "sdk") -> ThreadListAnswer:
    """List the user's threads.

    ``source``: The kind of client. An SDK lists the threads that were created by an SDK.
    """
    return client.call(OPERATION, get_kwargs(source=source)).parsed


async def asyncio_detailed(
    *, client: Client, source: Literal["sdk"] = "sdk"
) -> Response[ThreadListAnswer]:
    """List the user's threads.

    Gives the whole answer, with its status and headers.
    """
    return await client.call_async(OPERATION, get_kwargs(source=source))


async def asyncio(*, client: Client, source: Literal["sdk"] = "sdk") -> ThreadListAnswer:
    """List the user's threads.

    ``source``: The kind of client. An SDK lists the threads that were created by an SDK.
    """
    return (await client.call_async(OPERATION, get_kwargs(source=source))).parsed


def _read_page(answer: ThreadListAnswer, at: None) -> Page[Thread]:
    """Take the page that begins at ``at`` out of an answer."""
    del at
    items = answer.data
    return Page(items, None)


def iterate(
    *, client: Client, source: Literal["sdk"] = "sdk", max_items: int | None = None
) -> Pages[Thread]:
    """List the user's threads.

    In a single page.

    ``source``: The kind of client. An SDK lists the threads that were created by an SDK.

    ``max_items``: at most as many; None for all.
    """
    return Pages(
        client,
        Listing(OPERATION, lambda at: get_kwargs(source=source), _read_page, None),
        max_items,
    )


def asyncio_iterate(
    *, client: Client, source: Literal["sdk"] = "sdk", max_items: int | None = None
) -> AsyncPages[Thread]:
    """List the user's threads.

    In a single page.

    ``source``: The kind of client. An SDK lists the threads that were created by an SDK.

    ``max_items``: at most as many; None for all.
    """
    return AsyncPages(
        client,
        Listing(OPERATION, lambda at: get_kwargs(source=source), _read_page, None),
        max_items,
    )
