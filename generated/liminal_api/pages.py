# Generated from openapi/liminal.yaml by ./codegen.sh; do not edit.

"""Lists that come in pages: each page is asked for when it is needed, by a call of its own.

    for thread in list_threads.iterate(client=client, max_items=100):
        ...

A page that fails raises, and the iterator stays where it is: its next step asks for that page again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from .errors import DecodeError, InvalidParameter
from .types import Operation, RequestKwargs

if TYPE_CHECKING:
    from .client import Client

__all__ = ("AsyncPages", "Page", "Pages")

A = TypeVar("A")
P = TypeVar("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A part of a list. ``next`` is where the next page begins: a cursor, an offset or a number.

    It is None on the last page. To go on later, give it as the argument that says where to begin.
    """

    items: list[T] = field(repr=False)
    next: Any = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Listing(Generic[A, P, T]):
    """How to page through a list, beginning at ``start``.

    ``ask`` makes the request for the page at a place, ``read`` takes the page out of the answer.
    ``path`` is where the answer has the next place, for errors.
    """

    operation: Operation[A]
    ask: Callable[[P], RequestKwargs]
    read: Callable[[A, P], Page[T]]
    start: P
    path: str = "$"


class _Walk(Generic[A, P, T]):
    """One way through the pages of a list. It goes on only after a page is there."""

    def __init__(self, listing: Listing[A, P, T], max_items: int | None) -> None:
        self._listing = listing
        self._at: Any = listing.start
        self._left = max_items
        self._seen: set[object] = {listing.start}
        self._last: bytes | None = None
        self.done = max_items == 0
        self.operation: Operation[Page[T]] = Operation(
            **{
                name: getattr(listing.operation, name)
                for name in Operation.__slots__
                if name != "parse"
            },
            parse=self._parse,
        )

    def request(self) -> RequestKwargs:
        return self._listing.ask(self._at)

    def _parse(self, status_code: int, content: bytes) -> Page[T]:
        """Take the page out of an answer; DecodeError where it would lead in a circle."""
        page = self._listing.read(self._listing.operation.parse(status_code, content), self._at)
        if page.next in self._seen and page.next is not None:
            raise DecodeError(
                self._listing.path, "is a cursor that came before: the list has no end"
            )
        # Scalars may well repeat; objects that do are the same page, whatever place was asked for.
        holds_objects = bool(page.items) and not isinstance(page.items[0], str | int | float)
        digest = sha256(content).digest() if holds_objects else None
        if digest is not None and digest == self._last:
            raise DecodeError("$", "is the page before once more: the list has no end")
        self._last = digest
        return page

    def take(self, page: Page[T]) -> Page[T]:
        """Go on behind a page; what is more than ``max_items`` is cut off."""
        if self._left is not None:
            page = replace(page, items=page.items[: self._left])
            self._left -= len(page.items)
        self.done = page.next in {None, ""} or self._left == 0
        self._at = page.next
        self._seen.add(page.next)
        return page


def _checked(max_items: int | None) -> int | None:
    if max_items is None or (type(max_items) is int and max_items >= 0):
        return max_items
    raise InvalidParameter("max_items", "has to be None or a whole number of at least 0")


class Pages(Generic[T]):
    """A list that is read page by page. Iterate it for the items, or ``pages()`` for the pages.

    Each iteration begins anew.
    """

    def __init__(
        self, client: Client, listing: Listing[Any, Any, T], max_items: int | None
    ) -> None:
        self._client = client
        self._listing = listing
        self._max_items = _checked(max_items)

    def pages(self) -> Iterator[Page[T]]:
        """Iterate over the pages."""
        return _PageIterator(self._client, _Walk(self._listing, self._max_items))

    def __iter__(self) -> Iterator[T]:
        return _ItemIterator(self.pages())


class _PageIterator(Generic[T]):
    def __init__(self, client: Client, walk: _Walk[Any, Any, T]) -> None:
        self._client = client
        self._walk = walk

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Page[T]:
        if self._walk.done:
            raise StopIteration
        answer = self._client.call(self._walk.operation, self._walk.request())
        return self._walk.take(answer.parsed)


class _ItemIterator(Generic[T]):
    def __init__(self, pages: Iterator[Page[T]]) -> None:
        self._pages = pages
        self._ready: deque[T] = deque()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> T:
        while not self._ready:
            self._ready.extend(next(self._pages).items)
        return self._ready.popleft()


class AsyncPages(Generic[T]):
    """A list that is read page by page. Iterate it for the items, or ``pages()`` for the pages.

    Each iteration begins anew.
    """

    def __init__(
        self, client: Client, listing: Listing[Any, Any, T], max_items: int | None
    ) -> None:
        self._client = client
        self._listing = listing
        self._max_items = _checked(max_items)

    def pages(self) -> AsyncIterator[Page[T]]:
        """Iterate over the pages."""
        return _AsyncPageIterator(self._client, _Walk(self._listing, self._max_items))

    def __aiter__(self) -> AsyncIterator[T]:
        return _AsyncItemIterator(self.pages())


class _AsyncPageIterator(Generic[T]):
    def __init__(self, client: Client, walk: _Walk[Any, Any, T]) -> None:
        self._client = client
        self._walk = walk

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Page[T]:
        if self._walk.done:
            raise StopAsyncIteration
        answer = await self._client.call_async(self._walk.operation, self._walk.request())
        return self._walk.take(answer.parsed)


class _AsyncItemIterator(Generic[T]):
    def __init__(self, pages: AsyncIterator[Page[T]]) -> None:
        self._pages = pages
        self._ready: deque[T] = deque()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        while not self._ready:
            self._ready.extend((await anext(self._pages)).items)
        return self._ready.popleft()
