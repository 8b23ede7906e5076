# Derived from tests/_async/session_service.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""A Liminal service in memory, for tests that decide what is answered when, and in which order."""

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import httpx

from liminal import SyncClient
from liminal._session.renewal import Renewal
from liminal.auth import AuthProvider, Token

from .waiting import until

URL = "https://api.tenant.example"
TOKEN_LOGIN = "/api/v1/auth/test-automation/login"
PROVIDER_LOGIN = "/api/v1/auth/login/oauth/access-token"
ME = "/api/v1/users/me"
LOGINS = (TOKEN_LOGIN, PROVIDER_LOGIN, ME)
THREADS = "/api/v1/threads"
SUBMIT = "/api/v1/prompts/submit"


def answer(
    status: int = 200, *cookies: str, content: bytes = b'{"data": []}', **headers: str
) -> httpx.Response:
    """Make an answer with these ``Set-Cookie`` lines; ``_`` in a header's name stands for ``-``."""
    pairs = [("set-cookie", cookie) for cookie in cookies]
    pairs += [(name.replace("_", "-"), value) for name, value in headers.items()]
    # As a stream, since httpx would unpack bytes at once.
    return httpx.Response(status, headers=pairs, stream=httpx.ByteStream(content))


class Service:
    """Gives a session ``s1``, ``s2``, … at each login, and answers whoever brings a good one.

    ``next_logins`` and ``next_answers`` hold what is answered first, in place of that. ``roll`` has
    every answer bring a new session; ``attributes`` stand behind each cookie.
    """

    url = URL

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.headers: list[httpx.Headers] = []
        self.next_logins: deque[httpx.Response | Exception] = deque()
        self.next_answers: deque[httpx.Response | Exception] = deque()
        self.good: set[str] = set()
        self.roll = False
        self.attributes = ""
        self.logins = 0
        self.refused = 0
        self._numbers = count(1)
        self._held: dict[str, int] = {}
        self.waiting = 0

    # What a test does

    def client(self, auth: Any = None, **options: Any) -> SyncClient:
        """Make a client that reaches this service, and nothing else."""
        return SyncClient(
            self.url, auth=auth or Token("a-token"), httpx_client=self.user_client(), **options
        )

    def signed_in(self) -> SyncClient:
        """Make one that has signed in, and tries each call once."""
        client = self.client(max_retries=0)
        client.thread.get_available()
        return client

    def user_client(self) -> httpx.Client:
        """Make the httpx client that reaches it."""
        return httpx.Client(transport=httpx.MockTransport(self.handle))

    def expire(self) -> None:
        """End all sessions."""
        self.good.clear()

    @contextmanager
    def holding(self, *paths: str) -> Iterator[None]:
        """Keep what is asked there waiting, its answer decided already, until the block ends."""
        self._held.update({path: len(self.paths) for path in paths})
        try:
            yield
        finally:
            for path in paths:
                del self._held[path]

    def cookies(self, *paths: str) -> list[str]:
        """The ``Cookie`` headers that were sent there, in order."""
        return [cookie for path, cookie in self.requests if path in paths]

    @property
    def requests(self) -> list[tuple[str, str]]:
        """The path and the ``Cookie`` header of each request, in order."""
        cookies = [headers.get("cookie", "") for headers in self.headers]
        return list(zip(self.paths, cookies, strict=False))

    def count(self, *paths: str) -> int:
        """How often it was asked there."""
        return len(self.cookies(*paths))

    # What it does

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        path = request.url.path
        self.paths.append(path)
        self.headers.append(request.headers.copy())
        decided = self._log_in(request) if path in LOGINS else self._serve(request)
        if path in self._held:
            self.waiting += 1
            until(lambda: path not in self._held)
            self.waiting -= 1
        if isinstance(decided, Exception):
            raise decided
        return decided

    def _log_in(self, request: httpx.Request) -> httpx.Response | Exception:
        self.logins += 1
        if self.next_logins:
            return self.next_logins.popleft()
        if request.url.path == ME and self._session_of(request) not in self.good:
            return answer(401)
        return answer(200, self.cookie())

    def _serve(self, request: httpx.Request) -> httpx.Response | Exception:
        if self._session_of(request) not in self.good:
            self.refused += 1
            return answer(401)
        if self.next_answers:
            return self.next_answers.popleft()
        return answer(200, self.cookie()) if self.roll else answer()

    def cookie(self) -> str:
        """Make a session, and the line that brings it."""
        value = f"s{next(self._numbers)}"
        self.good.add(value)
        return f"session={value}{self.attributes}"

    @staticmethod
    def _session_of(request: httpx.Request) -> str:
        return request.headers.get("cookie", "").removeprefix("session=")


def in_renewal(client: SyncClient) -> int:
    """How many calls take part in the renewal under way: one leads, the others wait."""
    renewal = Renewal.current(client.api.runner.session)
    return 0 if renewal is None else 1 + len(renewal.queue._entries)


class Provider(AuthProvider):
    """Gives the tokens that it was made with, one after another, and the last for ever."""

    def __init__(self, *tokens: Any) -> None:
        self.tokens = list(tokens)
        self.asked = 0
        self.takes = 0.0
        self.answers_when: Callable[[], object] = lambda: True

    def get_access_token_sync(self) -> str:
        return self._token()  # type: ignore[return-value]  # awaited in the other variant

    def _token(self) -> str:
        self.asked += 1
        time.sleep(self.takes)
        until(self.answers_when)
        token = self.tokens.pop(0) if len(self.tokens) > 1 else self.tokens[0]
        if isinstance(token, Exception):
            raise token
        return token  # type: ignore[no-any-return]
