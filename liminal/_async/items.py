"""The stream of an operation that the facade does not know, item by item."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, NoReturn, Self, TypeVar

from liminal._streams.decoder import Item, ItemDecoder
from liminal.errors import LiminalError

from .stream import AsyncPromptStream, Chunks

if TYPE_CHECKING:
    from liminal_api.types import Operation, RequestKwargs

    from ._streams.turn import StreamApi

T = TypeVar("T")


class AsyncItemStream(Generic[T]):
    """A streamed answer that gives its items one by one, as an operation's ``iterate`` gives it.

    The request is sent at the first step. Leaving the loop early, an exception in it, and the end
    of a ``with`` block close the stream. A lost connection raises StreamInterruptedError, an
    ``error`` event of the service StreamServerError, and an invalid item ResponseValidationError;
    each after the good items before it.
    """

    def __init__(
        self,
        api: StreamApi,
        operation: Operation[Any],
        request: RequestKwargs,
        parse: Callable[[bytes], T],
    ) -> None:
        decoder = partial(ItemDecoder, parse)
        self._stream = AsyncPromptStream(api, operation, request, decoder=decoder)

    def __repr__(self) -> str:
        state = repr(self._stream).partition(": ")[2].replace("chunks", "items")
        return f"<{type(self).__name__}: {state}"

    def __reduce__(self) -> NoReturn:
        raise LiminalError(
            f"a {type(self).__name__} can't be pickled or copied, since it reads from a connection:"
            " open another"
        )

    def __aiter__(self) -> AsyncIterator[T]:
        return _Items(self._stream)

    async def close(self) -> None:
        """Stop reading. Another task or thread may call this too."""
        await self._stream.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


class _Items(Chunks):
    async def __anext__(self) -> Any:
        item: Item[Any] = await super().__anext__()
        return item.value
