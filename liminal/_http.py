"""Owns what a Liminal client sends on: built at the first request, or lent by a caller.

The two variants stand side by side: an asyncio pool belongs to an event loop, a blocking one to a
process, and only the second needs a lock.
"""

from __future__ import annotations

import copy
import os
import threading
import warnings
import weakref
from collections.abc import AsyncGenerator, Generator
from contextlib import contextmanager
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import httpx

from ._url import ServerUrl, is_place
from .errors import LiminalError

if TYPE_CHECKING:
    from ._options import Clock
    from ._transport import AsyncTransport, Transport

C = TypeVar("C", httpx.Client, httpx.AsyncClient)

CLOSED = "this client was closed: make a new one"
_LENT_CLOSED = (
    "the httpx client that this client was given is closed: keep it open, or lend another"
)


def stripped_copy(lent: C) -> C:
    """A twin of a caller's client that has its transports, and nothing else of it.

    A shallow copy shares transports, proxies and TLS. Everything that httpx would
    merge into a request is replaced on the copy alone; its jar accepts no cookie, since httpx files
    each answer's cookies by itself.
    """
    twin = copy.copy(lent)
    twin.headers = httpx.Headers()
    twin.params = httpx.QueryParams()
    twin.auth = None  # type: ignore[assignment]  # httpx's setter takes None, its annotation does not
    twin.cookies = httpx.Cookies()
    twin.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return twin


_OTHER_LOOP = (
    "the httpx_client has connections of another event loop, which has ended: close it in the loop"
    " that used it, and lend another; or lend none, since a client's own serve any loop"
)
# How asyncio ends the messages about it; it has no error of its own for that.
_LOOP_WORDS = ("Event loop is closed", "different event loop", "different loop")
_PROXIED = (
    "api_server_url is http://, and httpx_client would send all of it to a proxy, in the open: make"
    " it without proxy=, and with trust_env=False, or name the server's host in NO_PROXY"
)
_NO_PROXY = "the proxy of the httpx_client names no host and port that there could be"


def _check_lent(lent: object, kind: type, other: type) -> None:
    if isinstance(lent, other):
        raise LiminalError(
            f"httpx_client must be an httpx.{kind.__name__} here, not an httpx.{other.__name__}"
        )
    if lent is not None and not isinstance(lent, kind):
        raise LiminalError(f"httpx_client must be an httpx.{kind.__name__}")


def _check_proxy(server: ServerUrl, lent: httpx.Client | httpx.AsyncClient) -> None:
    """``http://`` is for this machine, but httpx asks the proxy of the environment even there.

    httpx has no public way to ask; a transport of the caller's own is the caller's to know.
    """
    import httpcore  # noqa: PLC0415 - whoever lends a client has loaded it

    transport = lent._transport_for_url(httpx.URL(server.text))  # noqa: SLF001
    proxies = (
        httpcore.HTTPProxy,
        httpcore.SOCKSProxy,
        httpcore.AsyncHTTPProxy,
        httpcore.AsyncSOCKSProxy,
    )
    pool = getattr(transport, "_pool", None)
    if not isinstance(pool, proxies):
        return
    if not server.is_https:
        raise LiminalError(_PROXIED)
    url = pool._proxy_url  # noqa: SLF001
    if not is_place(url.host.decode("ascii"), url.port):
        raise LiminalError(_NO_PROXY)


@contextmanager
def _status_is_ours(response: httpx.Response) -> Generator[None, None, None]:
    """A hook's ``raise_for_status()`` would end what may go on: a renewal, a retry, our error."""
    try:
        yield
    except httpx.HTTPStatusError as error:
        if error.response is not response:
            raise


class _LentClient(Generic[C]):
    """A caller's client, and the twin of it that sends. To close it is the caller's business.

    The twin calls the hooks that the caller's client has at that time.
    """

    def __init__(self, lent: C) -> None:
        self._lent: C = lent
        self._twin: C = stripped_copy(lent)

    @property
    def closed(self) -> bool:
        return self._lent.is_closed


class _AsyncLent(_LentClient[httpx.AsyncClient]):
    def __init__(self, lent: httpx.AsyncClient) -> None:
        super().__init__(lent)
        self._twin.event_hooks = {"request": [self._on_request], "response": [self._on_response]}

    async def _on_request(self, request: httpx.Request) -> None:
        for hook in self._lent.event_hooks["request"]:
            await hook(request)

    async def _on_response(self, response: httpx.Response) -> None:
        for hook in self._lent.event_hooks["response"]:
            with _status_is_ours(response):
                await hook(response)

    async def send(self, request: httpx.Request, auth: httpx.Auth | None) -> httpx.Response:
        try:
            return await self._twin.send(request, auth=auth, follow_redirects=False, stream=True)
        except RuntimeError as error:
            if not str(error).endswith(_LOOP_WORDS):
                raise
        raise LiminalError(_OTHER_LOOP)


class _Lent(_LentClient[httpx.Client]):
    def __init__(self, lent: httpx.Client) -> None:
        super().__init__(lent)
        self._twin.event_hooks = {"request": [self._on_request], "response": [self._on_response]}

    def _on_request(self, request: httpx.Request) -> None:
        for hook in self._lent.event_hooks["request"]:
            hook(request)

    def _on_response(self, response: httpx.Response) -> None:
        for hook in self._lent.event_hooks["response"]:
            with _status_is_ours(response):
                hook(response)

    def send(self, request: httpx.Request, auth: httpx.Auth | None) -> httpx.Response:
        return self._twin.send(request, auth=auth, follow_redirects=False, stream=True)


L = TypeVar("L", bound=_LentClient[Any])


class _AnyHttp(Generic[L]):
    """What both variants know: what is lent, and whether all is over."""

    def __init__(self, server: ServerUrl, lent: L | None) -> None:
        self._server = server
        self._lent = lent
        self._closed = False
        # The clocks of the calls that have begun, each with the event loop that it belongs to.
        self._under_way: dict[Clock, object] = {}

    def leave(self, clock: Clock) -> None:
        """A call's step has ended."""
        self._under_way.pop(clock, None)

    def check_open(self) -> None:
        """LiminalError after ``close()``."""
        if self._closed:
            raise LiminalError(CLOSED)

    @property
    def closed(self) -> bool:
        """Ours was closed, or the lent one by its owner."""
        return self._closed or (self._lent is not None and self._lent.closed)

    @property
    def is_lent(self) -> bool:
        """What we send on is a caller's."""
        return self._lent is not None

    def _open_lent(self) -> L | None:
        """The lent client, None without one; LiminalError when it, or this, was closed."""
        self.check_open()
        if self._lent is not None and self._lent.closed:
            raise LiminalError(_LENT_CLOSED)
        return self._lent


def _running_loop() -> object:
    from anyio.lowlevel import current_token  # noqa: PLC0415 - only tasks need it

    return current_token()


_inherited: list[object] = []


class AsyncHttp(_AnyHttp[_AsyncLent]):
    """A transport for each event loop that the Liminal client is used on.

    One of our own is held by an async generator: the loop (or trio) closes those that are left
    when it ends, so that ``asyncio.run()`` leaves no socket behind, and the next begins afresh.
    """

    def __init__(self, server: ServerUrl, lent: httpx.AsyncClient | None) -> None:
        _check_lent(lent, httpx.AsyncClient, httpx.Client)
        if lent is not None:
            _check_proxy(server, lent)
        super().__init__(server, None if lent is None else _AsyncLent(lent))
        self._own: dict[object, tuple[AsyncTransport, AsyncGenerator[None, None]]] = {}
        self._pid = os.getpid()

    async def transport(self) -> AsyncTransport | _AsyncLent:
        """What to send on in the running loop; LiminalError after ``close()``."""
        lent = self._open_lent()
        if lent is not None:
            return lent
        if self._pid != os.getpid():
            # The parent's connections and loops are the parent's: kept, so that none is ended here.
            _inherited.append(self._own)
            self._own, self._pid = {}, os.getpid()
        loop = _running_loop()
        found = self._own.get(loop)
        return found[0] if found else await self._build(loop)

    async def _build(self, loop: object) -> AsyncTransport:
        from ._transport import AsyncTransport  # noqa: PLC0415 - loads with the first request

        transport = AsyncTransport(self._server)
        lifetime = self._lifetime(transport, loop)
        self._own[loop] = (transport, lifetime)
        await anext(lifetime)
        return transport

    async def _lifetime(
        self, transport: AsyncTransport, loop: object
    ) -> AsyncGenerator[None, None]:
        own = self._own
        try:
            yield
        finally:
            own.pop(loop, None)
            await transport.close()

    def enter(self, clock: Clock) -> None:
        """A call takes a step: ``close()`` is to cut its clock."""
        self._under_way[clock] = _running_loop()

    async def pause(self, seconds: float) -> None:
        """Wait; its clock ends it when this is closed meanwhile."""
        from anyio import sleep  # noqa: PLC0415 - likewise

        await sleep(seconds)

    async def close(self) -> None:
        """Send no more on any loop, and end our calls and connections on this one.

        Those of another loop are that loop's to close: they stay until it ends, or until it closes
        this as well. A lent client stays open.
        """
        self._closed = True
        here = _running_loop()
        for clock, loop in self._under_way.copy().items():
            if loop == here:
                clock.cut()
        found = self._own.get(here)
        if found:
            await found[1].aclose()


class Http(_AnyHttp[_Lent]):
    """One transport for the process."""

    def __init__(self, server: ServerUrl, lent: httpx.Client | None) -> None:
        _check_lent(lent, httpx.Client, httpx.AsyncClient)
        if lent is not None:
            _check_proxy(server, lent)
        super().__init__(server, None if lent is None else _Lent(lent))
        self._own: Transport | None = None
        self._finalizer: weakref.finalize[[], Http] | None = None
        self._unlock()
        _living.add(self)

    def _unlock(self) -> None:
        """Begin with a free lock; in the child of a fork also with connections of its own."""
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._under_way.clear()

    def enter(self, clock: Clock) -> None:
        """A call takes a step: ``close()`` is to cut its clock."""
        self._under_way[clock] = None

    def pause(self, seconds: float) -> None:
        """Wait, but no longer than until ``close()``."""
        self._ended.wait(seconds)

    def transport(self) -> Transport | _Lent:
        """What to send on in this process; LiminalError after ``close()``."""
        lent = self._open_lent()
        if lent is not None:
            return lent
        if self._own is None:
            with self._lock:
                if self._own is None:
                    self._own = self._build()
        return self._own

    def _build(self) -> Transport:
        from ._transport import Transport  # noqa: PLC0415 - loads with the first request

        transport = Transport(self._server)
        # Also at the interpreter's exit, so that a script that closes nothing leaves no warning.
        self._finalizer = weakref.finalize(self, transport.close)
        return transport

    def close(self) -> None:
        """End our calls, and close what is ours. A lent client stays open."""
        self._closed = True
        self._ended.set()
        for clock in self._under_way.copy():
            clock.cut()
        if self._finalizer is not None:
            self._finalizer()

    def forget(self) -> None:
        """In the child of a fork: the parent's connections are the parent's.

        Dropped, not closed: closing takes locks that a thread of the parent may hold forever. The
        child's descriptors close as the objects go, which needs no warning.
        """
        if self._finalizer is not None:
            self._finalizer.detach()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            self._own = self._finalizer = None
        self._unlock()


_living: weakref.WeakSet[Http] = weakref.WeakSet()


def _after_fork() -> None:
    for http in tuple(_living):
        http.forget()


if hasattr(os, "register_at_fork"):  # pragma: no branch - Windows has no fork
    os.register_at_fork(after_in_child=_after_fork)
