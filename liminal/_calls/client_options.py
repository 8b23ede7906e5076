"""The keyword arguments of a client as typed dicts, and the options of its connections."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypedDict

from liminal.errors import LiminalError

from .checks import is_tls_context

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

    import httpx

    from .server_url import ServerUrl


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


class CallOptions(TypedDict, total=False):
    """The keyword arguments of ``with_options``."""

    timeout: float | httpx.Timeout | None
    deadline: float | None
    max_retries: int
    max_body_bytes: int
    max_event_bytes: int
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


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkOptions:
    """How the client connects."""

    proxy: str | httpx.Proxy | None = field(default=None, repr=False)  # it may hold a password
    ssl_context: ssl.SSLContext | None = None

    def check(self, server: ServerUrl, *, has_user_client: bool) -> None:
        """Raise LiminalError for invalid values, and for options that a user's client must set."""
        for name in ("proxy", "ssl_context"):
            if has_user_client and getattr(self, name) is not None:
                raise LiminalError(f"httpx_client has connections of its own: give it the {name}")
        if self.ssl_context is not None and not is_tls_context(self.ssl_context):
            raise LiminalError("ssl_context must be an ssl.SSLContext for clients")
        if self.proxy is not None:
            from liminal._http.proxy import check_proxy  # noqa: PLC0415 - few have one

            check_proxy(server, self.proxy)
