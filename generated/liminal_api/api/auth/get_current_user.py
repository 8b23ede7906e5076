# Generated from openapi/liminal.yaml by ./codegen.sh; do not edit.

"""Check the session, and renew it.

``GET /api/v1/users/me``

The renewed session is in the `Set-Cookie` header; the body is unspecified.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ...types import Operation, RequestKwargs, Response

if TYPE_CHECKING:
    from ...client import Client


def get_kwargs() -> RequestKwargs:
    """Make the request."""
    return {"method": "GET", "url": "/api/v1/users/me", "headers": {"Accept": "*/*"}}


def parse_response(status_code: int, content: bytes) -> None:
    """Parse the body of an answer of success; DecodeError when it does not fit the contract."""


OPERATION: Final[Operation[None]] = Operation(
    id="get_current_user",
    method="GET",
    path="/api/v1/users/me",
    repeatable=True,
    parse=parse_response,
    security=("sessionCookie",),
)


def sync_detailed(*, client: Client) -> Response[None]:
    """Check the session, and renew it.

    Gives the whole answer, with its status and headers.
    """
    return client.call(OPERATION, get_kwargs())


def sync(*, client: Client) -> None:
    """Check the session, and renew it."""
    return client.call(OPERATION, get_kwargs()).parsed


async def asyncio_detailed(*, client: Client) -> Response[None]:
    """Check the session, and renew it.

    Gives the whole answer, with its status and headers.
    """
    return await client.call_async(OPERATION, get_kwargs())


async def asyncio(*, client: Client) -> None:
    """Check the session, and renew it."""
    return (await client.call_async(OPERATION, get_kwargs())).parsed
