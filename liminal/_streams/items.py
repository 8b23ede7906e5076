"""Decodes the items of any operation's stream, each as the generated module says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from .decoder import StreamDecoder

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Item(Generic[T]):
    """An item of a stream. Wrapped, because an item itself may be None, 0 or an empty text."""

    value: T
    content: str = ""  # an item adds nothing to a prompt's text
    finish_reason: str | None = None


class ItemDecoder(StreamDecoder[Item[T]]):
    """Decodes one streamed answer. ``parse`` decodes the bytes of one item."""

    noun = "an item"
    ends_with_body = True

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
