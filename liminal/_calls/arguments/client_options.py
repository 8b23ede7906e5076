"""The keyword arguments of a client as typed dicts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypedDict

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

    import httpx


class HttpxClient(Protocol):
    """A blocking client of httpx or of httpx2."""

    @property
    def is_closed(self) -> bool: ...
    def send(self, request: Any, *, stream: bool = ...) -> Any: ...
    def close(self) -> None: ...


class AsyncHttpxClient(Protocol):
    """An asynchronous client of httpx or of httpx2."""

    @property
    def is_closed(self) -> bool: ...
    async def send(self, request: Any, *, stream: bool = ...) -> Any: ...
    async def aclose(self) -> None: ...


class Limits(TypedDict, total=False):
    """The bounds of a call."""

    timeout: float | httpx.Timeout | None
    deadline: float | None
    max_retries: int
    max_body_bytes: int
    max_event_bytes: int


class CallOptions(Limits, total=False):
    """The keyword arguments of ``with_options``."""

    headers: Mapping[str, str] | None


class _ClientOptions(CallOptions, total=False):
    proxy: str | httpx.Proxy | None
    ssl_context: ssl.SSLContext | None


class AsyncClientOptions(_ClientOptions, total=False):
    """The keyword arguments of ``Client``, except ``auth``."""

    httpx_client: httpx.AsyncClient | AsyncHttpxClient | None


class SyncClientOptions(_ClientOptions, total=False):
    """The keyword arguments of ``SyncClient``, except ``auth``."""

    httpx_client: httpx.Client | HttpxClient | None
