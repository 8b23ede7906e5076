r"""Server-sent events and newline-delimited JSON: bytes in, events and lines out, no I/O.

``iter_sse`` and ``aiter_sse`` read any byte stream that the caller has opened::

    with httpx.stream("GET", url) as response:
        if is_event_stream(response.headers.get("content-type")):
            for event in iter_sse(response.iter_bytes()):
                print(event.event, event.data)

They use ``SSEDecoder``, which follows section 9.2 "Server-sent events" of the WHATWG HTML standard.
``LineDecoder`` reads newline-delimited JSON. Both accept chunks of any size, cut at any byte.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable
from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple, Self

from liminal._calls.arguments.checks import check_chunks, check_text
from liminal._calls.discreet import discreet, discreet_steps
from liminal._streams.lines import (
    DEFAULT_MAX_EVENT_BYTES,
    BoundedLines,
    LineDecoder,
    check_chunk,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "DEFAULT_MAX_EVENT_BYTES",
    "AsyncEvents",
    "LineDecoder",
    "SSEDecoder",
    "ServerSentEvent",
    "aiter_sse",
    "is_event_stream",
    "iter_sse",
]

# More digits don't fit into the 64 bits that browsers use, and int() refuses thousands of them.
_MAX_RETRY_DIGITS: Final = 18


class ServerSentEvent(NamedTuple):
    """One event, as a browser's ``EventSource`` would dispatch it.

    ``event`` is its type, ``"message"`` unless the server named another. ``id`` is the last event
    id: the newest one that the stream has set, ``""`` before the first. ``retry`` is the
    reconnection time in milliseconds that this event's own block set (the last valid one), or None.
    """

    event: str = "message"
    data: str = ""
    id: str = ""
    retry: int | None = None

    def __repr__(self) -> str:
        """Show no data: it may be a model's answer, and a repr ends up in logs."""
        return (
            f"ServerSentEvent(event={self.event!r}, data=<{len(self.data)} characters>, "
            f"id={self.id!r}, retry={self.retry!r})"
        )


@discreet
def is_event_stream(content_type: str | None) -> bool:
    """Return whether an answer with this ``Content-Type`` (None: no header) is an event stream.

    Case does not matter, and parameters are ignored: an event stream is UTF-8, whatever ``charset``
    claims (WHATWG HTML 9.2.5).
    """
    check_text("content_type", content_type or "")
    essence, _, _parameters = (content_type or "").partition(";")
    return essence.strip(" \t").lower() == "text/event-stream"


@discreet
def iter_sse(
    chunks: Iterable[bytes], *, max_event_bytes: int = DEFAULT_MAX_EVENT_BYTES
) -> Iterator[ServerSentEvent]:
    r"""Yield the events in ``chunks``, each as soon as its last byte has arrived.

    Raises ResponseValidationError, after the events before it, for a line or an event's data that
    is longer than ``max_event_bytes``, and LiminalError for a chunk that is not bytes. An event
    that the end of the stream cuts off is discarded, as the standard says; only the stream's own
    protocol tells whether the stream was complete. The caller closes ``chunks``.

        >>> [event.data for event in iter_sse([b"data: Hel", b"lo\n", b"\ndata: and"])]
        ['Hello']
    """
    check_chunks(chunks, Iterable, bytes)
    return _events_in(chunks, SSEDecoder(max_event_bytes=max_event_bytes))


@discreet_steps
def _events_in(chunks: Iterable[bytes], decoder: SSEDecoder) -> Iterator[ServerSentEvent]:
    for chunk in chunks:
        yield from decoder.feed(chunk)


@discreet
def aiter_sse(
    chunks: AsyncIterable[bytes], *, max_event_bytes: int = DEFAULT_MAX_EVENT_BYTES
) -> AsyncEvents:
    """Yield the events in ``chunks``, like ``iter_sse``, to ``async for``."""
    check_chunks(chunks, AsyncIterable, bytes)
    return AsyncEvents(chunks, SSEDecoder(max_event_bytes=max_event_bytes))


class AsyncEvents:
    """The asynchronous iterator that ``aiter_sse`` returns. It may be dropped halfway."""

    # Not an async generator: the event loop has to close those, and trio warns about each one.

    def __init__(self, chunks: AsyncIterable[bytes], decoder: SSEDecoder) -> None:
        self._chunks = aiter(chunks)
        self._decoder = decoder
        self._ready: Iterator[ServerSentEvent] = iter(())
        self._closed = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> ServerSentEvent:
        while not self._closed:
            try:
                for event in self._ready:
                    return event
            except BaseException:  # also KeyboardInterrupt: an event may be lost
                self._closed = True
                raise
            self._ready = self._decoder.feed(await anext(self._chunks))
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """End the iteration, for ``contextlib.aclosing``. ``chunks`` is left as it is."""
        self._closed = True


class SSEDecoder(BoundedLines):
    r"""Bytes in, events out: WHATWG HTML 9.2.5 "Parsing" and 9.2.6 "Interpreting an event stream".

    ``last_event_id`` and ``reconnection_time`` (milliseconds, None until the server sets it) are
    what an event source needs for its next connection. ``is_in_event`` tells, when the stream ends,
    whether that cuts off an event.

        >>> decoder = SSEDecoder()
        >>> [event.data for event in decoder.feed(b"data: one\n\ndata: tw")]
        ['one']
        >>> [event.data for event in decoder.feed(b"o\n\n")]
        ['two']
    """

    def __init__(self, *, max_event_bytes: int = DEFAULT_MAX_EVENT_BYTES) -> None:
        super().__init__("a line or an event", max_event_bytes)
        self.last_event_id: str = ""
        self.reconnection_time: int | None = None
        self._after_cr = False  # an LF that comes next is the rest of a CRLF
        self._in_block = False  # a line has arrived since the last blank one
        # The standard's buffers.
        self._data = bytearray()
        self._event_type = b""
        self._id = b""
        self._retry: int | None = None

    @property
    def is_in_event(self) -> bool:
        """Whether an event has begun whose end has not arrived."""
        has_line = self._partial and not self._partial.startswith(b":")
        return bool(has_line or self._data or self._event_type)

    @discreet_steps
    def feed(self, chunk: bytes) -> Iterator[ServerSentEvent]:
        """Decode the next bytes of the stream, and yield the events that end in them.

        Lazy, so that the events before a fault come out ahead of its ResponseValidationError:
        iterate to the end before the next call, and after an error make no other.
        """
        for message in self.messages(chunk):
            if isinstance(message, str):
                yield ServerSentEvent("message", message, self.last_event_id, None)
            else:
                yield message

    @discreet_steps
    def messages(self, chunk: bytes) -> Iterator[str | ServerSentEvent]:
        """Like ``feed``, but an event with nothing but data may come as that string alone.

        This takes a third of the time, for readers of many messages that need only their data.
        """
        check_chunk(chunk)
        plain, rest = self._split_plain(self._with_lf(chunk))
        return chain(plain, self._events(rest))

    def _with_lf(self, chunk: bytes) -> bytes:
        """Turn every line end into LF; 9.2.5 allows CRLF, LF and CR.

        A CR at the end of the chunk ends its line at once, so that no event waits for the byte
        after it; if that byte is an LF, it is skipped.
        """
        if self._after_cr and chunk:
            self._after_cr = False
            chunk = chunk.removeprefix(b"\n")
        if b"\r" not in chunk:
            return chunk
        self._after_cr = chunk.endswith(b"\r")
        return chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def _split_plain(self, chunk: bytes) -> tuple[list[str], bytes]:
        """Split off all events at once if each is a single ``data: …`` line; also return the rest.

        A model's answer looks like that. A chunk with anything else in it is left to the standard's
        steps below, which give the same events and take about eight times as long.
        """
        head, end, rest = chunk.rpartition(b"\n\n")
        if not end or self._in_block or len(self._partial) + len(head) > self._max_bytes:
            return [], chunk
        block = bytes(self._partial) + head
        if not block.startswith(b"data: "):
            return [], chunk
        try:
            text = block.decode()
        except UnicodeDecodeError:
            return [], chunk
        plain = text.removeprefix("data: ").split("\n\ndata: ")
        if text.count("\n") != len("\n\n") * (len(plain) - 1):  # there are other lines in between
            return [], chunk
        self._partial.clear()
        self._at_start = False
        return plain, rest

    def _events(self, chunk: bytes) -> Iterator[ServerSentEvent]:
        *lines, rest = chunk.split(b"\n")
        if lines:
            lines[0] = self._completed(lines[0])
        for line in lines:
            if line:
                self._interpret(line)
                continue
            event = self._dispatch()
            if event is not None:
                yield event
        self._hold(rest)

    def _interpret(self, line: bytes) -> None:
        """Process a line that is not blank (9.2.6)."""
        if len(line) > self._max_bytes:
            raise self._too_long()
        self._in_block = True
        # The field's name is what precedes the first colon, or the whole line; its value is what
        # follows, without one leading space. A comment has an empty name, which no field has.
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self._data += value
            self._data += b"\n"
            if len(self._data) > self._max_bytes + len(b"\n"):
                raise self._too_long()
        elif name == b"event":
            self._event_type = value
        elif name == b"id" and b"\0" not in value:
            self._id = value
        elif name == b"retry" and value.isdigit():
            digits = value.lstrip(b"0") or b"0"
            if len(digits) <= _MAX_RETRY_DIGITS:
                self.reconnection_time = self._retry = int(digits)

    def _dispatch(self) -> ServerSentEvent | None:
        """Dispatch the event (9.2.6), unless it has no data, and empty the buffers."""
        # 1. The last event id is set from its buffer, even if no event follows.
        self.last_event_id = self._id.decode(errors="replace")
        data, event_type, retry = self._data, self._event_type, self._retry
        self._data, self._event_type, self._retry = bytearray(), b"", None
        self._in_block = False
        # 2. Without data there is no event. (A line "data:" alone has put an LF there.)
        if not data:
            return None
        # 3. The last LF is removed. 4. to 6. The type is "message" if none was given.
        return ServerSentEvent(
            event_type.decode(errors="replace") or "message",
            data[:-1].decode(errors="replace"),
            self.last_event_id,
            retry,
        )
