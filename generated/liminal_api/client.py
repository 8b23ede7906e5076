# Generated from openapi/liminal.yaml by ./codegen.sh; do not edit.

"""The client that operations run on: its verbs may each be taken over by a subclass."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    asynccontextmanager,
    contextmanager,
)
from typing import Any, Final, Self, TypeVar

import httpx

from .errors import UnexpectedStatus
from .streams import AsyncItems, AsyncItemStream, Items, ItemStream
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

    # ---- verbs

    def call(self, operation: Operation[T], request: RequestKwargs) -> Response[T]:
        """Send ``request``, which ``operation`` made, and parse the answer."""
        return _parsed(operation, self._httpx().request(**self._with_cookies(request)))

    async def call_async(self, operation: Operation[T], request: RequestKwargs) -> Response[T]:
        """Send ``request``, which ``operation`` made, and parse the answer."""
        return _parsed(operation, await self._httpx_async().request(**self._with_cookies(request)))

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

    def items(
        self, operation: Operation[Any], request: RequestKwargs, parse: Callable[[bytes], T]
    ) -> Items[T]:
        """Send ``request`` at the first step, and give the items of its answer as they arrive."""
        return ItemStream(operation, self.stream(operation, request), parse)

    def items_async(
        self, operation: Operation[Any], request: RequestKwargs, parse: Callable[[bytes], T]
    ) -> AsyncItems[T]:
        """Send ``request`` at the first step, and give the items of its answer as they arrive."""
        return AsyncItemStream(operation, self.stream_async(operation, request), parse)

    @contextmanager
    def _stream(
        self, _operation: Operation[object], request: RequestKwargs
    ) -> Generator[httpx.Response, None, None]:
        with self._httpx().stream(**self._with_cookies(request)) as response:
            if not response.is_success:
                raise UnexpectedStatus(response.status_code, response.headers, response.read())
            yield response

    @asynccontextmanager
    async def _stream_async(
        self, _operation: Operation[object], request: RequestKwargs
    ) -> AsyncGenerator[httpx.Response, None]:
        async with self._httpx_async().stream(**self._with_cookies(request)) as response:
            if not response.is_success:
                content = await response.aread()
                raise UnexpectedStatus(response.status_code, response.headers, content)
            yield response

    def _with_cookies(self, request: RequestKwargs) -> RequestKwargs:
        """Put the client's own cookies before those of the request, which would replace them."""
        own = httpx.Headers(self._settings["headers"]).get("Cookie")
        if own is None or "Cookie" not in request["headers"]:
            return request
        cookies = f"{own}; {request['headers']['Cookie']}"
        return {**request, "headers": request["headers"] | {"Cookie": cookies}}

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
