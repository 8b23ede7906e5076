"""To close a client ends every wait of its calls at once, and nothing is sent after it."""

import socket
import ssl
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import trustme

from liminal import _transport
from liminal.auth import SessionId, Token
from liminal.errors import LiminalError
from tests.support.addresses import FIRST, deaf

from . import steps
from .operations import OPERATIONS, PROMPT
from .server import FaultServer
from .variants import TOKEN, Variant

# Far less than any of the waits here, far more than a busy machine needs.
SOON = 2.0
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
        _transport._tls.cache_clear()
        yield context
    _transport._tls.cache_clear()


@KINDS
@SIGNED_IN
def test_a_call_in_its_tls_handshake_is_not_sent(
    sdk: Variant, tls: ssl.SSLContext, operation: str, auth: Any
) -> None:
    def at_accept(_: socket.socket) -> None:
        server.stopping.wait(0.6)

    with FaultServer(tls=tls, at_accept=at_accept) as server:
        client = sdk.client(server.url, auth=auth)
        call = sdk.start(OPERATIONS[operation](client))
        while not server.accepted:
            server.stopping.wait(0.01)
        server.stopping.wait(0.1)
        sdk.run(client.close)
        ends(call)
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
        time.sleep(0.1)
        sdk.run(client.close)
        ends(call)


@KINDS
@pytest.mark.parametrize("is_lent", [False, True], ids=["own client", "lent client"])
def test_a_call_that_waits_to_try_again_ends(sdk: Variant, operation: str, is_lent: bool) -> None:
    busy = steps.status(429, headers=[("Retry-After", "30")])
    kind = httpx.Client if sdk.name == "blocking" else httpx.AsyncClient
    lent: Any = kind(trust_env=False) if is_lent else None
    with FaultServer(busy) as server:
        client = sdk.client(server.url, httpx_client=lent)
        call = sdk.start(OPERATIONS[operation](client))
        while not server.calls:
            server.stopping.wait(0.01)
        server.stopping.wait(0.1)
        sdk.run(client.close)
        ends(call)
        assert len(server.calls) == 1
    if lent is not None:
        sdk.run(lent.close if sdk.name == "blocking" else lent.aclose)


def test_a_login_that_waits_to_try_again_ends(sdk: Variant) -> None:
    with FaultServer(logins=[steps.status(503, headers=[("Retry-After", "30")])]) as server:
        client = sdk.client(server.url)
        calls = [sdk.start(OPERATIONS["submit_prompt"](client)) for _ in range(3)]
        while not server.logins:
            server.stopping.wait(0.01)
        server.stopping.wait(0.1)
        sdk.run(client.close)
        for call in calls:
            ends(call)
        assert len(server.requests) == 1


def test_a_stream_that_is_closed_while_it_connects_ends(sdk: Variant) -> None:
    with deaf(FIRST) as port:
        client = sdk.client(f"http://127.0.0.1:{port}", auth=SessionId("s"))
        stream = client.prompt.stream(1, PROMPT)
        call = sdk.start(stream.text)
        time.sleep(0.1)
        sdk.run(stream.close)
        begun = time.monotonic()
        assert isinstance(call.exception(timeout=SOON * 5), LiminalError)
        assert time.monotonic() - begun < SOON
