# Generated from openapi/liminal.yaml by ./codegen.sh; do not edit.

"""List the model instances that the user may use.

``GET /api/v1/model-instances``
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ...decode import loads
from ...models.model_instance import ModelInstance
from ...models.model_instance_list_answer import ModelInstanceListAnswer
from ...pages import AsyncPages, Listing, Page, Pages
from ...types import Operation, RequestKwargs, Response

if TYPE_CHECKING:
    from ...client import Client


def get_kwargs() -> RequestKwargs:
    """Make the request."""
    return {
        "method": "GET",
        "url": "/api/v1/model-instances",
        "headers": {"Accept": "application/json"},
    }


def parse_response(status_code: int, content: bytes) -> ModelInstanceListAnswer:
    """Parse the body of an answer of success; DecodeError when it does not fit the contract."""
    return ModelInstanceListAnswer.from_dict(loads(content))


OPERATION: Final[Operation[ModelInstanceListAnswer]] = Operation(
    id="list_model_instances",
    method="GET",
    path="/api/v1/model-instances",
    repeatable=True,
    parse=parse_response,
    security=("sessionCookie",),
)


def sync_detailed(*, client: Client) -> Response[ModelInstanceListAnswer]:
    """List the model instances that the user may use.

    Gives the whole answer, with its status and headers.
    """
    return client.call(OPERATION, get_kwargs())


def sync(*, client: Client) -> ModelInstanceListAnswer:
    """List the model instances that the user may use."""
    return client.call(OPERATION, get_kwargs()).parsed


async def asyncio_detailed(*, client: Client) -> Response[ModelInstanceListAnswer]:
    """List the model instances that the user may use.

    Gives the whole answer, with its status and headers.
    """
    return await client.call_async(OPERATION, get_kwargs())


async def asyncio(*, client: Client) -> ModelInstanceListAnswer:
    """List the model instances that the user may use."""
    return (await client.call_async(OPERATION, get_kwargs())).parsed


def _read_page(answer: ModelInstanceListAnswer, at: None) -> Page[ModelInstance]:
    """Take the page that begins at ``at`` out of an answer."""
    del at
    items = answer.data
    return Page(items, None)


def iterate(*, client: Client, max_items: int | None = None) -> Pages[ModelInstance]:
    """List the model instances that the user may use.

    In a single page.

    ``max_items``: at most as many; None for all.
    """
    return Pages(client, Listing(OPERATION, lambda at: get_kwargs(), _read_page, None), max_items)


def asyncio_iterate(*, client: Client, max_items: int | None = None) -> AsyncPages[ModelInstance]:
    """List the model instances that the user may use.

    In a single page.

    ``max_items``: at most as many; None for all.
    """
    return AsyncPages(
        client, Listing(OPERATION, lambda at: get_kwargs(), _read_page, None), max_items
    )
