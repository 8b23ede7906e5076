"""Lets libraries that replace or wrap httpx's transports see the calls of our own connections.

pytest-httpx, respx and vcrpy answer requests in tests, and OpenTelemetry's instrumentation traces
them: each by a method of a public class of httpx or httpcore. While such a method is not the
library's own, a call goes through a transport of httpx. Where the wrapper passes it on, it arrives
at our connections again, by the one private name used here, ``_pool``: without that, it would be
sent on a connection that httpx makes for it.
"""

from __future__ import annotations

import ssl
import sys
from collections.abc import Awaitable, Callable
from types import FunctionType, SimpleNamespace
from typing import Any

import httpx

Send = Callable[[httpx.Request], httpx.Response]
AsyncSend = Callable[[httpx.Request], Awaitable[httpx.Response]]


def is_replaced() -> bool:
    """Whether blocking requests of httpx go through something else at the moment."""
    return not _is_own(httpx.HTTPTransport.handle_request, "httpx") or _is_pool_replaced()


def is_replaced_async() -> bool:
    """Whether asynchronous requests of httpx go through something else at the moment."""
    own = httpx.AsyncHTTPTransport.handle_async_request
    return not _is_own(own, "httpx") or _is_pool_replaced()


def _is_own(method: object, package: str) -> bool:
    """Whether a function was defined in ``package``. A wrapper may copy its name, not its globals.

    What is no plain function is a wrapper, too, such as those of wrapt.
    """
    if type(method) is not FunctionType:
        return False
    return str(method.__globals__["__name__"]).startswith(f"{package}.")


def _is_pool_replaced() -> bool:
    """Whether httpcore's pools are: nobody can have done so before something imported httpcore."""
    httpcore: Any = sys.modules.get("httpcore")
    if httpcore is None:
        return False
    blocking, asynchronous = httpcore.ConnectionPool, httpcore.AsyncConnectionPool
    methods = blocking.handle_request, asynchronous.handle_async_request
    return not all(_is_own(method, "httpcore") for method in methods)


def _options(context: ssl.SSLContext | None, proxy: httpx.Proxy | None) -> dict[str, Any]:
    if context is None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # never used, and made at once
    # A connection that httpx makes for a call ends with it, so there is nothing to close later.
    limits = httpx.Limits(max_keepalive_connections=0)
    return {"verify": context, "proxy": proxy, "limits": limits}


def send_through(
    request: httpx.Request, send: Send, context: ssl.SSLContext | None, proxy: httpx.Proxy | None
) -> httpx.Response:
    """Send a request as httpx would; what passes it on calls ``send``.

    ``context`` is None for ``http://``.
    """
    transport = httpx.HTTPTransport(**_options(context, proxy))
    pool = _Pool(send)
    if not _is_pool_replaced():
        transport._pool = pool  # type: ignore[assignment]  # noqa: SLF001 - see above
    response = transport.handle_request(_copy(request))
    response.request = request
    pool.unwrap(response)
    return response


async def send_through_async(
    request: httpx.Request,
    send: AsyncSend,
    context: ssl.SSLContext | None,
    proxy: httpx.Proxy | None,
) -> httpx.Response:
    """Send a request as httpx would; what passes it on calls ``send``."""
    transport = httpx.AsyncHTTPTransport(**_options(context, proxy))
    pool = _AsyncPool(send)
    if not _is_pool_replaced():
        transport._pool = pool  # type: ignore[assignment]  # noqa: SLF001 - see above
    response = await transport.handle_async_request(_copy(request))
    response.request = request
    pool.unwrap(response)
    return response


def _copy(request: httpx.Request) -> httpx.Request:
    """A request that a wrapper may change; ours may have to be sent again."""
    return httpx.Request(
        request.method,
        request.url,
        headers=request.headers,
        stream=request.stream,
        extensions=request.extensions,
    )


class _AnyPool:
    """Stands in for httpcore's pool within a transport, for one request."""

    _stream: Any = None

    def _answer(self, response: httpx.Response) -> Any:
        """What httpx reads of httpcore's answer."""
        self._stream = response.stream
        return SimpleNamespace(
            status=response.status_code,
            headers=response.headers.raw,
            stream=self._stream,
            extensions=response.extensions,
        )

    def unwrap(self, response: httpx.Response) -> None:
        """Spare the answer the generator that httpx puts around its bytes.

        Not where a wrapper has read them, and put bytes of its own in their place.
        """
        if self._stream is not None and type(response.stream).__module__.startswith("httpx."):
            response.stream = self._stream


class _Pool(_AnyPool):
    def __init__(self, send: Send) -> None:
        self._send = send

    def handle_request(self, request: Any) -> Any:
        return self._answer(self._send(_request(request)))


class _AsyncPool(_AnyPool):
    def __init__(self, send: AsyncSend) -> None:
        self._send = send

    async def handle_async_request(self, request: Any) -> Any:
        return self._answer(await self._send(_request(request)))


def _request(request: Any) -> httpx.Request:
    """Httpcore's request as one of httpx, with the headers that a wrapper may have added."""
    url = httpx.URL(
        scheme=request.url.scheme.decode("ascii"),
        host=request.url.host.decode("ascii"),
        port=request.url.port,
        raw_path=request.url.target,
    )
    return httpx.Request(
        request.method.decode("ascii"),
        url,
        headers=request.headers,
        stream=request.stream,
        extensions=request.extensions,
    )
