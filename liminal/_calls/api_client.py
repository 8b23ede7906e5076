"""The generated client, as the base of both variants' own. Nothing else names it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from liminal.errors import LiminalError
from liminal_api.client import Client as GeneratedClient
from liminal_api.types import Operation, RequestKwargs, Response

T = TypeVar("T")

_NOT_BLOCKING: Final = (
    "this is the api of a Client: call the operation's asyncio functions, or use a SyncClient"
)
_NOT_ASYNCIO: Final = (
    "this is the api of a SyncClient: call the operation's blocking functions, or use a Client"
)


class ApiClient(GeneratedClient):
    """The generated client. Every method raises; each variant overrides its own."""

    def call(self, operation: Operation[T], request: RequestKwargs) -> Response[T]:
        raise LiminalError(_NOT_BLOCKING)

    def stream(self, operation: Operation[Any], request: RequestKwargs) -> Any:
        raise LiminalError(_NOT_BLOCKING)

    def items(
        self, operation: Operation[Any], request: RequestKwargs, parse: Callable[[bytes], T]
    ) -> Any:
        raise LiminalError(_NOT_BLOCKING)

    async def call_async(self, operation: Operation[T], request: RequestKwargs) -> Response[T]:
        raise LiminalError(_NOT_ASYNCIO)

    def stream_async(self, operation: Operation[Any], request: RequestKwargs) -> Any:
        raise LiminalError(_NOT_ASYNCIO)

    def items_async(
        self, operation: Operation[Any], request: RequestKwargs, parse: Callable[[bytes], T]
    ) -> Any:
        raise LiminalError(_NOT_ASYNCIO)
