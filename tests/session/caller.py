"""Makes calls to a service in memory, one by one or side by side, on any variant of the client."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from copy import copy
from typing import Any

import httpx

from liminal import SyncClient
from liminal._calls.call import Call
from liminal._http.settings.server_url import parse_server_url
from liminal._session.shared import SharedSession
from liminal._session.state import Session
from liminal.auth import Token
from liminal_api.api.prompt import submit_prompt
from liminal_api.api.thread import list_threads
from tests._sync.waiting import until
from tests.faults.variants import Variant
from tests.support.service import MODELS, SUBMIT, THREADS, TOKEN_LOGIN, URL, Service, in_renewal
from tests.support.tasks import PATIENCE

# What a caller can ask for, by the path where it arrives.
STEPS: dict[str, Callable[[Any], Callable[[], Any]]] = {
    THREADS: lambda client: client.thread.get_available,
    MODELS: lambda client: client.llm.get_available_model_instances,
    SUBMIT: lambda client: lambda: client.prompt.submit(1, "x"),
    f"{THREADS} by client.api": lambda client: lambda: listed(client),
    f"{SUBMIT} as a stream": lambda client: lambda: client.prompt.stream(1, "x").text(),
}


def listed(client: Any) -> Any:
    """The answer of a generated operation by ``client.api``."""
    is_blocking = isinstance(client, SyncClient)
    return (list_threads.sync if is_blocking else list_threads.asyncio)(client=client.api)


class Caller:
    """A client of the service, used by one or many."""

    def __init__(self, sdk: Variant, service: Service, auth: Any = None, **options: Any) -> None:
        library: Any = httpx.Client if sdk.name == "blocking" else httpx.AsyncClient
        own = library(transport=service)
        self.sdk = sdk
        self.service = service
        self.client = sdk.client(URL, auth=auth or Token("t"), httpx_client=own, **options)
        self.session: SharedSession = self.client.api.runner.session

    def with_options(self, **options: Any) -> "Caller":
        """The same client with other options."""
        other = copy(self)
        other.client = self.client.with_options(**options)
        return other

    def call(self, path: str = THREADS) -> Any:
        """Make a call and wait for it."""
        return self.sdk.run(STEPS[path](self.client))

    def start(self, path: str = THREADS) -> "Future[Any]":
        """Begin a call beside others."""
        return self.sdk.start(STEPS[path](self.client))

    def start_many(self, count: int, path: str = THREADS) -> "list[Future[Any]]":
        return [self.start(path) for _ in range(count)]

    @property
    def in_renewal(self) -> int:
        return in_renewal(self.client)

    @contextmanager
    def held(self, path: str = THREADS, at: str = "") -> "Iterator[Future[Any]]":
        """Begin a call; its answer there, or ``at`` its login, is held until the block ends."""
        before = self.service.waiting
        with self.service.holding(at or path):
            call = self.start(path)
            until(lambda: self.service.waiting > before)
            yield call

    def burst_in_renewal(self, count: int) -> "list[Future[Any]]":
        """Make so many calls that all meet in one renewal, held until all of them wait for it."""
        with self.service.holding(TOKEN_LOGIN):
            calls = self.start_many(count)
            until(lambda: self.in_renewal == count)
        errors(calls)
        return calls


def errors(calls: "Iterable[Future[Any]]") -> list[BaseException | None]:
    """Wait for the calls; what each raised."""
    return [call.exception(PATIENCE) for call in calls]


def shared_session() -> SharedSession:
    return SharedSession(Session("first"), parse_server_url(URL), interactive=False)


def make_call(session: SharedSession, **options: Any) -> Call:
    """Make a call that begins now, and is never sent."""
    given = SyncClient(URL, **options)._options
    request: Any = {"method": "POST", "url": "/", "headers": {}}
    number = next(session.state.call_numbers)
    return Call(submit_prompt.OPERATION, request, given, number, seconds=given.deadline)
