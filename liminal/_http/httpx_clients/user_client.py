"""A caller's own client of httpx or httpx2: what is used of it, and how requests are sent on it."""

from __future__ import annotations

import copy
import weakref
from collections.abc import Generator
from contextlib import contextmanager
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Final

import httpx
from anyio.lowlevel import checkpoint, current_token

from liminal._http.settings.server_url import ServerUrl, is_place
from liminal._http.sockets.limits import check_limit
from liminal._http.weak import live_keys
from liminal.errors import LiminalError

from .bodies import AsyncUserBody, UserBody, with_body
from .library import library_of, request_for, translated_errors

_CLOSED: Final = "the httpx_client is closed: keep it open, or pass another"
_OTHER_LOOP: Final = (
    "the httpx_client has connections of another event loop, which has ended: close it in the loop"
    " that used it, and pass another; or pass none, since the SDK's own connections serve any loop"
)
# How messages of asyncio and trio end in that case. They have no error class for it.
_LOOP_WORDS: Final = (
    "Event loop is closed",
    "different event loop",
    "different loop",
    "no running event loop",
    "must be called from async context",
)
_PROXIED: Final = (
    "api_server_url is http://, and httpx_client would send requests to a proxy unencrypted: create"
    " it without proxy=, and with trust_env=False, or name the server's host in NO_PROXY"
)
_NO_PROXY: Final = "the proxy of the httpx_client must have a valid host and port"


def _library(server: ServerUrl, client: object, name: str, other: str) -> Any:
    """The library of a caller's client; LiminalError unless it is of the class ``name``.

    ``other`` is the class of the other variant.
    """
    library = library_of(client, name)
    if library is not None:
        _check_proxy(server, client, library)
        return library
    wrong = library_of(client, other)
    if wrong is not None:
        raise LiminalError(
            f"httpx_client must be an {wrong.__name__}.{name} here, not an {wrong.__name__}.{other}"
        )
    raise LiminalError(f"httpx_client must be an httpx.{name} or an httpx2.{name}")


def _check_proxy(server: ServerUrl, client: Any, library: Any) -> None:
    """``http://`` is for this machine, but httpx asks the proxy of the environment even there.

    httpx has no public way to ask. A transport of the caller's own is not checked.
    """
    transport = client._transport_for_url(library.URL(server.text))  # noqa: SLF001
    # httpcore's pools that lead through a proxy have its URL.
    url = getattr(getattr(transport, "_pool", None), "_proxy_url", None)
    if url is None:
        return
    if not server.is_https:
        raise LiminalError(_PROXIED)
    if not is_place(url.host.decode("ascii"), url.port):
        raise LiminalError(_NO_PROXY)


class AnyUserClient:
    """A caller's client, and the copy of it that sends. The caller closes it.

    The copy calls the hooks that the caller's client has at that time.
    """

    def __init__(self, server: ServerUrl, client: Any, name: str, other: str) -> None:
        self._client = client
        self._library = _library(server, client, name, other)
        self._copy: Any = self._stripped_copy()
        # The bodies of answers, each with the event loop it belongs to.
        self._answers: weakref.WeakKeyDictionary[Any, object] = weakref.WeakKeyDictionary()

    def _stripped_copy(self) -> Any:
        """A copy that has the client's transports, and none of its other settings.

        A shallow copy shares transports, proxies and TLS. Everything that httpx would merge into a
        request is replaced on the copy alone; its jar accepts no cookie, since httpx stores each
        answer's cookies by itself.
        """
        library, twin = self._library, copy.copy(self._client)
        twin.headers = library.Headers()
        twin.params = library.QueryParams()
        twin.auth = None
        twin.cookies = library.Cookies()
        twin.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        return twin

    @property
    def closed(self) -> bool:
        is_closed: bool = self._client.is_closed
        return is_closed

    def check_open(self) -> None:
        """LiminalError once the caller has closed it."""
        if self.closed:
            raise LiminalError(_CLOSED)

    @contextmanager
    def _ignoring_status(self, response: Any) -> Generator[None, None, None]:
        """Ignore a hook's ``raise_for_status()``: the SDK renews, retries and raises by itself."""
        try:
            yield
        except self._library.HTTPStatusError as error:
            if error.response is not response:
                raise


class AsyncUserClient(AnyUserClient):
    """A caller's client for asyncio or trio."""

    def __init__(self, server: ServerUrl, client: object) -> None:
        super().__init__(server, client, "AsyncClient", "Client")
        self._copy.event_hooks = {"request": [self._on_request], "response": [self._on_response]}

    async def _on_request(self, request: Any) -> None:
        for hook in self._client.event_hooks["request"]:
            await hook(request)

    async def _on_response(self, response: Any) -> None:
        for hook in self._client.event_hooks["response"]:
            with self._ignoring_status(response):
                await hook(response)

    async def send(self, request: httpx.Request) -> httpx.Response:
        """Send the request; the answer comes unread, and as one of httpx."""
        sent = request_for(self._library, request)
        try:
            with translated_errors(self._library):
                response = await self._copy.send(
                    sent, auth=None, follow_redirects=False, stream=True
                )
            body = AsyncUserBody(response, self._library)
        except RuntimeError as error:
            if not str(error).endswith(_LOOP_WORDS):
                raise
        else:
            self._answers[body] = current_token().native_token
            try:
                await checkpoint()  # as when a hook closed the client of Liminal
            except BaseException:
                await body.aclose()
                raise
            return with_body(body, response, request)
        raise LiminalError(_OTHER_LOOP)

    async def end_answers(self, here: object) -> None:
        """End those that are still read on ``here``, the running event loop."""
        for body in live_keys(self._answers):
            if self._answers.get(body) is here:
                await body.aclose()


class UserClient(AnyUserClient):
    """A caller's blocking client."""

    def __init__(self, server: ServerUrl, client: object) -> None:
        super().__init__(server, client, "Client", "AsyncClient")
        self._copy.event_hooks = {"request": [self._on_request], "response": [self._on_response]}

    def _on_request(self, request: Any) -> None:
        for hook in self._client.event_hooks["request"]:
            hook(request)

    def _on_response(self, response: Any) -> None:
        for hook in self._client.event_hooks["response"]:
            with self._ignoring_status(response):
                hook(response)

    def send(self, request: httpx.Request) -> httpx.Response:
        """Send the request; the answer comes unread, and as one of httpx."""
        sent = request_for(self._library, request)
        with translated_errors(self._library):
            response = self._copy.send(sent, auth=None, follow_redirects=False, stream=True)
        body = UserBody(response, self._library)
        self._answers[body] = None
        try:
            check_limit()  # httpx doesn't know it: the client of Liminal may be closed by now
        except BaseException:
            body.close()
            raise
        return with_body(body, response, request)

    def end_answers(self) -> None:
        """End those that are still read."""
        for body in live_keys(self._answers):
            body.close()
