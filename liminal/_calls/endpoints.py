"""A client's groups of endpoints, such as ``client.llm``, as attributes of the client's class."""

from __future__ import annotations

from functools import cached_property
from types import SimpleNamespace
from typing import Any, TypeVar

T = TypeVar("T")


class _Group(cached_property[Any]):
    """A cached property which returns the class of its value when it is read from the class."""

    def __get__(self, client: Any, owner: type | None = None) -> Any:
        if client is not None:
            return super().__get__(client, owner)
        made: object = self.func(SimpleNamespace(_api=None))
        return type(made)


def shows_groups(client: type[T]) -> type[T]:
    """Make the class of each group an attribute of the client's: ``SyncClient.llm`` is ``LLM``.

    ``unittest.mock.create_autospec(SyncClient, instance=True).llm`` then has the methods of
    ``LLM``. With a plain cached property it would have those of the descriptor.
    """
    for name, value in list(vars(client).items()):
        if isinstance(value, cached_property):
            group = _Group(value.func)
            group.__set_name__(client, name)
            setattr(client, name, group)
    return client
