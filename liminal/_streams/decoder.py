"""Decodes the bytes of a streamed answer into its parts: chunks or items."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from json import JSONDecoder
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, TypeVar

from liminal.errors import RequestError, ResponseValidationError, StreamServerError
from liminal.streaming import (
    DEFAULT_MAX_EVENT_BYTES,
    LineDecoder,
    ServerSentEvent,
    SSEDecoder,
    is_event_stream,
)
from liminal_api.errors import DecodeError

if TYPE_CHECKING:
    from liminal_api.models import StreamResponseChunk

T = TypeVar("T")

# Some servers send this in place of JSON after the last part.
_DONE: Final = "[DONE]"
_JSON_WHITE_SPACE: Final = " \t\r\n"

# Bytes split into events at a time. httpx reads up to 64 KiB, and splitting all of them would delay
# the first chunk by a tenth of a millisecond.
_PIECE: Final = 8 * 1024

# A string, up to its end or the end of the text; and the characters of JSON outside of strings.
_STRING: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
_OUTSIDE: Final = re.compile(r"[ \t\r\n0-9{}\[\],:.+\-aeflnrstuE]*")


def _refuse(_constant: str) -> None:
    raise ValueError  # NaN and the infinities are not JSON, though Python reads them


json_decoder: Final = JSONDecoder(parse_constant=_refuse)


@dataclass(frozen=True, slots=True)
class Item(Generic[T]):
    """An item of a stream. Wrapped, because an item itself may be None, 0 or an empty text."""

    value: T
    content: str = ""  # an item adds nothing to a prompt's text
    finish_reason: str | None = None


P = TypeVar("P", bound="StreamResponseChunk | Item[Any]")


class StreamDecoder(ABC, Generic[P]):
    """Decodes a streamed answer: server-sent events if the content type says so, else JSON lines.

    ``events`` names the server-sent events that carry parts, ``*`` any. ``finished`` becomes True
    when the answer is complete: after a part with a finish reason, which is kept as
    ``finish_reason``, or after ``[DONE]``. Anything after that is ignored. If the bytes end before
    it, the answer was cut off.

    ``feed`` and ``finish`` are lazy, so that the parts before a fault come out ahead of its error:
    iterate to the end before the next call, and after an error make no other. They raise
    StreamServerError for an ``error`` event, and ResponseValidationError for anything that is not a
    part or is longer than ``max_event_bytes``. ``context`` has further attributes of the errors.
    """

    noun: ClassVar[str]  # a part, in messages
    ends_with_body: ClassVar[bool]  # it needs no finish reason and no [DONE]
    what_arrived: ClassVar[str]  # before the answer was interrupted, in messages

    def __init__(
        self,
        content_type: str | None,
        *,
        max_event_bytes: int = DEFAULT_MAX_EVENT_BYTES,
        events: tuple[str, ...] = ("message",),
        context: Mapping[str, Any] | None = None,
    ) -> None:
        self.finished = False
        self.finish_reason: str | None = None
        self._events = events
        self._context = context or {}
        self._has_begun = False
        self._is_cut = False
        self._splitter: SSEDecoder | LineDecoder
        self._messages: Callable[[bytes], Iterator[str | ServerSentEvent]]
        if is_event_stream(content_type):
            self._splitter = SSEDecoder(max_event_bytes=max_event_bytes)
            # Of an unnamed event, ``messages`` gives the data alone.
            carried = self._carries("message")
            self._messages = self._splitter.messages if carried else self._splitter.feed
        else:
            self._splitter = LineDecoder(max_event_bytes=max_event_bytes)
            self._messages = self._splitter.feed

    @abstractmethod
    def _parse(self, text: str) -> P:
        """Decode a part; DecodeError if the text is none."""

    def _parse_fast(self, _text: str) -> P | None:
        """Decode a part that is written in a usual way; None for any other text."""
        return None

    def feed(self, data: bytes) -> Iterator[P]:
        """Decode the next bytes of the answer, and yield the parts that end in them."""
        pieces = (data[start : start + _PIECE] for start in range(0, len(data), _PIECE))
        return self._parts(chain.from_iterable(map(self._messages, pieces)))

    def finish(self) -> Iterator[P]:
        """Yield the rest when the bytes have ended: the last line may lack its LF.

        A part that is cut off is dropped, and then the answer is not ``finished``.
        """
        yield from self._parts(self._last_messages())
        self.finished = self.finished or (self.ends_with_body and not self._is_cut)

    def _last_messages(self) -> Iterator[str]:
        """The messages that have no end, at the end of the body, unless it cuts them off."""
        if isinstance(self._splitter, LineDecoder):
            for line in self._splitter.finish():
                if self._has_begun and _is_cut_off(line):
                    self._is_cut = True
                else:
                    yield line
        elif self._splitter.is_in_event:
            # An event without its empty line is discarded (WHATWG HTML, 9.2.6). So a part is
            # missing, unless the event says that nothing follows.
            self._is_cut = True
            for event in self._splitter.feed(b"\n\n"):
                if self._carries(event.event) and event.data.strip(_JSON_WHITE_SPACE) == _DONE:
                    yield _DONE

    def _parts(self, messages: Iterable[str | ServerSentEvent]) -> Iterator[P]:
        if self.finished:
            return
        try:
            for message in messages:
                text = message if isinstance(message, str) else self._data(message)
                part = self._parse_fast(text) or self._part(text)
                if part is not None:
                    self._has_begun = True
                    if part.finish_reason:
                        self.finished, self.finish_reason = True, part.finish_reason
                    yield part
                if self.finished:
                    return
        except RequestError as error:
            for name, value in self._context.items():
                setattr(error, name, value)
            raise

    def _data(self, event: ServerSentEvent) -> str:
        """The text of an event; empty if it carries no part."""
        if event.event == "error":
            raise _server_error(event.data)
        return event.data if self._carries(event.event) else ""

    def _carries(self, event: str) -> bool:
        return event in self._events or "*" in self._events

    def _part(self, text: str) -> P | None:
        """Decode a text; None if it is blank or ``[DONE]``."""
        text = text.strip(_JSON_WHITE_SPACE)
        if text == _DONE:
            self.finished = True
        if text in {"", _DONE}:
            return None
        try:
            return self._parse(text)
        except DecodeError as error:
            path, problem = error.path, error.problem
        # Outside the except block: the error at hand must not become its context, with the text.
        raise ResponseValidationError(
            f"Could not validate response: {path} of {self.noun} {problem}", path=path
        )


class ItemDecoder(StreamDecoder[Item[T]]):
    """Decodes the items of any operation's stream. ``parse`` decodes the bytes of one."""

    noun = "an item"
    ends_with_body = True
    what_arrived = "the items before it were returned"

    def __init__(
        self,
        parse: Callable[[bytes], T],
        content_type: str | None,
        *,
        max_event_bytes: int,
        events: tuple[str, ...],
        context: Mapping[str, Any],
    ) -> None:
        super().__init__(
            content_type, max_event_bytes=max_event_bytes, events=events, context=context
        )
        self._parse_item = parse

    def _parse(self, text: str) -> Item[T]:
        return Item(self._parse_item(text.encode()))


def _is_cut_off(text: str) -> bool:
    """Whether this is only the beginning of an object or of ``[DONE]``."""
    text = text.strip(_JSON_WHITE_SPACE)
    if not text.startswith("{"):
        return text not in {"", _DONE} and _DONE.startswith(text)
    outside = _STRING.sub("", text)
    return outside.count("{") > outside.count("}") and _OUTSIDE.fullmatch(outside) is not None


def _server_error(data: str) -> StreamServerError:
    try:
        message = json_decoder.decode(data)["message"]
    except (ValueError, RecursionError, LookupError, TypeError):
        message = None
    return StreamServerError(
        "The service reported an error in the middle of the stream: the answer is incomplete; "
        "server_message has the service's own words",
        server_message=message if isinstance(message, str) else data,
    )
