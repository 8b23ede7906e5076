# Derived from liminal/_async/items.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""The stream of an operation that the facade does not know, item by item."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, NoReturn, Self, TypeVar

from liminal._streams.decoder import Item, ItemDecoder
from liminal.errors import LiminalError

from .stream import Chunks, PromptStream

if TYPE_CHECKING:
    from liminal_api.types import Operation, RequestKwargs

    from ._streams.turn import StreamApi

T = TypeVar("T")


class ItemStream(Generic[T]):
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
        self._stream = PromptStream(api, operation, request, decoder=decoder)

    def __repr__(self) -> str:
        state = repr(self._stream).partition(": ")[2].replace("chunks", "items")
        return f"<{type(self).__name__}: {state}"

    def __reduce__(self) -> NoReturn:
        raise LiminalError(
            f"a {type(self).__name__} can't be pickled or copied, since it reads from a connection:"
            " open another"
        )

    def __iter__(self) -> Iterator[T]:
        return _Items(self._stream)

    def close(self) -> None:
        """Stop reading. Another task or thread may call this too."""
        self._stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Items(Chunks):
    def __next__(self) -> Any:
        item: Item[Any] = super().__next__()
        return item.value
