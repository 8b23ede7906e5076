# Generated from openapi/liminal.yaml by ./codegen.sh; do not edit.

"""Log in with an environment token, which Liminal issues for automation.

``POST /api/v1/auth/test-automation/login``

The session is in the `Set-Cookie` header; the body is unspecified.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ...types import Operation, RequestKwargs, Response

if TYPE_CHECKING:
    from ...client import Client


def get_kwargs() -> RequestKwargs:
    """Make the request."""
    return {
        "method": "POST",
        "url": "/api/v1/auth/test-automation/login",
        "headers": {"Accept": "*/*"},
    }


def parse_response(status_code: int, content: bytes) -> None:
    """Parse the body of an answer of success; DecodeError when it does not fit the contract."""


OPERATION: Final[Operation[None]] = Operation(
    id="login_with_environment_token",
    method="POST",
    path="/api/v1/auth/test-automation/login",
    repeatable=True,
    parse=parse_response,
    security=("environmentToken",),
)


def sync_detailed(*, client: Client) -> Response[None]:
    """Log in with an environment token, which Liminal issues for automation.

    Gives the whole answer, with its status and headers.
    """
    return client.call(OPERATION, get_kwargs())


def sync(*, client: Client) -> None:
    """Log in with an environment token, which Liminal issues for automation."""
    return client.call(OPERATION, get_kwargs()).parsed


async def asyncio_detailed(*, client: Client) -> Response[None]:
    """Log in with an environment token, which Liminal issues for automation.

    Gives the whole answer, with its status and headers.
    """
    return await client.call_async(OPERATION, get_kwargs())


async def asyncio(*, client: Client) -> None:
    """Log in with an environment token, which Liminal issues for automation."""
    return (await client.call_async(OPERATION, get_kwargs())).parsed
