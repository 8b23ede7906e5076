"""Closing a client, or one stream, ends every wait of its calls at once; no more is sent."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from operator import attrgetter
from typing import Any

import anyio
import attrs
import httpx
import httpx2
import pytest

from liminal._async._calls import runner as _async_runner
from liminal._calls.retry import retry_delay
from liminal._http import pool as pools
from liminal._http.sockets.deadline import Deadline
from liminal._sync._calls import runner as _sync_runner
from liminal.auth import AuthProvider, SessionId, Token
from liminal.errors import LiminalError, StreamInterruptedError
from tests.support.addresses import FIRST, deaf
from tests.support.libraries import over_both_libraries, over_own_and_theirs

from . import steps
from .operations import OPERATIONS, PROMPT
from .server import FaultServer, Step, log_in
from .variants import TOKEN, Variant

# Far less than any of the waits here, far more than a busy machine needs.
SOON = 10.0
# In which a call comes from what a test can see to the wait that follows.
MEANWHILE = 0.04
SIGNED_IN, TO_SIGN_IN = SessionId("s"), Token(TOKEN)
LATER = steps.status(429, headers=[("Retry-After", "30")])
LATER_LOGIN = steps.status(503, headers=[("Retry-After", "30")])


@attrs.frozen
class Waiting:
    """A client whose next call waits once it has ``begun`` at the server, if there is one."""

    client: Any
    server: FaultServer | None = None
    begun: Callable[[FaultServer], object] = lambda _: True


Wait = Callable[[Variant], AbstractContextManager[Waiting]]


@contextmanager
def connecting(sdk: Variant, auth: Any) -> Iterator[Waiting]:
    with deaf(FIRST) as port:
        yield Waiting(sdk.client(f"http://127.0.0.1:{port}", auth=auth))


@contextmanager
def at_server(
    sdk: Variant,
    *plan: Step,
    logins: Sequence[Step] = (log_in,),
    auth: Any = SIGNED_IN,
    library: Any = None,
) -> Iterator[Waiting]:
    with FaultServer(*plan, logins=logins) as server:
        user_client = sdk.user_client(library)
        client = sdk.client(server.url, auth=auth, httpx_client=user_client)
        yield Waiting(client, server, attrgetter("requests"))


@contextmanager
def shaking_hands(sdk: Variant, auth: Any) -> Iterator[Waiting]:
    with FaultServer() as server:  # which does not speak TLS, and waits for more
        client = sdk.client(f"https://127.0.0.1:{server.port}", auth=auth)
        yield Waiting(client, server, attrgetter("accepted"))
        server.wait_for(connections=0)


class Person(AuthProvider):
    """Never finishes signing in by itself."""

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
def while_another_signs_in(sdk: Variant) -> Iterator[Waiting]:
    with FaultServer() as server:
        person = Person()
        client = sdk.client(server.url, auth=person)
        sdk.start(OPERATIONS["list_threads"](client))
        assert person.asked.wait(SOON)
        yield Waiting(client, server)
        person.gone.set()


@contextmanager
def to_try_again(sdk: Variant, *plan: Step, **options: Any) -> Iterator[Waiting]:
    decided = threading.Event()

    def decide(*failure: Any) -> float | None:
        delay = retry_delay(*failure)
        decided.set()
        return delay

    with pytest.MonkeyPatch.context() as patch, at_server(sdk, *plan, **options) as waiting:
        patch.setattr(_async_runner, "retry_delay", decide)
        patch.setattr(_sync_runner, "retry_delay", decide)
        yield attrs.evolve(waiting, begun=lambda _: decided.is_set())


@contextmanager
def for_a_connection(sdk: Variant) -> Iterator[Waiting]:
    with pytest.MonkeyPatch.context() as patch, at_server(sdk, steps.silence) as waiting:
        patch.setattr(pools, "MAX_CONNECTIONS", 1)
        sdk.start(OPERATIONS["submit_prompt"](waiting.client))
        yield waiting


WAITS: dict[str, Wait] = {
    "connecting": lambda sdk: connecting(sdk, SIGNED_IN),
    "connecting to sign in": lambda sdk: connecting(sdk, TO_SIGN_IN),
    "in a TLS handshake": lambda sdk: shaking_hands(sdk, SIGNED_IN),
    "in a TLS handshake to sign in": lambda sdk: shaking_hands(sdk, TO_SIGN_IN),
    "for an answer": lambda sdk: at_server(sdk, steps.silence),
    "to try again": lambda sdk: to_try_again(sdk, LATER),
    "to try again over httpx": lambda sdk: to_try_again(sdk, LATER, library=httpx),
    "to try again over httpx2": lambda sdk: to_try_again(sdk, LATER, library=httpx2),
    "to try a login again": lambda sdk: to_try_again(sdk, logins=[LATER_LOGIN], auth=TO_SIGN_IN),
    "for the answer to a login": lambda sdk: at_server(
        sdk, logins=[steps.silence], auth=TO_SIGN_IN
    ),
    "while another signs in": while_another_signs_in,
    "for a free connection": for_a_connection,
}


def ends(waiting: Waiting, call: Any, close: Callable[[], object], why: str) -> None:
    """The call ends soon, says why, and no more is sent."""
    server = waiting.server
    if server is not None:
        server.wait_until(lambda: waiting.begun(server))
    time.sleep(MEANWHILE)
    seen = len(server.requests) if server is not None else 0
    close()
    assert why in str(call.exception(timeout=SOON))
    assert server is None or len(server.requests) == seen <= 1


@pytest.mark.parametrize("wait", WAITS)
@pytest.mark.parametrize("operation", ["analyze_prompt", "submit_prompt", "stream"])
def test_closing_the_client_ends_a_waiting_call(sdk, operation, wait):
    with WAITS[wait](sdk) as waiting:
        call = sdk.start(OPERATIONS[operation](waiting.client))
        ends(waiting, call, lambda: sdk.run(waiting.client.close), "this client was closed")
        assert type(call.exception()) is LiminalError


@pytest.mark.parametrize("wait", WAITS)
def test_closing_a_waiting_stream_ends_its_reader(sdk, wait):
    with WAITS[wait](sdk) as waiting:
        stream = waiting.client.prompt.stream(1, PROMPT)
        call = sdk.start(stream.text)
        ends(waiting, call, lambda: sdk.run(stream.close), "this stream was closed")
        assert type(call.exception()) is StreamInterruptedError


@pytest.mark.parametrize("loop", ["asyncio", "trio"])
def test_a_stream_is_closed_from_another_event_loop_before_its_answer_begins(sdk, loop):
    def close():
        stream.close() if sdk.name == "blocking" else anyio.run(stream.close, backend=loop)

    with at_server(sdk, steps.silence) as waiting:
        stream = waiting.client.prompt.stream(1, PROMPT)
        call = sdk.start(stream.text)
        ends(waiting, call, close, "this stream was closed")
        assert type(call.exception()) is StreamInterruptedError


def test_a_client_closed_between_a_try_and_the_wait_for_the_next_does_not_wait(sdk, monkeypatch):
    with at_server(sdk, LATER) as waiting:

        def closed_meanwhile(*failure):
            waiting.client._http._closed = True  # the first that close() does
            return retry_delay(*failure)

        monkeypatch.setattr(_async_runner, "retry_delay", closed_meanwhile)
        monkeypatch.setattr(_sync_runner, "retry_delay", closed_meanwhile)
        call = sdk.start(OPERATIONS["submit_prompt"](waiting.client))
        ends(waiting, call, bool, "this client was closed")


@over_both_libraries
def test_an_answer_that_a_user_s_client_receives_after_close_is_closed(sdk, library):
    """As if httpx had made the call wait for a connection, and closing had freed one."""

    def close(_):
        return client.close()

    with FaultServer(steps.begin_stream) as server:
        user_client = sdk.user_client(library, event_hooks={"response": [close]})
        client = sdk.client(server.url, auth=SIGNED_IN, httpx_client=user_client)
        call = sdk.start(OPERATIONS["stream"](client))
        assert "this client was closed" in str(call.exception(timeout=SOON))
        server.wait_for(connections=0)


@over_both_libraries
def test_a_connection_that_is_lost_while_the_client_closes_is_reported_as_closed(sdk, library):
    def lose(_):
        client._http._closed = True  # the first that close() does
        raise library.ReadError("lost")

    user_client = sdk.user_client(library, event_hooks={"request": [lose]})
    client = sdk.client("http://127.0.0.1:9", auth=SIGNED_IN, httpx_client=user_client)
    call = sdk.start(OPERATIONS["submit_prompt"](client))
    assert "this client was closed" in str(call.exception(timeout=SOON))


def test_a_connection_that_closing_frees_serves_no_waiting_call(sdk, monkeypatch):
    def cancel_slowly(deadline):
        cancel(deadline)
        time.sleep(MEANWHILE)

    cancel = Deadline.cancel
    monkeypatch.setattr(Deadline, "cancel", cancel_slowly)
    with for_a_connection(sdk) as waiting:
        call = sdk.start(OPERATIONS["submit_prompt"](waiting.client))
        ends(waiting, call, lambda: sdk.run(waiting.client.close), "this client was closed")


# ---- what is no wait of ours


@over_own_and_theirs
@pytest.mark.parametrize("is_reading", [True, False], ids=["in flight", "between two reads"])
def test_closing_the_client_ends_a_stream(sdk, theirs, is_reading):
    with FaultServer(steps.begin_stream) as server:
        user_client = sdk.user_client(theirs)
        client = sdk.client(server.url, auth=SIGNED_IN, httpx_client=user_client)
        stream = client.prompt.stream(1, PROMPT)
        assert sdk.run(sdk.step(stream)).content == "so far"
        if is_reading:
            reading = sdk.start(sdk.step(stream))
            time.sleep(MEANWHILE)
        sdk.run(client.close)
        server.wait_for(connections=0)
        if not is_reading:
            reading = sdk.start(sdk.step(stream))
        error = reading.exception(timeout=SOON)
        assert isinstance(error, StreamInterruptedError)
        assert error.partial_text == "so far"


@pytest.mark.parametrize("library", [httpx, httpx2], ids=["httpx", "httpx2"])
def test_closing_a_user_s_client_under_a_call_raises_an_error_of_ours(sdk, library):
    options: Any = {"auth": SIGNED_IN, "timeout": httpx.Timeout(5, read=0.3), "max_retries": 0}
    with FaultServer(steps.silence) as server:
        user_client = sdk.user_client(library)
        client = sdk.client(server.url, httpx_client=user_client, **options)
        call = sdk.start(OPERATIONS["submit_prompt"](client))
        server.wait_until(lambda: server.calls)
        sdk.close_user_client(user_client)
        assert isinstance(call.exception(timeout=5), LiminalError)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_call_after_close_raises_an_error_that_says_so(sdk, operation):
    with FaultServer() as server:
        client = sdk.client(server.url)
        sdk.run(OPERATIONS["list_threads"](client))
        sdk.run(client.close)
        with pytest.raises(LiminalError, match="this client was closed"):
            sdk.run(OPERATIONS[operation](client))
        assert len(server.calls) == 1
