"""A client's groups of endpoints, ``client.llm`` and its like, as the client's class shows them."""

from __future__ import annotations

from functools import cached_property
from types import SimpleNamespace
from typing import Any, TypeVar

T = TypeVar("T")


class _Group(cached_property[Any]):
    """A cached property that is its value's class when it is read from the client's class."""

    def __get__(self, client: Any, owner: type | None = None) -> Any:
        if client is not None:
            return super().__get__(client, owner)
        made: object = self.func(SimpleNamespace(_api=None))
        return type(made)


def shows_groups(client: type[T]) -> type[T]:
    """Have a client's class give the class of each group: ``SyncClient.llm`` is ``LLM``.

    So ``unittest.mock.create_autospec(SyncClient, instance=True).llm`` has the methods of ``LLM``;
    of a cached property it would have those of the descriptor.
    """
    for name, value in list(vars(client).items()):
        if isinstance(value, cached_property):
            group = _Group(value.func)
            group.__set_name__(client, name)
            setattr(client, name, group)
    return client
