"""A Liminal service in memory, for tests that decide what is answered when, and in which order."""

import json
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import anyio
import httpx

from tests.faults.wire import GOOD_STREAM, good_data

from .tasks import PATIENCE

URL = "https://api.tenant.example"
TOKEN_LOGIN = "/api/v1/auth/test-automation/login"
PROVIDER_LOGIN = "/api/v1/auth/login/oauth/access-token"
ME = "/api/v1/users/me"
LOGINS = (TOKEN_LOGIN, PROVIDER_LOGIN, ME)
THREADS = "/api/v1/threads"
MODELS = "/api/v1/model-instances"
SUBMIT = "/api/v1/prompts/submit"

_SUBMITTED = json.dumps({"data": good_data("POST", SUBMIT)}).encode()

_AT_ONCE = threading.Event()
_AT_ONCE.set()

# What is answered, or raised in its place, or a function that gives the answer.
Decision = httpx.Response | BaseException | Callable[[], httpx.Response]


def answer(
    status: int = 200, *cookies: str, content: bytes = b'{"data": []}', **headers: str
) -> httpx.Response:
    """Make an answer with these ``Set-Cookie`` lines; ``_`` in a header's name stands for ``-``."""
    pairs = [("set-cookie", cookie) for cookie in cookies]
    pairs += [(name.replace("_", "-"), value) for name, value in headers.items()]
    # As a stream, since httpx would unpack bytes at once.
    return httpx.Response(status, headers=pairs, stream=httpx.ByteStream(content))


class Service(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport for either variant that gives sessions ``s1``, ``s2``, … at logins.

    It answers whoever brings a session that is good. ``next_logins`` and ``next_answers`` hold what
    is answered first, in place of that. With ``roll`` every answer brings a new session;
    ``attributes`` stand behind each cookie.
    """

    url = URL

    def __init__(self, attributes: str = "") -> None:
        self.received: list[tuple[str, httpx.Headers]] = []
        self.next_logins: deque[Decision] = deque()
        self.next_answers: deque[Decision] = deque()
        self.good: set[str] = set()
        self.refused = 0  # requests with a session that is not good
        self.roll = False
        self.attributes = attributes
        self._numbers = count(1)
        self._held: dict[str, threading.Event] = {}
        self._released: list[threading.Event] = []

    # What a test does

    def expire(self) -> None:
        """End all sessions."""
        self.good.clear()

    def cookie(self) -> str:
        """Make a session, and the line that brings it."""
        value = f"s{next(self._numbers)}"
        self.good.add(value)
        return f"session={value}{self.attributes}"

    @contextmanager
    def holding(self, path: str) -> Iterator[None]:
        """Keep what is asked there waiting, its answer decided already, until the block ends."""
        self._held[path] = released = threading.Event()
        try:
            yield
        finally:
            del self._held[path]
            released.set()

    # What a test sees

    @property
    def waiting(self) -> int:
        """How many requests have come to be held, and are not released yet."""
        return sum(not released.is_set() for released in self._released)

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.received]

    @property
    def headers(self) -> list[httpx.Headers]:
        return [headers for _, headers in self.received]

    @property
    def requests(self) -> list[tuple[str, str]]:
        """The path and the ``Cookie`` header of each request, in order."""
        return [(path, headers.get("cookie", "")) for path, headers in self.received]

    @property
    def logins(self) -> int:
        return self.count(*LOGINS)

    def cookies(self, *paths: str) -> list[str]:
        """The ``Cookie`` headers that were sent there, in order."""
        return [cookie for path, cookie in self.requests if path in paths]

    def count(self, *paths: str) -> int:
        """How often it was asked there."""
        return len(self.cookies(*paths))

    # What it does

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        decision, released = self._receive(request)
        released.wait(PATIENCE)
        return _given(decision)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        decision, released = self._receive(request)
        while not released.is_set():  # noqa: ASYNC110 - another thread may set it
            await anyio.sleep(0.001)
        return _given(decision)

    def _receive(self, request: httpx.Request) -> tuple[Decision, threading.Event]:
        path = request.url.path
        self.received.append((path, request.headers.copy()))
        decision = self._decide(request, path)
        released = self._held.get(path, _AT_ONCE)
        self._released.append(released)
        return decision, released

    def _decide(self, request: httpx.Request, path: str) -> Decision:
        session = request.headers.get("cookie", "").partition("=")[2]
        queue = self.next_logins if path in LOGINS else self.next_answers
        if queue and (session in self.good or path in LOGINS):
            return queue.popleft()
        if session not in self.good and path not in {TOKEN_LOGIN, PROVIDER_LOGIN}:
            self.refused += 1
            return answer(401)
        cookies = [self.cookie()] if self.roll or path in LOGINS else []
        if path != SUBMIT:
            return answer(200, *cookies)
        if b'"isStreaming":true' in request.content:
            return answer(200, *cookies, content=GOOD_STREAM, content_type="application/x-ndjson")
        return answer(200, *cookies, content=_SUBMITTED)


def _given(decision: Decision) -> httpx.Response:
    if isinstance(decision, BaseException):
        raise decision
    return decision if isinstance(decision, httpx.Response) else decision()


def in_renewal(client: Any) -> int:
    """How many calls take part in the renewal under way: one leads, the others wait."""
    renewal = client.api.runner.session.renewal
    leader = renewal and renewal()
    return 1 + len(leader.queue._entries) if leader else 0
