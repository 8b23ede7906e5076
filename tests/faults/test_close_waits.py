"""To close a client ends every wait of its calls at once, and nothing is sent after it."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from typing import Any

import anyio
import pytest
import trustme

from liminal._async import _runner as _async_runner
from liminal._calls.result import retry_delay
from liminal._http import pool as pools
from liminal._sync import _runner as _sync_runner
from liminal.auth import AuthProvider, SessionId, Token
from liminal.errors import LiminalError, StreamInterruptedError
from tests.support.addresses import FIRST, deaf
from tests.support.libraries import Theirs, over_own_and_theirs

from . import steps
from .operations import OPERATIONS, PROMPT
from .server import FaultServer
from .variants import TOKEN, Variant

# Far less than any of the waits here, far more than a busy machine needs.
SOON = 2.0
# In which a call comes from what a test can see to the wait that follows.
MEANWHILE = 0.04
CREDENTIALS = [SessionId("s"), Token(TOKEN)]
KINDS = pytest.mark.parametrize("operation", ["analyze_prompt", "submit_prompt", "stream"])
SIGNED_IN = pytest.mark.parametrize("auth", CREDENTIALS, ids=["signed in", "to sign in"])


def ends(call: Any) -> None:
    """It ends soon, and says why."""
    begun = time.monotonic()
    error = call.exception(timeout=SOON * 5)
    assert time.monotonic() - begun < SOON
    assert type(error) is LiminalError
    assert "this client was closed" in str(error)


@pytest.fixture
def tls(monkeypatch: pytest.MonkeyPatch) -> Iterator[ssl.SSLContext]:
    """A server's side of TLS that our own connections trust."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with authority.cert_pem.tempfile() as file:
        monkeypatch.setenv("SSL_CERT_FILE", file)
        yield context


@KINDS
@SIGNED_IN
def test_a_call_in_its_tls_handshake_is_not_sent(
    sdk: Variant, tls: ssl.SSLContext, operation: str, auth: Any
) -> None:
    ended = threading.Event()

    def at_accept(_: socket.socket) -> None:
        ended.wait(SOON * 5)

    with FaultServer(tls=tls, at_accept=at_accept) as server:
        client = sdk.client(server.url, auth=auth)
        call = sdk.start(OPERATIONS[operation](client))
        server.wait_until(lambda: server.accepted, then=MEANWHILE)
        sdk.run(client.close)
        ends(call)
        ended.set()
        server.wait_for(connections=0)
        assert server.requests == []


def test_with_tls_our_own_connections_serve(sdk: Variant, tls: ssl.SSLContext) -> None:
    with FaultServer(tls=tls) as server:
        sdk.run(OPERATIONS["list_threads"](sdk.client(server.url)))


@KINDS
@SIGNED_IN
def test_a_call_that_is_connecting_ends(sdk: Variant, operation: str, auth: Any) -> None:
    with deaf(FIRST) as port:
        client = sdk.client(f"http://127.0.0.1:{port}", auth=auth)
        call = sdk.start(OPERATIONS[operation](client))
        time.sleep(MEANWHILE)
        sdk.run(client.close)
        ends(call)


@KINDS
@over_own_and_theirs
def test_a_call_that_waits_to_try_again_ends(sdk: Variant, operation: str, theirs: Any) -> None:
    busy = steps.status(429, headers=[("Retry-After", "30")])
    their = Theirs(sdk, theirs)
    with FaultServer(busy) as server:
        client = sdk.client(server.url, httpx_client=their.client)
        call = sdk.start(OPERATIONS[operation](client))
        server.wait_until(lambda: server.calls, then=MEANWHILE)
        sdk.run(client.close)
        ends(call)
        assert len(server.calls) == 1
    their.close()


def test_a_login_that_waits_to_try_again_ends(sdk: Variant) -> None:
    with FaultServer(logins=[steps.status(503, headers=[("Retry-After", "30")])]) as server:
        client = sdk.client(server.url)
        calls = [sdk.start(OPERATIONS["submit_prompt"](client)) for _ in range(3)]
        server.wait_until(lambda: server.logins, then=MEANWHILE)
        sdk.run(client.close)
        for call in calls:
            ends(call)
        assert len(server.requests) == 1


# ---- one stream alone is closed: the client goes on


def closed_ends(sdk: Variant, stream: Any, call: Any) -> None:
    """Its reader is told soon that it was closed."""
    sdk.run(stream.close)
    begun = time.monotonic()
    error = call.exception(timeout=SOON * 5)
    assert time.monotonic() - begun < SOON
    assert isinstance(error, StreamInterruptedError)
    assert "this stream was closed" in str(error)


def test_a_stream_that_is_closed_while_it_connects_ends(sdk: Variant) -> None:
    with deaf(FIRST) as port:
        client = sdk.client(f"http://127.0.0.1:{port}", auth=SessionId("s"))
        stream = client.prompt.stream(1, PROMPT)
        call = sdk.start(stream.text)
        time.sleep(MEANWHILE)
        closed_ends(sdk, stream, call)


def test_a_stream_that_is_closed_while_it_waits_to_try_again_ends(sdk: Variant) -> None:
    with FaultServer(steps.status(429, headers=[("Retry-After", "30")])) as server:
        stream = sdk.client(server.url).prompt.stream(1, PROMPT)
        call = sdk.start(stream.text)
        server.wait_until(lambda: server.calls, then=MEANWHILE)
        closed_ends(sdk, stream, call)
        assert len(server.calls) == 1


def test_a_stream_that_is_closed_while_it_waits_for_a_connection_ends(
    sdk: Variant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pools, "MAX_CONNECTIONS", 1)
    with FaultServer(steps.silence) as server:
        client = sdk.client(server.url, auth=SessionId("s"))
        sdk.start(OPERATIONS["submit_prompt"](client))
        server.wait_until(lambda: server.calls)
        stream = client.prompt.stream(1, PROMPT)
        call = sdk.start(stream.text)
        server.stopping.wait(MEANWHILE)
        closed_ends(sdk, stream, call)
        assert len(server.calls) == 1


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


@pytest.fixture
def person() -> Iterator[Person]:
    found = Person()
    yield found
    found.gone.set()


def test_a_stream_that_is_closed_while_another_call_signs_in_ends(
    sdk: Variant, person: Person
) -> None:
    with FaultServer() as server:
        client = sdk.client(server.url, auth=person)
        sdk.start(OPERATIONS["list_threads"](client))
        assert person.asked.wait(SOON * 5)
        stream = client.prompt.stream(1, PROMPT)
        call = sdk.start(stream.text)
        time.sleep(MEANWHILE)
        closed_ends(sdk, stream, call)
        person.gone.set()


def test_a_stream_that_is_closed_while_it_signs_in_ends(sdk: Variant) -> None:
    with FaultServer(logins=[steps.silence]) as server:
        stream = sdk.client(server.url).prompt.stream(1, PROMPT)
        call = sdk.start(stream.text)
        server.wait_until(lambda: server.logins, then=MEANWHILE)
        closed_ends(sdk, stream, call)
        assert len(server.requests) == 1


def test_a_client_that_is_closed_between_a_try_and_the_wait_for_the_next_waits_no_more(
    sdk: Variant, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FaultServer(steps.status(429, headers=[("Retry-After", "30")])) as server:
        client = sdk.client(server.url)

        def closed_meanwhile(*failure: Any) -> Any:
            client._http._closed = True  # the first that close() does
            return retry_delay(*failure)

        monkeypatch.setattr(_async_runner, "retry_delay", closed_meanwhile)
        monkeypatch.setattr(_sync_runner, "retry_delay", closed_meanwhile)
        ends(sdk.start(OPERATIONS["submit_prompt"](client)))


def test_a_call_ends_that_waits_while_another_signs_in(sdk: Variant, person: Person) -> None:
    with FaultServer() as server:
        client = sdk.client(server.url, auth=person)
        sdk.start(OPERATIONS["list_threads"](client))
        assert person.asked.wait(SOON * 5)
        call = sdk.start(OPERATIONS["list_threads"](client))
        time.sleep(MEANWHILE)
        sdk.run(client.close)
        ends(call)
        assert not server.requests
        person.gone.set()
