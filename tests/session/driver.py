"""Calls driven step by step: their requests come out, answers go in, and nothing is sent."""

import queue
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import httpx
from anyio.from_thread import BlockingPortal

from liminal import Client, SyncClient
from liminal._calls.call import CALL, Call
from liminal._http.settings.server_url import parse_server_url
from liminal._session.shared import SharedSession
from liminal._session.state import Session, SessionCookie
from liminal_api.api.prompt import submit_prompt
from liminal_api.types import RequestKwargs
from tests.support.tasks import PATIENCE

HOST = "api.tenant.example"
SERVER = parse_server_url(f"https://{HOST}")
KWARGS: RequestKwargs = {"method": "POST", "url": "/", "headers": {}}
Renew = Callable[[Call], SessionCookie]


def make_call(session: Session, **options: Any) -> Call:
    """Make a call that begins now."""
    given = SyncClient(f"https://{HOST}", **options)._options
    number = session.begin_call()
    return Call(submit_prompt.OPERATION, KWARGS, given, number=number, deadline=given.deadline)


def make_answer(status: int = 200, *cookies: str) -> httpx.Response:
    headers = [("set-cookie", cookie) for cookie in cookies]
    return httpx.Response(status, headers=headers, stream=httpx.ByteStream(b"a body"))


class Flow:
    """One call: what it sends, and whether it is over."""

    def __init__(self, start: Callable[["Flow"], object]) -> None:
        self._start = start
        self._steps: queue.SimpleQueue[str | BaseException | None] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[httpx.Response] = queue.SimpleQueue()

    def begin(self) -> str | None:
        """The cookie of the first request."""
        self._start(self)
        return self._next()

    def answer(self, response: httpx.Response) -> str | None:
        """The cookie of the next request, or None: that was the answer."""
        self._answers.put(response)
        return self._next()

    def _next(self) -> str | None:
        step = self._steps.get(timeout=PATIENCE)
        if isinstance(step, BaseException):
            raise step
        return step

    # What the call's own thread or task does.

    def exchange(self, request: httpx.Request) -> httpx.Response:
        self._steps.put(request.headers.get("cookie"))
        return self._answers.get(timeout=PATIENCE)

    def end(self, error: BaseException | None = None) -> None:
        self._steps.put(error)


class _Driver:
    """Both variants: which flow a request belongs to."""

    def __init__(self, session: Session) -> None:
        self.session = SharedSession(session, SERVER, interactive=False)
        self._flows: dict[Call, Flow] = {}

    def flow(self, call: Call) -> Flow:
        self._flows[call] = Flow(lambda flow: self._start(call, flow))
        return self._flows[call]

    def exchange(self, request: httpx.Request) -> httpx.Response:
        return self._flows[request.extensions[CALL]].exchange(request)

    def close(self) -> None:
        """Answer the flows that are still under way."""
        for flow in self._flows.values():
            flow._answers.put(make_answer())

    def _start(self, call: Call, flow: Flow) -> None:
        raise NotImplementedError


class BlockingDriver(_Driver):
    """Drives calls of a SyncClient, each in a thread. ``renew`` is called in place of a login."""

    def __init__(self, session: Session, renew: Renew) -> None:
        super().__init__(session)
        runner: Any = SyncClient(SERVER.text).api.runner
        runner.session = self.session
        runner._log_in = renew
        runner.http.transport = lambda _clock: self
        self.runner = runner

    def send(self, request: httpx.Request) -> httpx.Response:
        return self.exchange(request)

    def _start(self, call: Call, flow: Flow) -> None:
        threading.Thread(target=self._run, args=(call, flow), daemon=True).start()

    def _run(self, call: Call, flow: Flow) -> None:
        try:
            self.runner._send(call, lambda _, response: response)
        except BaseException as error:  # noqa: BLE001 - raised where the flow is driven
            flow.end(error)
        else:
            flow.end()


class AsyncDriver(_Driver):
    """Drives calls of a Client on an event loop in another thread, each in a task."""

    def __init__(self, portal: BlockingPortal, session: Session, renew: Renew) -> None:
        super().__init__(session)
        self.portal = portal
        runner: Any = Client(SERVER.text).api.runner
        runner.session = self.session
        runner._log_in = _awaitable(renew)
        runner.http.transport = _awaitable(lambda _clock: self)
        self.runner = runner

    async def send(self, request: httpx.Request) -> httpx.Response:
        return await anyio.to_thread.run_sync(self.exchange, request)

    def _start(self, call: Call, flow: Flow) -> None:
        self.portal.start_task_soon(self._run, call, flow)

    async def _run(self, call: Call, flow: Flow) -> None:
        try:
            await self.runner._send(call, _awaitable(lambda _, response: response))
        except BaseException as error:  # noqa: BLE001 - raised where the flow is driven
            flow.end(error)
        else:
            flow.end()


def _awaitable(function: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
    async def call(*args: Any) -> Any:
        return function(*args)

    return call
