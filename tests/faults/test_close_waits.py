"""To close a client, or one stream, ends every wait of its calls at once; nothing is sent after."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import anyio
import attrs
import httpx
import httpx2
import pytest

from liminal._async import _runner as _async_runner
from liminal._calls.result import retry_delay
from liminal._http import pool as pools
from liminal._sync import _runner as _sync_runner
from liminal.auth import AuthProvider, SessionId
from liminal.errors import LiminalError, StreamInterruptedError
from tests.support.addresses import FIRST, deaf
from tests.support.tls import serving, trusting

from . import steps
from .operations import OPERATIONS, PROMPT
from .server import FaultServer, Step, good
from .variants import Variant

# Far less than any of the waits here, far more than a busy machine needs.
SOON = 2.0
# In which a call comes from what a test can see to the wait that follows.
MEANWHILE = 0.04
LATER = steps.status(429, headers=[("Retry-After", "30")])
SIGNED_IN: dict[str, Any] = {"auth": SessionId("s")}


@attrs.frozen
class Waiting:
    """A client whose next call waits, once it has ``begun``; requests that arrive until it ends."""

    client: Any
    begun: Callable[[], object] = lambda: True
    server: FaultServer | None = None
    requests: int = 1

    def wait(self) -> None:
        if self.server is not None:
            self.server.wait_until(self.begun)
        time.sleep(MEANWHILE)


Wait = Callable[[Variant], Any]  # a context manager of a Waiting


def connecting(**options: Any) -> Wait:
    @contextmanager
    def wait(sdk: Variant) -> Iterator[Waiting]:
        with deaf(FIRST) as port:
            yield Waiting(sdk.client(f"http://127.0.0.1:{port}", **options))

    return wait


def shaking_hands(**options: Any) -> Wait:
    @contextmanager
    def wait(sdk: Variant) -> Iterator[Waiting]:
        ended = threading.Event()

        def at_accept(_: socket.socket) -> None:
            ended.wait(SOON * 5)

        with FaultServer(tls=serving(), at_accept=at_accept) as server:
            client = sdk.client(server.url, ssl_context=trusting(), **options)
            yield Waiting(client, lambda: server.accepted, server, requests=0)
            ended.set()
            server.wait_for(connections=0)
            assert server.requests == []

    return wait


def after(step: Step, library: Any = None) -> Wait:
    @contextmanager
    def wait(sdk: Variant) -> Iterator[Waiting]:
        with FaultServer(step) as server:
            client = sdk.client(server.url, httpx_client=sdk.user_client(library), **SIGNED_IN)
            yield Waiting(client, lambda: server.calls, server)

    return wait


def signing_in(login: Any) -> Wait:
    @contextmanager
    def wait(sdk: Variant) -> Iterator[Waiting]:
        with FaultServer(good, logins=[login]) as server:
            client = sdk.client(server.url)
            sdk.start(OPERATIONS["submit_prompt"](client))  # waits as well, as do those behind it
            yield Waiting(client, lambda: server.logins, server)

    return wait


class Person(AuthProvider):
    """Takes all the time in the world."""

    interactive = True

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.gone = threading.Event()

    def get_access_token_sync(self) -> str:
        self.asked.set()
        self.gone.wait()
        return "late"

    async def get_access_token(self) -> str:
        self.asked.set()
        await anyio.sleep_forever()
        raise AssertionError


@contextmanager
def for_anothers_sign_in(sdk: Variant) -> Iterator[Waiting]:
    with FaultServer() as server:
        person = Person()
        client = sdk.client(server.url, auth=person)
        sdk.start(OPERATIONS["list_threads"](client))
        assert person.asked.wait(SOON * 5)
        yield Waiting(client, server=server, requests=0)
        person.gone.set()


@contextmanager
def for_a_connection(sdk: Variant) -> Iterator[Waiting]:
    with pytest.MonkeyPatch.context() as patch, FaultServer(steps.silence) as server:
        patch.setattr(pools, "MAX_CONNECTIONS", 1)
        client = sdk.client(server.url, **SIGNED_IN)
        sdk.start(OPERATIONS["submit_prompt"](client))
        server.wait_until(lambda: server.calls)
        yield Waiting(client, server=server)


WAITS: dict[str, Wait] = {
    "connecting": connecting(**SIGNED_IN),
    "connecting to sign in": connecting(),
    "in a TLS handshake": shaking_hands(**SIGNED_IN),
    "in a TLS handshake to sign in": shaking_hands(),
    "for an answer": after(steps.silence),
    "to try again": after(LATER),
    "to try again over httpx": after(LATER, httpx),
    "to try again over httpx2": after(LATER, httpx2),
    "to try a login again": signing_in(steps.status(503, headers=[("Retry-After", "30")])),
    "for the answer to a login": signing_in(steps.silence),
    "while another signs in": for_anothers_sign_in,
    "for a free connection": for_a_connection,
}


@pytest.mark.parametrize("wait", WAITS)
@pytest.mark.parametrize("operation", ["analyze_prompt", "submit_prompt", "stream"])
def test_to_close_the_client_ends_a_call_that_waits(
    sdk: Variant, operation: str, wait: str
) -> None:
    with WAITS[wait](sdk) as waiting:
        call = sdk.start(OPERATIONS[operation](waiting.client))
        ends(waiting, call, lambda: sdk.run(waiting.client.close), "this client was closed")
        assert type(call.exception()) is LiminalError


@pytest.mark.parametrize("wait", WAITS)
def test_to_close_a_stream_that_waits_ends_its_reader(sdk: Variant, wait: str) -> None:
    with WAITS[wait](sdk) as waiting:
        stream = waiting.client.prompt.stream(1, PROMPT)
        call = sdk.start(stream.text)
        ends(waiting, call, lambda: sdk.run(stream.close), "this stream was closed")
        assert type(call.exception()) is StreamInterruptedError


def ends(waiting: Waiting, call: Any, close: Callable[[], object], why: str) -> None:
    """The call ends soon, says why, and no more is sent."""
    waiting.wait()
    close()
    begun = time.monotonic()
    assert why in str(call.exception(timeout=SOON * 5))
    assert time.monotonic() - begun < SOON
    assert waiting.server is None or len(waiting.server.requests) == waiting.requests


def test_a_client_that_is_closed_between_a_try_and_the_wait_for_the_next_waits_no_more(
    sdk: Variant, monkeypatch: pytest.MonkeyPatch
) -> None:
    with after(LATER)(sdk) as waiting:

        def closed_meanwhile(*failure: Any) -> Any:
            waiting.client._http._closed = True  # the first that close() does
            return retry_delay(*failure)

        monkeypatch.setattr(_async_runner, "retry_delay", closed_meanwhile)
        monkeypatch.setattr(_sync_runner, "retry_delay", closed_meanwhile)
        call = sdk.start(OPERATIONS["submit_prompt"](waiting.client))
        ends(waiting, call, bool, "this client was closed")
