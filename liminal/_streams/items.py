"""The items of any operation's stream, decoded as the generated module says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from liminal.errors import RequestError, ResponseValidationError
from liminal.streaming import ServerSentEvent, SSEDecoder, is_event_stream
from liminal_api.errors import DecodeError

from .chunks import is_cut_off, message_text
from .lines import LineDecoder

T = TypeVar("T")

# Some servers end a stream with this instead of just ending it.
_DONE: Final = "[DONE]"
_JSON_WHITE_SPACE: Final = " \t\r\n"


@dataclass(frozen=True, slots=True)
class Item(Generic[T]):
    """An item of a stream. Wrapped, because an item itself may be None, 0 or an empty text."""

    value: T
    content: str = ""  # what it adds to a prompt's text: nothing


class ItemDecoder(Generic[T]):
    """Decodes one streamed answer: server-sent events if its content type says so, else JSON lines.

    ``parse`` decodes the bytes of one item; ``events`` names the server-sent events that carry
    items, ``*`` any. ``finished`` becomes True at ``[DONE]`` or at the end of the body.
    ``context`` holds what errors say about the call. ``feed`` and ``finish`` are lazy:
    items before a fault come out ahead of its error.
    """

    finish_reason: str | None = None

    def __init__(
        self,
        parse: Callable[[bytes], T],
        content_type: str | None,
        *,
        max_event_bytes: int,
        events: tuple[str, ...],
        context: dict[str, Any],
    ) -> None:
        self.finished = False
        self._parse = parse
        self._context = context
        self._names = frozenset(events)
        self._is_event_stream = is_event_stream(content_type)
        self._has_begun = False
        self._events = SSEDecoder(max_event_bytes=max_event_bytes)
        self._lines = LineDecoder(max_event_bytes=max_event_bytes)

    def feed(self, data: bytes) -> Iterator[Item[T]]:
        """Decode the next bytes of the answer, and yield the items that end in them."""
        return self._items(
            self._events.messages(data) if self._is_event_stream else self._lines.feed(data)
        )

    def finish(self) -> Iterator[Item[T]]:
        """Yield the last item, at the end of the body: a last line may lack its LF.

        After good items, one that is not whole was cut off by the lost connection.
        """
        # An event without its empty line was cut off, and is dropped (WHATWG HTML, 9.2.6).
        last = () if self._is_event_stream else tuple(self._lines.finish())
        if self._has_begun and any(map(is_cut_off, last)):
            return
        yield from self._items(last)
        self.finished = True

    def _items(self, messages: Iterable[str | ServerSentEvent]) -> Iterator[Item[T]]:
        try:
            for message in messages:
                text = self._text(message)
                if text.strip(_JSON_WHITE_SPACE) == _DONE:
                    self.finished = True
                    return
                if text.strip(_JSON_WHITE_SPACE):
                    yield self._item(text)
        except RequestError as error:
            for name, value in self._context.items():
                setattr(error, name, value)
            raise

    def _text(self, message: str | ServerSentEvent) -> str:
        """Give the text of an item; of an event that carries none, none, to pass over it."""
        if not self._is_event_stream:
            return str(message)
        event = ServerSentEvent(data=message) if isinstance(message, str) else message
        if event.event == "error":
            return message_text(event)  # which raises it
        return event.data if event.event in self._names or "*" in self._names else ""

    def _item(self, text: str) -> Item[T]:
        try:
            item = Item(self._parse(text.encode()))
        except DecodeError as error:
            path, problem = error.path, error.problem
        else:
            self._has_begun = True
            return item
        # Outside the except block: the error at hand must not become its context, with the text.
        raise ResponseValidationError(
            f"Could not validate response: {path} of an item {problem}", path=path
        )
