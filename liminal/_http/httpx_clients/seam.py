"""Lets libraries that replace or wrap httpx's transports see the calls of our own connections.

pytest-httpx, respx and vcrpy answer requests in tests, and OpenTelemetry's instrumentation traces
them: each by a method of a public class of httpx or httpcore. While such a method is not the
library's own, a call goes through a transport of httpx. Where the wrapper passes it on, it arrives
at our connections again. This depends on two details of httpx: the transport's private ``_pool``,
without which the call would be sent on a connection that httpx makes for it; and that the stream of
httpx's answer keeps ours as an attribute, without which the bytes are read through httpx's.
"""

from __future__ import annotations

import functools
import ssl
import sys
from types import FunctionType, SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

import httpx

from liminal.errors import LiminalError

if TYPE_CHECKING:
    from liminal._http.pool import AsyncPool, Pool
    from liminal._http.route import Route


_NO_RESPONSE: Final = "a wrapper of httpx's transport must return an httpx.Response"


def is_replaced() -> bool:
    """Whether requests of httpx go through something else at the moment."""
    blocking, asynchronous = httpx.HTTPTransport, httpx.AsyncHTTPTransport
    if _are_own(blocking.handle_request, asynchronous.handle_async_request):
        return _is_pool_replaced()
    return True


def _is_pool_replaced() -> bool:
    """Whether httpcore's pools are replaced: impossible before httpcore was imported."""
    httpcore: Any = sys.modules.get("httpcore")
    if httpcore is None:
        return False
    blocking, asynchronous = httpcore.ConnectionPool, httpcore.AsyncConnectionPool
    return not _are_own(blocking.handle_request, asynchronous.handle_async_request)


def _are_own(one: object, other: object) -> bool:
    """Whether both are the library's own. Anything but a plain function is a wrapper."""
    are_plain = type(one) is type(other) is FunctionType
    return are_plain and _is_own(one) and _is_own(other)


@functools.lru_cache(maxsize=8)
def _is_own(method: FunctionType) -> bool:
    """Whether the library defines a function. A wrapper may copy its name, not its globals."""
    return str(method.__globals__["__name__"]).startswith(("httpx.", "httpcore."))


class AsyncSeam:
    """Sends on a pool through httpx's transport, so that a library that wraps it sees the call."""

    def __init__(self, pool: AsyncPool) -> None:
        self._pool = pool

    async def send(self, request: httpx.Request) -> httpx.Response:
        """Send the request; the answer comes unread."""
        from .bodies import AsyncUserBody, with_body  # noqa: PLC0415 - few need it

        inner = _AsyncInner(self._pool, request)
        transport = _transport(httpx.AsyncHTTPTransport, self._pool.route, inner)
        try:
            response = await transport.handle_async_request(_copy(request))
            unread = inner.unwrap(response)
            return unread or with_body(AsyncUserBody(response), response, request)
        except BaseException:
            inner.close()
            raise


class Seam:
    """The same for blocking requests."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def send(self, request: httpx.Request) -> httpx.Response:
        """Send the request; the answer comes unread."""
        from .bodies import UserBody, with_body  # noqa: PLC0415 - few need it

        inner = _Inner(self._pool, request)
        transport = _transport(httpx.HTTPTransport, self._pool.route, inner)
        try:
            response = transport.handle_request(_copy(request))
            unread = inner.unwrap(response)
            return unread or with_body(UserBody(response), response, request)
        except BaseException:
            inner.close()
            raise


def _transport(kind: Any, route: Route, inner: _AnyInner) -> Any:
    # Without TLS the context is never used, and this one is cheap to create.
    context = route.tls or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # A connection that httpx opens for a call ends with it, so nothing is left to close.
    limits = httpx.Limits(max_keepalive_connections=0)
    transport = kind(verify=context, proxy=route.proxy, limits=limits)
    if not _is_pool_replaced():
        transport._pool = inner  # noqa: SLF001 - see above
    return transport


def _copy(request: httpx.Request) -> httpx.Request:
    """A copy that a wrapper may change, since ours may have to be sent again."""
    return httpx.Request(
        request.method,
        request.url,
        headers=request.headers,
        stream=request.stream,
        extensions=request.extensions,
    )


class _AnyInner:
    """Stands in for httpcore's pool within a transport, for one request."""

    def __init__(self, pool: Any, request: httpx.Request) -> None:
        self._pool = pool
        self._request = request
        # Several if a wrapper sends the request again.
        self._streams: list[Any] = []

    def _passed_on(self, request: Any) -> httpx.Request:
        """Httpcore's request as one of httpx, with the headers that a wrapper may have added.

        A wrapper that has made a new request may have left out the extensions of ours.
        """
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
            extensions={**self._request.extensions, **request.extensions},
        )

    def _answer(self, response: httpx.Response) -> Any:
        """What httpx reads of httpcore's answer."""
        self._streams.append(response.stream)
        return SimpleNamespace(
            status=response.status_code,
            headers=response.headers.raw,
            stream=response.stream,
            extensions=response.extensions,
        )

    def unwrap(self, response: Any) -> httpx.Response | None:
        """The answer without the generator that httpx puts around its bytes.

        None where a wrapper has read them, or has replaced them with its own bytes.
        """
        if not isinstance(response, httpx.Response):
            raise LiminalError(_NO_RESPONSE)
        response.request = self._request
        # httpx's own wrapper contains our stream; any other wrapper has replaced it.
        held = getattr(response.stream, "__dict__", {}).values()
        found = next((own for own in self._streams if any(own is stream for stream in held)), None)
        # The bytes of a wrapper may be made from those of the last answer.
        last = self._streams[-1] if self._streams else None
        self.close(except_for=last if found is None else found)
        if found is None:
            return None
        if found.ended:  # by iterating over it, which keeps nothing
            response.is_stream_consumed = True
        if response.is_stream_consumed:
            return None
        response.stream = found
        return response

    def close(self, except_for: object = None) -> None:
        """Close the answers: all if the wrapper has failed or was cancelled, or all but one."""
        for stream in self._streams:
            if stream is not except_for:
                stream.close()


class _AsyncInner(_AnyInner):
    async def handle_async_request(self, request: Any) -> Any:
        return self._answer(await self._pool.send(self._passed_on(request)))


class _Inner(_AnyInner):
    def handle_request(self, request: Any) -> Any:
        return self._answer(self._pool.send(self._passed_on(request)))
