# Derived from liminal/_async/_streams/open_stream.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""A streamed answer as an httpx response, which ``client.api`` opens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Generic, Protocol, Self, TypeVar

import httpx

from liminal._calls.discreet import discreet
from liminal._calls.failures import invalid, shut_down, transport_failure
from liminal._http.body import ResponseBody

if TYPE_CHECKING:
    from liminal._calls.call import Call
    from liminal.errors import RequestError
    from liminal_api.types import Operation, RequestKwargs

T = TypeVar("T")


class StreamOpener(Protocol):
    """Makes the call of a stream: the client's ``api``."""

    def begin(self, operation: Operation[Any], request: RequestKwargs) -> Call: ...
    def open_stream(self, call: Call) -> httpx.Response: ...


class OpenStream:
    """A ``with`` block around the answer. Its end closes what was not read."""

    def __init__(self, begin: Callable[[], Call], head: Callable[[Call], httpx.Response]) -> None:
        self._begin = begin
        self._head = head

    @discreet
    def __enter__(self) -> httpx.Response:
        call = self._begin()
        try:
            opened = self._head(call)
        except BaseException as error:
            if call.observation is not None:
                call.observation.ends(call, error, is_stream=True)
            raise
        raw = ResponseBody.of(opened)
        self._response = _Response(
            opened.status_code,
            headers=opened.headers,
            stream=_Translated(call, raw, opened.headers),
            # The one that was sent holds the session and the prompt.
            request=httpx.Request(call.operation.method, opened.request.url),
            extensions=opened.extensions,
        )
        return self._response

    def __exit__(self, *_: object) -> None:
        self._response.close()
        if self._response.parts is not None:  # trio warns of a generator that is not exhausted
            self._response.parts.close()


class _Translated(httpx.SyncByteStream):
    """A streamed body that turns httpx's errors into ours."""

    def __init__(self, call: Call, raw: ResponseBody, headers: httpx.Headers) -> None:
        self._call = call
        self._headers = headers
        self._raw = raw
        self._error: RequestError | None = None
        self._ended = False

    def __iter__(self) -> Self:  # not a generator: trio warns of one that is not exhausted
        return self

    def __next__(self) -> bytes:
        failure = None
        try:
            part = self._next_part()
        except httpx.HTTPError as error:
            failure, part = transport_failure(error, self._call), None
        except RuntimeError as error:
            failure, part = shut_down(error, self._call), None
        if failure is not None:
            self._error = failure.error
            raise failure.error
        if part is None:
            self._ended = True
            raise StopIteration
        if self._call.observation is not None:
            self._call.observation.bytes_received += len(part)
            self._call.observation.has_chunk()
        return part

    def _next_part(self) -> bytes | None:
        return self._raw.next_part()

    def undecodable(self) -> RequestError:
        """The error for a body that its content coding does not fit."""
        problem = "the body is not valid in its content coding"
        self._error = invalid(self._call.context, self._headers, None, problem)
        return self._error

    def close(self) -> None:
        self._raw.close()
        if self._call.observation is not None:
            cancelled = self._error is None and not self._ended
            self._call.observation.ends(
                self._call, self._error, cancelled=cancelled, is_stream=True
            )


class _Response(httpx.Response):
    """Keeps the content out of errors raised while reading."""

    parts: _Parts[bytes] | None = None

    def iter_raw(self, chunk_size: int | None = None) -> _Parts[bytes]:
        self.parts = _Parts(super().iter_raw(chunk_size), self.stream)
        return self.parts

    def iter_bytes(self, chunk_size: int | None = None) -> _Parts[bytes]:
        return _Parts(super().iter_bytes(chunk_size), self.stream)

    def iter_text(self, chunk_size: int | None = None) -> _Parts[str]:
        return _Parts(super().iter_text(chunk_size), self.stream)

    def iter_lines(self) -> _Parts[str]:
        return _Parts(super().iter_lines(), self.stream)

    @discreet
    def read(self) -> bytes:
        return super().read()


class _Parts(Generic[T]):
    def __init__(self, parts: Iterator[T], stream: Any) -> None:
        self._parts: Any = parts  # a generator, which can be closed
        self._translated: _Translated = stream

    def __iter__(self) -> Self:
        return self

    @discreet
    def __next__(self) -> T:
        try:
            part: T = next(self._parts)
        except httpx.DecodingError:
            pass
        else:
            return part
        # Outside the except block, so that httpx's error is not its context.
        raise self._translated.undecodable()

    def close(self) -> None:
        self._parts.close()
