"""Runs a blocking test body on every variant of the client: asyncio, trio and blocking.

An asyncio client lives on an event loop in a thread of its own; ``run`` takes a step there and
gives its result, or raises its error, as the blocking client does by itself.
"""

import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any

from anyio.from_thread import BlockingPortal, start_blocking_portal

from liminal import Client, SyncClient
from liminal.auth import Token
from tests.support.tls import NO_TLS

NAMES = ("asyncio", "trio", "blocking")
TOKEN = "an-environment-token"


class Variant:
    """One way to use the SDK. A step returns what the client's method returned, not awaited."""

    def __init__(
        self, name: str, portal: BlockingPortal | None, stack: contextlib.ExitStack
    ) -> None:
        self.name = name
        self._portal = portal
        self._stack = stack
        self._threads = ThreadPoolExecutor(max_workers=64) if portal is None else None

    def run(self, step: Callable[[], Any]) -> Any:
        """Take a step and wait for it."""
        return step() if self._portal is None else self._portal.call(step)

    def start(self, step: Callable[[], Any]) -> "Future[Any]":
        """Take a step in the background: in a task, or in a thread."""
        if self._portal is not None:
            return self._portal.start_task_soon(step)
        assert self._threads is not None
        return self._threads.submit(step)

    def client(self, url: str, **options: Any) -> Any:
        """A client that signs in by token unless told otherwise; closed when the test is over."""
        kind = SyncClient if self._portal is None else Client
        client = self.run(partial(kind, url, **{"auth": Token(TOKEN), **options}))
        self._stack.callback(self.run, client.close)
        return client

    def user_client(self, library: Any, **options: Any) -> Any:
        """A user's own client of httpx or httpx2, None without one; closed likewise."""
        if library is None:
            return None
        kind = library.Client if self._portal is None else library.AsyncClient
        client = kind(**{"trust_env": False, "verify": NO_TLS, **options})
        self._stack.callback(self.close_user_client, client)
        return client

    def close_user_client(self, client: Any) -> None:
        self.run(client.close if self._portal is None else client.aclose)

    def chunks(self, stream: Any) -> list[Any]:
        """Read a stream to its end, as a ``for`` loop does."""
        return list(self.each(stream))

    def each(self, stream: Any) -> Iterator[Any]:
        while (chunk := self.run(self.step(stream))) is not None:
            yield chunk

    def step(self, stream: Any) -> Callable[[], Any]:
        """What gives the next chunk, None at the end."""
        return partial(next if self._portal is None else anext, stream, None)


@contextlib.contextmanager
def variant(name: str) -> Iterator[Variant]:
    """A variant by its name; its clients are closed at the end."""
    with contextlib.ExitStack() as stack:
        portal = None
        if name != "blocking":
            portal = stack.enter_context(start_blocking_portal(name))
        found = Variant(name, portal, stack)
        if found._threads is not None:
            stack.enter_context(found._threads)
        yield found
