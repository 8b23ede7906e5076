# Generated from openapi/liminal.yaml by ./codegen.sh; do not edit.

"""Items of a streamed answer, decoded as they arrive: server-sent events, or a line for each."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import TYPE_CHECKING, Any, Final, Generic, Protocol, Self, TypeVar

from .errors import ApiError, DecodeError
from .types import Operation

if TYPE_CHECKING:
    import httpx

__all__ = ("AsyncItems", "Items", "StreamFailed")

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

_DONE: Final = b"[DONE]"  # Some servers end a stream with this instead of just ending it.


class Items(Protocol[T_co]):
    """A stream of items. The request is sent at the first step; the end of ``with`` closes it."""

    def __iter__(self) -> Iterator[T_co]: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *_error: object) -> None: ...
    def close(self) -> None: ...


class AsyncItems(Protocol[T_co]):
    """A stream of items. The request is sent at the first step; the end of ``with`` closes it."""

    def __aiter__(self) -> AsyncIterator[T_co]: ...
    async def __aenter__(self) -> Self: ...
    async def __aexit__(self, *_error: object) -> None: ...
    async def close(self) -> None: ...


class StreamFailed(ApiError):
    """The server ended the stream with an event named ``error``; ``data`` is what it said."""

    def __init__(self, data: bytes = b"") -> None:
        super().__init__()
        self.data = data

    def __str__(self) -> str:
        return "The service reported an error in the middle of the stream."

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), ()


class Decoder(Generic[T]):
    """Bytes of a body in, items out, by its content type. ``finished`` is True after ``[DONE]``."""

    def __init__(
        self, operation: Operation[Any], content_type: str, parse: Callable[[bytes], T]
    ) -> None:
        self.finished = False
        self._parse = parse
        self._events = {name.encode() for name in operation.stream_events}
        media_type = content_type.partition(";")[0].strip().lower()
        self._is_event_stream = media_type == "text/event-stream"
        self._at_start = True  # Of the body, where a byte order mark is allowed.
        self._after_cr = False  # An LF that comes next is the rest of a CRLF.
        self._rest = bytearray()  # The line whose end has not arrived.
        self._event = b""
        self._data: list[bytes] = []

    def feed(self, data: bytes) -> Iterator[T]:
        """Decode the next bytes, and yield the items that end in them."""
        *lines, rest = self._with_lf(data).split(b"\n")
        if lines:
            lines[0] = self._completed(lines[0])
        self._rest += rest
        for line in lines:
            if not self.finished:
                yield from self._line(line)

    def finish(self) -> Iterator[T]:
        """Yield the last item: a line may lack its end. DecodeError if an event does."""
        line = self._completed(b"")
        if self.finished:
            return
        if not self._is_event_stream:
            yield from self._item(line)
        elif self._event or self._data or line.partition(b":")[0]:
            self._field(line)
            if self._data != [_DONE]:
                raise DecodeError("$", "ends in the middle of an event")

    def _with_lf(self, data: bytes) -> bytes:
        """End each line of an event stream with LF alone; a CR ends one at once."""
        if not self._is_event_stream or not data:
            return data
        if self._after_cr:
            data = data.removeprefix(b"\n")
        self._after_cr = data.endswith(b"\r")
        return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def _completed(self, end: bytes) -> bytes:
        line = bytes(self._rest) + end
        self._rest.clear()
        if self._at_start:
            self._at_start = False
            return line.removeprefix(BOM_UTF8)
        return line

    def _line(self, line: bytes) -> Iterator[T]:
        """Take one line; those of an event end with an empty one (WHATWG HTML, section 9.2.6)."""
        if not self._is_event_stream:
            yield from self._item(line)
        elif line:
            self._field(line)
        else:
            event, data = self._event or b"message", b"\n".join(self._data)
            self._event, self._data = b"", []
            if event == b"error":
                raise StreamFailed(data)
            if event in self._events or b"*" in self._events:
                yield from self._item(data)

    def _field(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        if name == b"data":
            self._data.append(value.removeprefix(b" "))
        elif name == b"event":
            self._event = value.removeprefix(b" ")

    def _item(self, text: bytes) -> Iterator[T]:
        text = text.strip()
        if text == _DONE:
            self.finished = True
        elif text:
            yield self._parse(text)


class ItemStream(Generic[T]):
    """The items of an answer that ``opened`` gives, as the blocking functions read it."""

    def __init__(
        self,
        operation: Operation[Any],
        opened: AbstractContextManager[httpx.Response],
        parse: Callable[[bytes], T],
    ) -> None:
        self._items = _items(operation, opened, parse)

    def __iter__(self) -> Iterator[T]:
        return self._items

    def close(self) -> None:
        self._items.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


def _items(
    operation: Operation[Any],
    opened: AbstractContextManager[httpx.Response],
    parse: Callable[[bytes], T],
) -> Generator[T, None, None]:
    with opened as response:
        decoder = Decoder(operation, response.headers.get("content-type", ""), parse)
        for data in response.iter_bytes():
            yield from decoder.feed(data)
            if decoder.finished:
                return
        yield from decoder.finish()


class AsyncItemStream(Generic[T]):
    """The items of an answer that ``opened`` gives, as the asyncio functions read it."""

    def __init__(
        self,
        operation: Operation[Any],
        opened: AbstractAsyncContextManager[httpx.Response],
        parse: Callable[[bytes], T],
    ) -> None:
        self._items = _items_async(operation, opened, parse)

    def __aiter__(self) -> AsyncIterator[T]:
        return self._items

    async def close(self) -> None:
        await self._items.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.close()


async def _items_async(
    operation: Operation[Any],
    opened: AbstractAsyncContextManager[httpx.Response],
    parse: Callable[[bytes], T],
) -> AsyncGenerator[T, None]:
    async with opened as response:
        decoder = Decoder(operation, response.headers.get("content-type", ""), parse)
        parts: Any = response.aiter_bytes()  # a generator, which trio wants to be closed
        try:
            async for data in parts:
                for item in decoder.feed(data):
                    yield item
                if decoder.finished:
                    return
            for item in decoder.finish():
                yield item
        finally:
            await parts.aclose()
