# Generated from openapi/liminal.yaml by ./codegen.sh; do not edit.

"""The client that operations run on: four verbs, each of which a subclass may take over."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    asynccontextmanager,
    contextmanager,
)
from typing import Any, Final, Self, TypeVar

import httpx

from .errors import UnexpectedStatus
from .types import Operation, RequestKwargs, Response

__all__ = ("DEFAULT_TIMEOUT", "Client")

T = TypeVar("T")

# A model may think for a while before its answer begins; a server that is there accepts at once.
DEFAULT_TIMEOUT: Final = httpx.Timeout(60, connect=5)


class Client:
    """Runs operations, blocking or asyncio, over httpx.

    It signs nothing by itself: give what the security scheme of an operation asks for as ``headers``
    or ``auth``. Errors of httpx are raised as they are; a status other than 2xx is UnexpectedStatus.
    ``timeout`` is in seconds, or an httpx.Timeout; None waits for ever. Redirects are not followed.
    """

    def __init__(
        self,
        base_url: str,
        *,
        timeout: httpx.Timeout | float | None = DEFAULT_TIMEOUT,
        headers: Mapping[str, str] | None = None,
        auth: httpx.Auth | None = None,
        transport: httpx.BaseTransport | None = None,
        async_transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._settings: dict[str, Any] = {
            "base_url": base_url,
            "timeout": timeout,
            "headers": headers,
            "auth": auth,
        }
        self._transport = transport
        self._async_transport = async_transport
        self._blocking: httpx.Client | None = None
        self._asyncio: httpx.AsyncClient | None = None

    # ---- the four verbs

    def call(self, operation: Operation[T], request: RequestKwargs) -> Response[T]:
        """Send ``request``, which ``operation`` made, and parse the answer."""
        return _parsed(operation, self._httpx().request(**request))

    async def call_async(self, operation: Operation[T], request: RequestKwargs) -> Response[T]:
        """Send ``request``, which ``operation`` made, and parse the answer."""
        return _parsed(operation, await self._httpx_async().request(**request))

    def stream(
        self, operation: Operation[object], request: RequestKwargs
    ) -> AbstractContextManager[httpx.Response]:
        """Send ``request`` and give the answer as soon as its head is there, with the body still to come."""
        return self._stream(operation, request)

    def stream_async(
        self, operation: Operation[object], request: RequestKwargs
    ) -> AbstractAsyncContextManager[httpx.Response]:
        """Send ``request`` and give the answer as soon as its head is there, with the body still to come."""
        return self._stream_async(operation, request)

    @contextmanager
    def _stream(
        self, _operation: Operation[object], request: RequestKwargs
    ) -> Generator[httpx.Response, None, None]:
        with self._httpx().stream(**request) as response:
            if not response.is_success:
                raise UnexpectedStatus(response.status_code, response.headers, response.read())
            yield response

    @asynccontextmanager
    async def _stream_async(
        self, _operation: Operation[object], request: RequestKwargs
    ) -> AsyncGenerator[httpx.Response, None]:
        async with self._httpx_async().stream(**request) as response:
            if not response.is_success:
                content = await response.aread()
                raise UnexpectedStatus(response.status_code, response.headers, content)
            yield response

    # ---- connections

    def _httpx(self) -> httpx.Client:
        if self._blocking is None:
            self._blocking = httpx.Client(**self._settings, transport=self._transport)
        return self._blocking

    def _httpx_async(self) -> httpx.AsyncClient:
        if self._asyncio is None:
            self._asyncio = httpx.AsyncClient(**self._settings, transport=self._async_transport)
        return self._asyncio

    def close(self) -> None:
        """Close the connections of the blocking functions."""
        if self._blocking is not None:
            self._blocking.close()

    async def aclose(self) -> None:
        """Close the connections of the asyncio functions."""
        if self._asyncio is not None:
            await self._asyncio.aclose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.aclose()


def _parsed(operation: Operation[T], response: httpx.Response) -> Response[T]:
    if not response.is_success:
        raise UnexpectedStatus(response.status_code, response.headers, response.content)
    return Response(
        status_code=response.status_code,
        headers=response.headers,
        content=response.content,
        parsed=operation.parse(response.status_code, response.content),
    )
