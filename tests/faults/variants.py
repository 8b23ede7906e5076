"""Runs one blocking test body on every variant of the client: asyncio, trio, and none.

An asyncio client lives on an event loop in a thread of its own; ``run`` takes a step there and
gives its result, or raises its error, as the blocking client does by itself.
"""

import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from anyio.from_thread import BlockingPortal, start_blocking_portal

from liminal import Client, SyncClient
from liminal.auth import Token

NAMES = ("asyncio", "trio", "blocking")
TOKEN = "an-environment-token"


class Variant:
    """One way to use the SDK. A step returns what the client's method returned, not awaited."""

    def __init__(self, name: str, portal: BlockingPortal | None) -> None:
        self.name = name
        self._portal = portal
        self._threads = ThreadPoolExecutor(max_workers=64) if portal is None else None
        self._clients: list[Any] = []

    def run(self, step: Callable[[], Any]) -> Any:
        """Take a step and wait for it."""
        return step() if self._portal is None else self._portal.call(step)

    def start(self, step: Callable[[], Any]) -> "Future[Any]":
        """Take a step beside others: in a task, or in a thread."""
        if self._portal is not None:
            return self._portal.start_task_soon(step)
        assert self._threads is not None
        return self._threads.submit(step)

    def client(self, url: str, **options: Any) -> Any:
        """A client that signs in by token unless told otherwise; closed when the test is over."""
        kind = SyncClient if self._portal is None else Client
        client = self.run(_now(kind, url, **{"auth": Token(TOKEN), **options}))
        self._clients.append(client)
        return client

    def chunks(self, stream: Any) -> list[Any]:
        """Read a stream to its end, as a ``for`` loop does."""
        return list(self.each(stream))

    def each(self, stream: Any) -> Iterator[Any]:
        while (chunk := self.run(stream._next_chunk)) is not None:
            yield chunk

    def close(self) -> None:
        for client in self._clients:
            self.run(client.close)
        if self._threads is not None:
            self._threads.shutdown()


def _now(kind: Any, *args: Any, **options: Any) -> Callable[[], Any]:
    return lambda: kind(*args, **options)


@contextlib.contextmanager
def variant(name: str) -> Iterator[Variant]:
    """A variant by its name; its clients are closed at the end."""
    with contextlib.ExitStack() as stack:
        portal = None
        if name != "blocking":
            portal = stack.enter_context(start_blocking_portal(name))
        found = Variant(name, portal)
        stack.callback(found.close)
        yield found
