"""Calls without an event loop, without threads, or at interpreter exit raise errors of ours."""

import asyncio
import contextlib
import json
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import httpx
import pytest

from liminal import Client, SyncClient
from liminal.auth import SessionId, Token
from liminal.auth.microsoft.device_code_flow import DeviceCodeFlowProvider
from liminal.errors import APIConnectionError, APIStatusError, AuthError, LiminalError
from liminal_api.api.prompt import submit_prompt
from liminal_api.api.thread import list_threads
from liminal_api.models import SubmitRequest
from tests.faults.server import FaultServer
from tests.faults.variants import TOKEN
from tests.lifetimes.programs import run
from tests.support.tls import NO_TLS

from .programs import serve

NOWHERE = "http://127.0.0.1:9"
IS_ENDING = "event loop was closed, or the program is exiting"


def provider() -> DeviceCodeFlowProvider:
    return DeviceCodeFlowProvider("tenant", "client", authority="https://127.0.0.1:9/")


def by_name() -> Coroutine[Any, Any, object]:
    return Client("http://localhost:9", auth=Token(TOKEN)).thread.get_available()


# ---- no event loop, or one that has ended

CALLS: dict[str, Callable[[Client], Coroutine[Any, Any, object]]] = {
    "llm": lambda client: client.llm.get_available_model_instances(),
    "thread": lambda client: client.thread.create(1, "name"),
    "prompt": lambda client: client.prompt.submit(1, "p"),
    "stream": lambda client: client.prompt.stream(1, "p").text(),
    "api": lambda client: list_threads.asyncio(client=client.api),
    "sign-in": lambda _: Client.authenticate_from_token(NOWHERE, TOKEN),
    "provider": lambda _: provider().get_access_token(),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_call_without_an_event_loop_says_so(call):
    with pytest.raises(LiminalError, match="no event loop is running") as caught:
        call(Client(NOWHERE, auth=Token(TOKEN))).send(None)
    assert isinstance(caught.value, AuthError) is (call is CALLS["provider"])


def test_a_client_can_be_closed_without_an_event_loop():
    client = Client(NOWHERE, auth=Token(TOKEN))
    with pytest.raises(StopIteration):
        client.close().send(None)
    with pytest.raises(LiminalError, match="this client was closed"):
        asyncio.run(client.thread.get_available())


def test_looking_up_a_name_on_a_loop_without_threads_raises_an_error_of_ours():
    async def main():
        await asyncio.get_running_loop().shutdown_default_executor()
        await by_name()

    with pytest.raises(APIConnectionError, match=IS_ENDING):
        asyncio.run(main())


def test_a_low_level_stream_whose_transport_has_ended_raises_an_error_of_ours():
    class Ended(httpx.SyncByteStream):
        def __iter__(self):
            yield b"{}"
            raise RuntimeError("cannot schedule new futures after interpreter shutdown")

    transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=Ended()))
    request = SubmitRequest(model_instance_id=1, text="p", is_streaming=True)
    with (
        httpx.Client(transport=transport) as user_client,
        SyncClient(NOWHERE, auth=SessionId("s"), httpx_client=user_client) as client,
        submit_prompt.stream(client=client.api, body=request) as answer,
        pytest.raises(APIConnectionError, match="the program is exiting"),
    ):
        list(answer.iter_bytes())


# ---- no more threads: at the interpreter's end, from Python 3.12 on, and where there are too many


@contextlib.contextmanager
def no_threads() -> Iterator[None]:
    def start(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(threading.Thread, "start", start)
        yield


def test_a_user_s_client_needs_no_thread():
    with FaultServer(serve) as server, httpx.Client(trust_env=False, verify=NO_TLS) as user_client:
        user_client.get(f"{server.url}/warm")  # the server has its thread for this connection
        client = SyncClient(server.url, auth=Token(TOKEN), httpx_client=user_client, max_retries=0)
        with no_threads():
            assert len(client.thread.get_available()) == 1
            assert client.prompt.stream(1, "p").text() == "Dear Lovelace"
            with pytest.raises(APIStatusError):
                client.prompt.analyze(1, "fail")


NEEDS_A_THREAD: dict[str, tuple[Callable[[], Any], type[LiminalError], str]] = {
    "a call by name": (by_name, APIConnectionError, "can't start a thread"),
    "a sign-in": (lambda: provider().get_access_token(), AuthError, "worker thread"),
}


@pytest.mark.parametrize(("call", "error", "why"), NEEDS_A_THREAD.values(), ids=NEEDS_A_THREAD)
def test_a_look_up_or_a_sign_in_that_can_start_no_thread_says_so(call, error, why):
    async def main():
        with no_threads(), pytest.raises(error, match=why):
            await call()

    asyncio.run(main())


PRELUDE = """
    import atexit, httpx, trio
    from liminal.auth.microsoft.device_code_flow import DeviceCodeFlowProvider
    from liminal.errors import LiminalError
    def outcome(fact):
        try:
            fact()
        except LiminalError as error:
            return "ours"
        except BaseException as error:
            return repr(error)
        return "good"
    provider = DeviceCodeFlowProvider("tenant", "client", authority="https://localhost:9/")
    named = Client(url.replace("127.0.0.1", "localhost"), auth=auth)
    """


def test_a_look_up_and_a_sign_in_on_trio_need_a_thread():
    """In a process of its own, since trio keeps the threads that earlier tests have started."""
    program = """
        def start(thread):
            raise RuntimeError("can't start new thread")
        threading.Thread.start = start
        print(*[outcome(lambda: trio.run(call)) for call in (
            provider.get_access_token, named.thread.get_available)])
        """
    with FaultServer() as server:
        assert run(server.url, PRELUDE, program, dev=False) == "ours ours"


# ---- the interpreter's end

FACTS = """
    sync, user_client = SyncClient(url, auth=auth), httpx.Client(trust_env=False)
    on_theirs = SyncClient(url, auth=auth, httpx_client=user_client)
    facts = {
        "blocking": sync.thread.get_available,
        "blocking, a stream": lambda: sync.prompt.stream(1, "p").text(),
        "a user's client": on_theirs.thread.get_available,
        "a user's client, a stream": lambda: on_theirs.prompt.stream(1, "p").text(),
        "asyncio": lambda: asyncio.run(Client(url, auth=auth).thread.get_available()),
        "trio": lambda: trio.run(Client(url, auth=auth).thread.get_available),
        "closing": sync.close,
        "asyncio, by name": lambda: asyncio.run(named.thread.get_available()),
        "trio, by name": lambda: trio.run(named.thread.get_available),
        "a sign-in": lambda: asyncio.run(provider.get_access_token()),
        "a blocking sign-in": provider.get_access_token_sync,
    }
    def at_exit():
        print(json.dumps({name: outcome(fact) for name, fact in facts.items()}))
        user_client.close()
    atexit.register(at_exit)
    """


def test_calls_of_an_exit_handler_succeed_or_say_why_not():
    with FaultServer() as server:
        told = json.loads(run(server.url, PRELUDE, FACTS, dev=False, fresh=True))
    # Up to Python 3.11 a thread can still be started.
    assert told.pop("trio, by name") in {"good", "ours"}
    assert [name for name in told if told[name] == "ours"] == [
        "asyncio, by name",
        "a sign-in",
        "a blocking sign-in",
    ]
    assert {*told.values()} == {"good", "ours"}


def test_any_exception_at_interpreter_exit_becomes_an_error_of_ours(monkeypatch):
    client = SyncClient(NOWHERE, auth=Token(TOKEN))
    monkeypatch.setitem(sys.modules, "liminal._sync.prompt", None)
    with pytest.raises(ImportError):
        client.prompt.analyze(1, "p")
    monkeypatch.setattr(sys, "is_finalizing", lambda: True)
    with pytest.raises(LiminalError, match="the interpreter is shutting down"):
        client.prompt.analyze(1, "p")


@pytest.mark.parametrize("warm", ["", "client.thread.get_available()"], ids=["cold", "warm"])
def test_calls_of_a_finalizer_at_interpreter_exit_raise_errors_of_ours(warm):
    program = f"""
        client = SyncClient(url, auth=auth)
        {warm}
        class Last:
            def __init__(self):
                self.outcome, self.print, self.client = outcome, print, client
            def __del__(self):
                calls = [
                    lambda: self.client.thread.get_available(),
                    lambda: self.client.prompt.stream(1, "p").text(),
                    lambda: self.client.prompt.analyze(1, "p"),
                ]
                self.print(*[self.outcome(call) for call in calls])
        kept = Last()
        """
    with FaultServer() as server:
        assert run(server.url, PRELUDE, program, dev=False, fresh=True) == "ours ours ours"
