"""What a client sends on: its own pool, made at the first request, or a caller's client.

The two variants stand side by side: an asyncio pool belongs to an event loop, a blocking one to a
process.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from liminal.errors import LiminalError

from .httpx_clients.seam import AsyncSeam, Seam, is_replaced
from .weak import live_keys

if TYPE_CHECKING:
    from .httpx_clients.user_client import AnyUserClient, AsyncUserClient, UserClient
    from .pool import AsyncPool, Pool
    from .settings.network_options import NetworkOptions
    from .settings.server_url import ServerUrl
    from .sockets.deadline import Deadline

CLOSED = "this client was closed: make a new one"
_NO_LOOP = (
    "no event loop is running: await the methods of a Client under asyncio or trio, or use"
    " SyncClient"
)

U = TypeVar("U", bound="AnyUserClient")


class _AnyHttp(Generic[U]):
    """The parts that both variants share."""

    def __init__(self, server: ServerUrl, user_client: U | None, network: NetworkOptions) -> None:
        network.check(server, has_user_client=user_client is not None)
        self._server = server
        self._network = network
        self._user_client = user_client
        # Whether requests are sent on a caller's client.
        self.has_user_client: bool = user_client is not None
        self._closed = False
        # The deadlines of running calls. Weak: KeyboardInterrupt may keep a call from removing its
        # own.
        self._deadlines: weakref.WeakKeyDictionary[Deadline, None] = weakref.WeakKeyDictionary()
        _living.add(self)

    def leave(self, deadline: Deadline) -> None:
        """A call's step has ended."""
        self._deadlines.pop(deadline, None)

    def check_open(self) -> None:
        """LiminalError after ``close()``."""
        if self._closed:
            raise LiminalError(CLOSED)

    @property
    def closed(self) -> bool:
        """Whether this was closed, or the caller closed the caller's own client."""
        return self._closed or (self._user_client is not None and self._user_client.closed)


def _running_loop() -> object:
    """asyncio's loop, or trio's token."""
    from anyio.lowlevel import current_token  # noqa: PLC0415 - only tasks need it

    try:
        return current_token().native_token
    except RuntimeError:
        pass
    raise LiminalError(_NO_LOOP)


def _is_closed(loop: object) -> bool:
    """Only asyncio's loops can be closed while they have work to do."""
    is_closed = getattr(loop, "is_closed", None)
    return is_closed is not None and is_closed()


class AsyncHttp(_AnyHttp["AsyncUserClient"]):
    """A pool for each event loop that the Liminal client is used on.

    One of our own is held by an async generator: the loop (or trio) closes those that are left
    when it ends, so that ``asyncio.run()`` leaves no socket behind, and the next begins afresh.
    """

    def __init__(self, server: ServerUrl, client: object, network: NetworkOptions) -> None:
        user_client = None
        if client is not None:
            from .httpx_clients.user_client import AsyncUserClient  # noqa: PLC0415 - few need it

            user_client = AsyncUserClient(server, client)
        super().__init__(server, user_client, network)
        self._own: dict[object, tuple[AsyncPool, AsyncGenerator[None, None]]] = {}

    async def transport(self, deadline: Deadline) -> AsyncPool | AsyncSeam | AsyncUserClient:
        """What to send on in the loop of ``deadline``'s call; LiminalError after ``close()``."""
        self.check_open()
        if self._user_client is not None:
            self._user_client.check_open()
            return self._user_client
        loop = deadline.loop
        if len(self._own) > (loop in self._own):
            self._forget_closed()
        found = self._own.get(loop)
        pool = found[0] if found else await self._build(loop)
        return AsyncSeam(pool) if is_replaced() else pool

    def _forget_closed(self) -> None:
        """Close the pools of loops that were closed before their calls ended."""
        for loop in tuple(self._own):
            if _is_closed(loop) and (found := self._own.pop(loop, None)):
                found[0].close()

    async def _build(self, loop: object) -> AsyncPool:
        from .pool import AsyncPool  # noqa: PLC0415 - loads with the first request
        from .route import route_to  # noqa: PLC0415 - as above

        pool = AsyncPool(route_to(self._server, self._network))
        lifetime = self._lifetime(pool, loop)
        self._own[loop] = (pool, lifetime)
        await anext(lifetime)
        return pool

    async def _lifetime(self, pool: AsyncPool, loop: object) -> AsyncGenerator[None, None]:
        own = self._own
        try:
            yield
        finally:
            own.pop(loop, None)
            pool.close()

    def enter(self, deadline: Deadline) -> None:
        """A call takes a step, which ``close()`` ends."""
        deadline.loop = _running_loop()
        self._deadlines[deadline] = None
        if self._closed:
            deadline.cancel()

    async def pause(self, seconds: float) -> None:
        """Wait; ``close()`` ends it by the call's deadline."""
        from anyio import sleep  # noqa: PLC0415 - as above

        await sleep(seconds)

    async def close(self) -> None:
        """Refuse new requests, and end calls and connections of the running loop.

        Only their own loop can close those of another one: they stay until it ends, or until it
        calls this too. A caller's client stays open.
        """
        self._closed = True
        self._forget_closed()
        try:
            here = _running_loop()
        except LiminalError:  # garbage collection of a task whose loop has ended
            return
        for deadline in live_keys(self._deadlines):
            if deadline.loop is here:
                deadline.cancel()
        found = self._own.get(here)
        if found:
            await found[1].aclose()
        if self._user_client is not None:
            await self._user_client.end_answers(here)

    def forget(self) -> None:
        """In the child of a fork: keep references to the parent's connections, so none closes."""
        _inherited.append(self._own)
        self._own = {}


class Http(_AnyHttp["UserClient"]):
    """One pool for the process."""

    def __init__(self, server: ServerUrl, client: object, network: NetworkOptions) -> None:
        user_client = None
        if client is not None:
            from .httpx_clients.user_client import UserClient  # noqa: PLC0415 - few need it

            user_client = UserClient(server, client)
        super().__init__(server, user_client, network)
        self._begin()

    def _begin(self) -> None:
        """Begin without pools, as in the child of a fork."""
        # The first is in use. There are more if several threads have made the first call.
        self._own: list[Pool] = []
        # Also at the interpreter's exit, so that a script that closes nothing leaves no warning.
        self._finalizer = weakref.finalize(self, _close_all, self._own)

    def enter(self, deadline: Deadline) -> None:
        """A call takes a step, which ``close()`` ends."""
        self._deadlines[deadline] = None
        if self._closed:
            deadline.cancel()

    def leave(self, deadline: Deadline) -> None:
        """A call's step has ended, and with it the limit that it was under."""
        self._deadlines.pop(deadline, None)
        if deadline.limit is not None:  # KeyboardInterrupt came before the limit ended
            from .sockets.limits import end_limit  # noqa: PLC0415 - as above

            end_limit(deadline)

    def pause(self, seconds: float) -> None:
        """Wait; ``close()`` ends it by the call's deadline."""
        from .sockets.limits import Waiter, wait_for  # noqa: PLC0415 - as above

        wait_for(Waiter(), seconds)

    def transport(self, _deadline: Deadline) -> Pool | Seam | UserClient:
        """What to send on in this process; LiminalError after ``close()``."""
        self.check_open()
        if self._user_client is not None:
            self._user_client.check_open()
            return self._user_client
        if not self._own:
            from .pool import Pool  # noqa: PLC0415 - loads with the first request
            from .route import route_to  # noqa: PLC0415 - as above

            own = Pool(route_to(self._server, self._network))
            self._own.append(own)
            if self._closed:  # by another thread, which may not have seen this one
                own.close()
                self.check_open()
        pool = self._own[0]
        return Seam(pool) if is_replaced() else pool

    def close(self) -> None:
        """End all calls, and close our own connections. A caller's client stays open."""
        self._closed = True
        self._finalizer()  # first, or waiting calls could take freed connections
        for deadline in live_keys(self._deadlines):
            deadline.cancel()
        if self._user_client is not None:
            self._user_client.end_answers()

    def forget(self) -> None:
        """In the child of a fork: close its copies of the parent's sockets, and begin afresh."""
        self._finalizer()
        self._deadlines.clear()
        self._begin()


def _close_all(pools: list[Pool]) -> None:
    for pool in pools:
        pool.close()


_living: weakref.WeakSet[Any] = weakref.WeakSet()
_inherited: list[object] = []


def _after_fork() -> None:
    for http in tuple(_living):
        http.forget()


if hasattr(os, "register_at_fork"):  # pragma: no branch - Windows has no fork
    os.register_at_fork(after_in_child=_after_fork)
