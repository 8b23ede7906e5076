"""Auth flows driven by hand: requests come out, answers go in, and nothing is sent anywhere."""

from collections.abc import Callable, Generator
from typing import Any

import httpx
from anyio.from_thread import BlockingPortal

from liminal import SyncClient
from liminal._calls.call import CALL, Call
from liminal._calls.server_url import parse_server_url
from liminal._session.auth import AsyncSessionAuth, SyncSessionAuth
from liminal._session.state import Session, SessionCookie
from liminal_api.api.prompt import submit_prompt
from liminal_api.types import RequestKwargs

HOST = "api.tenant.example"
SERVER = parse_server_url(f"https://{HOST}")
KWARGS: RequestKwargs = {"method": "POST", "url": "/", "headers": {}}


def make_call(session: Session, **options: Any) -> Call:
    """Make a call that begins now."""
    given = SyncClient(f"https://{HOST}", **options)._options
    number = session.begin_call()
    return Call(submit_prompt.OPERATION, KWARGS, given, number=number, deadline=given.deadline)


def make_request(call: Call) -> httpx.Request:
    return httpx.Request("POST", f"https://{HOST}/", extensions={CALL: call})


def make_answer(status: int = 200, *cookies: str) -> httpx.Response:
    headers = [("set-cookie", cookie) for cookie in cookies]
    return httpx.Response(status, headers=headers, stream=httpx.ByteStream(b"a body"))


class BlockingHand:
    """Drives flows of SyncSessionAuth. ``renew`` is called in place of a login."""

    def __init__(self, session: Session, renew: Callable[[Call], SessionCookie]) -> None:
        self.auth = SyncSessionAuth(session, SERVER, renew, interactive=False)

    def flow(self, call: Call) -> "BlockingFlow":
        return BlockingFlow(self.auth.sync_auth_flow(make_request(call)))


class BlockingFlow:
    """One flow: what it sends, and whether it is over."""

    def __init__(self, flow: Generator[httpx.Request, httpx.Response, None]) -> None:
        self._flow = flow

    def begin(self) -> str | None:
        """The cookie of the first request."""
        return next(self._flow).headers.get("cookie")

    def answer(self, response: httpx.Response) -> str | None:
        """The cookie of the next request, or None: that was the answer."""
        try:
            return self._flow.send(response).headers.get("cookie")
        except StopIteration:
            return None


class AsyncHand:
    """Drives flows of AsyncSessionAuth on an event loop in another thread."""

    def __init__(
        self, portal: BlockingPortal, session: Session, renew: Callable[[Call], SessionCookie]
    ) -> None:
        async def renew_async(call: Call) -> SessionCookie:
            return renew(call)

        self.portal = portal
        self._flows: list[AsyncFlow] = []
        self.auth = AsyncSessionAuth(session, SERVER, renew_async, interactive=False)

    def flow(self, call: Call) -> "AsyncFlow":
        self._flows.append(AsyncFlow(self.portal, self.auth.async_auth_flow(make_request(call))))
        return self._flows[-1]

    def close(self) -> None:
        """End the flows that are still under way, as httpx does."""
        while self._flows:
            self._flows.pop().close()


class AsyncFlow:
    """One flow, as BlockingFlow."""

    def __init__(self, portal: BlockingPortal, flow: Any) -> None:
        self._portal = portal
        self._flow = flow

    def begin(self) -> str | None:
        return self._next(self._flow.__anext__)

    def answer(self, response: httpx.Response) -> str | None:
        return self._next(self._flow.asend, response)

    def close(self) -> None:
        self._portal.call(self._flow.aclose)

    def _next(self, step: Callable[..., Any], *args: Any) -> str | None:
        async def take() -> httpx.Request | None:
            try:
                request: httpx.Request = await step(*args)
            except StopAsyncIteration:
                return None
            return request

        request = self._portal.call(take)
        return None if request is None else request.headers.get("cookie")
