"""HTTP clients that protect the requests and answers of another one.

A library of a model's API sends through a client of httpx or httpx2. A protected client replaces
it: it has the same class, and sends through the client that it wraps, with its connections,
proxies, hooks and headers.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from functools import lru_cache
from typing import Any, Final, NamedTuple

from liminal import AsyncConversation, Conversation
from liminal._calls.discreet import discreet, discreet_async
from liminal.errors import LiminalError, rebuild

from .events.stream import EventHydrator
from .protection import Exchange, Protection, Sent
from .steps import Steps, run, run_async

_FRAMING: Final = ("content-encoding", "content-length")


class Session(NamedTuple):
    """Returns the protection of a request: a new one for each, or one that all share."""

    protection: Protection
    conversation: Any


def protected(
    client: Any, session: Callable[[], Session], *, error: type[Exception] | None = None
) -> Any:
    """Return a replacement for ``client``. Its errors are also of the class ``error``."""
    library = next(
        kind.__module__.partition(".")[0]
        for kind in type(client).__mro__
        if kind.__name__ in {"AsyncClient", "Client"}
    )
    module = sys.modules[library]
    is_async = isinstance(client, module.AsyncClient)
    made = _kinds(library)[is_async](
        # The new client sends nothing itself, so it needs no transport.
        transport=module.AsyncBaseTransport() if is_async else module.BaseTransport(),
        timeout=client.timeout,
        trust_env=False,
    )
    made.protected, made.session, made.error, made.module = client, session, error, module
    return made


@lru_cache
def _kinds(library: str) -> tuple[Any, Any]:
    module = sys.modules[library]
    return (
        type("ProtectedClient", (_Protected, module.Client), {}),
        type("AsyncProtectedClient", (_AsyncProtected, module.AsyncClient), {}),
    )


def _steps(protection: Protection, request: Any, body: bytes) -> Steps[Exchange]:
    url, headers = request.url, request.headers.multi_items()
    query = url.query.decode("ascii")
    return protection.request(Sent(request.method, url.path, query, headers, body))


class _Wrapper:
    protected: Any
    session: Callable[[], Session]
    error: type[Exception] | None
    module: Any

    def build_request(self, *arguments: Any, **options: Any) -> Any:
        return self.protected.build_request(*arguments, **options)

    def _rebuilt(self, request: Any, exchange: Exchange) -> Any:
        headers = request.headers.copy()
        headers.pop("content-length", None)
        headers["accept-encoding"] = "identity"  # events are hydrated as they arrive
        return self.module.Request(
            request.method,
            request.url,
            headers=headers,
            content=exchange.body,
            extensions=request.extensions,
        )

    def _hydrated(self, response: Any, exchange: Exchange, conversation: Any) -> Any:
        if not response.is_success:
            return response
        if response.is_closed:
            response = self._unread(response)
        is_async = isinstance(self, _AsyncProtected)
        hydrated = _streams(self.module.__name__)[is_async]()
        hydrated.begin(response, exchange, conversation)
        response.stream = hydrated
        return response

    def _unread(self, response: Any) -> Any:
        """Return a response that a hook, a cache or a mock has already read, to be read again."""
        headers = [(k, v) for k, v in response.headers.multi_items() if k.lower() not in _FRAMING]
        made = self.module.Response(
            response.status_code,
            headers=headers,
            stream=self.module.ByteStream(response.content),
            request=response.request,
            extensions=response.extensions,
            history=response.history,
        )
        with contextlib.suppress(RuntimeError):  # without a measured duration
            made.elapsed = response.elapsed
        return made

    def _failed(self, error: LiminalError) -> LiminalError:
        """Return the error in a class that the library doesn't take for a lost connection."""
        if self.error is None:
            return error
        kind = type(type(error).__name__, (type(error), self.error), {})
        return rebuild(kind, error.args, dict(vars(error)))


class _Protected(_Wrapper):
    @discreet
    def send(self, request: Any, *, stream: bool = False, **options: Any) -> Any:
        failure = None
        try:
            return self._send(request, stream=stream, **options)
        except LiminalError as error:
            failure = error
        raise self._failed(failure)

    def _send(self, request: Any, *, stream: bool, **options: Any) -> Any:
        protection, conversation = self.session()
        steps = _steps(protection, request, request.read())
        exchange = run(steps, conversation)
        response = self.protected.send(self._rebuilt(request, exchange), stream=True, **options)
        response = self._hydrated(response, exchange, conversation)
        if not stream:
            response.read()
        return response

    def close(self) -> None:
        self.protected.close()


class _AsyncProtected(_Wrapper):
    @discreet_async
    async def send(self, request: Any, *, stream: bool = False, **options: Any) -> Any:
        failure = None
        try:
            return await self._send(request, stream=stream, **options)
        except LiminalError as error:
            failure = error
        raise self._failed(failure)

    async def _send(self, request: Any, *, stream: bool, **options: Any) -> Any:
        protection, conversation = self.session()
        steps = _steps(protection, request, await request.aread())
        exchange = await run_async(steps, conversation)
        sent = self._rebuilt(request, exchange)
        response = await self.protected.send(sent, stream=True, **options)
        response = self._hydrated(response, exchange, conversation)
        if not stream:
            await response.aread()
        return response

    async def aclose(self) -> None:
        await self.protected.aclose()


@lru_cache
def _streams(library: str) -> tuple[Any, Any]:
    module = sys.modules[library]
    return (
        type("HydratedStream", (_Hydrated, module.SyncByteStream), {}),
        type("AsyncHydratedStream", (_AsyncHydrated, module.AsyncByteStream), {}),
    )


class _Body:
    """Hydrates a body: events one by one, anything else as a whole."""

    def __init__(self, exchange: Exchange, *, is_stream: bool) -> None:
        self._exchange = exchange
        self._whole = b""
        self._events: EventHydrator | None = None
        if is_stream:
            self._events = exchange.events(exchange.incoming)

    def feed(self, data: bytes) -> Steps[bytes]:
        if self._events is not None:
            return (yield from self._events.feed(data))
        self._whole += data
        return b""

    def finish(self) -> Steps[bytes]:
        if self._events is not None:
            return (yield from self._events.finish())
        if self._whole.startswith((b"data:", b"event:", b":")):  # events by another name
            self._events = self._exchange.events(self._exchange.incoming)
            made = yield from self._events.feed(self._whole)
            return made + (yield from self._events.finish())
        return (yield from self._exchange.answer(self._whole))


class _Streamed:
    """The replacement for a response's body."""

    def begin(self, response: Any, exchange: Exchange, conversation: Any) -> None:
        module = sys.modules[type(response).__module__.partition(".")[0]]
        self._inner = response.stream
        self._is_encoded = "content-encoding" in response.headers
        # Decodes the content in case the server compressed it anyway.
        self._decoded = module.Response(200, headers=response.headers, stream=self._inner)
        self._conversation = conversation
        kind = response.headers.get("content-type", "").lower()
        self._body = _Body(exchange, is_stream="text/event-stream" in kind)
        for name in _FRAMING:
            response.headers.pop(name, None)


class _Hydrated(_Streamed):
    _conversation: Conversation

    def __iter__(self) -> Iterator[bytes]:
        for data in self._decoded.iter_bytes():
            yield self._run(self._body.feed(data))
        yield self._run(self._body.finish())

    @discreet
    def _run(self, steps: Steps[bytes]) -> bytes:
        return run(steps, self._conversation)

    def close(self) -> None:
        self._inner.close()


class _AsyncHydrated(_Streamed):
    """An iterator, not a generator: trio warns of generators that are not exhausted."""

    _conversation: AsyncConversation
    _has_begun = False
    _chunks: AsyncIterator[bytes] | None = None

    def __aiter__(self) -> AsyncIterator[bytes]:
        if not self._has_begun:  # some packages read the rest with another iterator
            chunks = self._decoded.aiter_bytes() if self._is_encoded else self._inner
            self._has_begun, self._chunks = True, aiter(chunks)
        return self

    async def __anext__(self) -> bytes:
        if self._chunks is None:
            raise StopAsyncIteration
        try:
            data = await anext(self._chunks)
        except StopAsyncIteration:
            self._chunks = None
        else:
            return await self._run(self._body.feed(data))
        return await self._run(self._body.finish())

    @discreet_async
    async def _run(self, steps: Steps[bytes]) -> bytes:
        return await run_async(steps, self._conversation)

    async def aclose(self) -> None:
        chunks, self._chunks = self._chunks, None
        try:
            if isinstance(chunks, AsyncGenerator):
                await chunks.aclose()
        finally:
            await self._inner.aclose()
