"""Each method of the facade, called once, in both variants."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from liminal import Client, SyncClient


@dataclass(frozen=True)
class Call:
    """A method by its dotted name, and what it is called with; a model instance is "gpt-test"."""

    name: str
    arguments: tuple[Any, ...] = ()
    streams: bool = False
    lists: bool = False

    def blocking(self, client: SyncClient) -> Any:
        result = self._method(client)(*self.arguments)
        if self.lists:
            return list(result)
        return result.text() if self.streams else result

    async def asyncio(self, client: Client) -> Any:
        result = self._method(client)(*self.arguments)
        if self.lists:
            return [item async for item in result]
        return await (result.text() if self.streams else result)

    def _method(self, client: Client | SyncClient) -> Callable[..., Awaitable[Any] | Any]:
        found: Any = client
        for step in self.name.split("."):
            found = getattr(found, step)
        return found  # type: ignore[no-any-return]


CALLS = [
    Call("llm.get_available_model_instances"),
    Call("llm.get_model_instance", ("gpt-test",)),
    Call("thread.get_available"),
    Call("thread.list", lists=True),
    Call("thread.get_by_id", (1,)),
    Call("thread.create", (1, "Letter to the bank")),
    Call("prompt.analyze", (1, "Write to ada@example.org")),
    Call("prompt.cleanse", (1, "Write to ada@example.org")),
    Call("prompt.hydrate", (1, "Dear PERSON_0")),
    Call("prompt.submit", (1, "Write to ada@example.org")),
    Call("prompt.stream", (1, "Write to ada@example.org"), streams=True),
]
