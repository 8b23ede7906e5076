"""The items of any operation's stream, decoded as the generated module says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from liminal.errors import RequestError, ResponseValidationError
from liminal.streaming import is_event_stream
from liminal_api.errors import DecodeError

from .chunks import DONE, JSON_WHITE_SPACE, is_cut_off, message_decoder, message_text

if TYPE_CHECKING:
    from liminal.streaming import ServerSentEvent

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Item(Generic[T]):
    """An item of a stream. Wrapped, because an item itself may be None, 0 or an empty text."""

    value: T
    content: str = ""  # an item adds nothing to a prompt's text


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
        # Each line is an item. Of events, only those that ``events`` names are.
        self._has_all = "*" in events or not is_event_stream(content_type)
        self._names = frozenset(events)
        self._has_begun = False
        self._messages, self._last_messages = message_decoder(content_type, max_event_bytes)

    def feed(self, data: bytes) -> Iterator[Item[T]]:
        """Decode the next bytes of the answer, and yield the items that end in them."""
        return self._items(self._messages(data))

    def finish(self) -> Iterator[Item[T]]:
        """Yield the last item, at the end of the body: a last line may lack its LF.

        An incomplete item after good ones was cut off by a lost connection, so it is dropped.
        """
        last = [text for text in self._last_messages() if text.strip(JSON_WHITE_SPACE)]
        if self._has_begun and any(map(is_cut_off, last)):
            return
        yield from self._items(last)
        self.finished = True

    def _items(self, messages: Iterable[str | ServerSentEvent]) -> Iterator[Item[T]]:
        if self.finished:
            return
        try:
            for message in messages:
                text = self._text(message)
                bare = text.strip(JSON_WHITE_SPACE)
                if bare == DONE:
                    self.finished = True
                    return
                if bare:
                    yield self._item(text)
        except RequestError as error:
            for name, value in self._context.items():
                setattr(error, name, value)
            raise

    def _text(self, message: str | ServerSentEvent) -> str:
        """The text of an item; empty for an event that carries none, which is ignored."""
        if isinstance(message, str):  # a line, or an event with nothing but data
            return message if self._has_all or "message" in self._names else ""
        if message.event == "error":
            return message_text(message)  # which raises it
        return message.data if self._has_all or message.event in self._names else ""

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
