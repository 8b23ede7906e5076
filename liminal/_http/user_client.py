"""A caller's own httpx client: what of it we take, and how requests are sent on it."""

from __future__ import annotations

import copy
from collections.abc import Generator
from contextlib import contextmanager
from http.cookiejar import DefaultCookiePolicy
from typing import Generic, TypeVar

import httpx

from liminal._calls.server_url import ServerUrl, is_place
from liminal.errors import LiminalError

C = TypeVar("C", httpx.Client, httpx.AsyncClient)

_CLOSED = "the httpx client that this client was given is closed: keep it open, or lend another"
_OTHER_LOOP = (
    "the httpx_client has connections of another event loop, which has ended: close it in the loop"
    " that used it, and lend another; or lend none, since a client's own serve any loop"
)
# How asyncio and trio end the messages about it; they have no error of their own for that.
_LOOP_WORDS = (
    "Event loop is closed",
    "different event loop",
    "different loop",
    "no running event loop",
    "must be called from async context",
)
_PROXIED = (
    "api_server_url is http://, and httpx_client would send all of it to a proxy, in the open: make"
    " it without proxy=, and with trust_env=False, or name the server's host in NO_PROXY"
)
_NO_PROXY = "the proxy of the httpx_client names no host and port that there could be"


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


def check_lent(server: ServerUrl, lent: object, kind: type, other: type) -> None:
    """Only a client of the same variant will do, with no proxy in the open; or none."""
    if isinstance(lent, other):
        raise LiminalError(
            f"httpx_client must be an httpx.{kind.__name__} here, not an httpx.{other.__name__}"
        )
    if lent is not None and not isinstance(lent, kind):
        raise LiminalError(f"httpx_client must be an httpx.{kind.__name__}")
    if isinstance(lent, httpx.Client | httpx.AsyncClient):
        _check_proxy(server, lent)


def _check_proxy(server: ServerUrl, lent: httpx.Client | httpx.AsyncClient) -> None:
    """``http://`` is for this machine, but httpx asks the proxy of the environment even there.

    httpx has no public way to ask; a transport of the caller's own is the caller's to know.
    """
    transport = lent._transport_for_url(httpx.URL(server.text))  # noqa: SLF001
    # Those of httpcore's pools that lead through a proxy have its URL.
    url = getattr(getattr(transport, "_pool", None), "_proxy_url", None)
    if url is None:
        return
    if not server.is_https:
        raise LiminalError(_PROXIED)
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


class LentClient(Generic[C]):
    """A caller's client, and the twin of it that sends. To close it is the caller's business.

    The twin calls the hooks that the caller's client has at that time.
    """

    def __init__(self, lent: C) -> None:
        self._lent: C = lent
        self._twin: C = stripped_copy(lent)

    @property
    def closed(self) -> bool:
        return self._lent.is_closed

    def check_open(self) -> None:
        if self.closed:
            raise LiminalError(_CLOSED)


class AsyncLent(LentClient[httpx.AsyncClient]):
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

    async def send(self, request: httpx.Request) -> httpx.Response:
        try:
            return await self._twin.send(request, auth=None, follow_redirects=False, stream=True)
        except RuntimeError as error:
            if not str(error).endswith(_LOOP_WORDS):
                raise
        raise LiminalError(_OTHER_LOOP)


class Lent(LentClient[httpx.Client]):
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

    def send(self, request: httpx.Request) -> httpx.Response:
        return self._twin.send(request, auth=None, follow_redirects=False, stream=True)
