"""Calls where nothing can run them any more, or not yet: what is raised is one of our errors."""

import asyncio
import contextlib
import json
import sys
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from typing import Any

import httpx
import pytest
import trio

from liminal import Client, SyncClient
from liminal.auth import SessionId, Token
from liminal.auth.microsoft.device_code_flow import DeviceCodeFlowProvider
from liminal.errors import (
    APIConnectionError,
    APIStatusError,
    AuthError,
    LiminalError,
    StreamInterruptedError,
)
from liminal_api.api.prompt import submit_prompt
from liminal_api.api.thread import list_threads
from liminal_api.models import SubmitRequest
from tests.faults.server import Exchange, FaultServer, head
from tests.faults.variants import TOKEN
from tests.lifetimes.programs import run
from tests.support.tls import NO_TLS

RUNNERS: dict[str, Callable[[Callable[[], Awaitable[Any]]], Any]] = {
    "asyncio": lambda main: asyncio.run(main()),  # type: ignore[arg-type]
    "trio": trio.run,
}
CALLS: dict[str, Callable[[Client], Coroutine[Any, Any, object]]] = {
    "llm": lambda client: client.llm.get_available_model_instances(),
    "thread": lambda client: client.thread.create(1, "name"),
    "prompt": lambda client: client.prompt.submit(1, "p"),
    "stream": lambda client: client.prompt.stream(1, "p").text(),
    "api": lambda client: list_threads.asyncio(client=client.api),
    "sign-in": lambda client: Client.authenticate_from_token("http://127.0.0.1:9", TOKEN),
}


def begin_a_stream(exchange: Exchange) -> None:
    exchange.send(head(200, [("Connection", "close")]))
    exchange.send(b'{"content":"so far","finishReason":null}\n')
    exchange.wait_for_hangup()


def provider() -> DeviceCodeFlowProvider:
    return DeviceCodeFlowProvider("tenant", "client", authority="https://127.0.0.1:9/")


# ---- no event loop, or one that has ended


@pytest.mark.parametrize("call", CALLS)
def test_a_call_without_an_event_loop(call: str) -> None:
    client = Client("http://127.0.0.1:9", auth=Token(TOKEN))
    with pytest.raises(LiminalError, match="no event loop is running"):
        CALLS[call](client).send(None)


def test_a_sign_in_without_an_event_loop() -> None:
    with pytest.raises(AuthError, match="no event loop is running"):
        provider().get_access_token().send(None)


def test_a_client_can_be_closed_without_an_event_loop() -> None:
    client = Client("http://127.0.0.1:9", auth=Token(TOKEN))
    with pytest.raises(StopIteration):
        client.close().send(None)
    with pytest.raises(LiminalError, match="this client was closed"):
        asyncio.run(client.thread.get_available())


def test_a_name_is_looked_up_on_a_loop_whose_threads_have_ended() -> None:
    async def main() -> None:
        await asyncio.get_running_loop().shutdown_default_executor()
        await client.thread.get_available()

    client = Client("http://localhost:9", auth=Token(TOKEN))
    with pytest.raises(
        APIConnectionError, match="event loop was closed, or the program is exiting"
    ):
        asyncio.run(main())


# ---- an answer that another event loop reads


@pytest.mark.parametrize("second", RUNNERS)
@pytest.mark.parametrize("first", RUNNERS)
@pytest.mark.parametrize("with_user_client", [False, True])
def test_a_stream_is_read_on_another_loop(first: str, second: str, with_user_client: bool) -> None:
    with FaultServer(begin_a_stream) as server:
        user_client = (
            httpx.AsyncClient(trust_env=False, verify=NO_TLS) if with_user_client else None
        )
        client = Client(server.url, auth=Token(TOKEN), httpx_client=user_client)
        stream = client.prompt.stream(1, "p")

        async def elsewhere() -> None:
            with pytest.raises(StreamInterruptedError, match="another event loop") as caught:
                await stream.text()
            assert caught.value.partial_text == "so far"

        async def main() -> None:
            chunks = aiter(stream)
            await anext(chunks)
            thread = threading.Thread(target=RUNNERS[second], args=[elsewhere])
            thread.start()
            await _joined(thread)
            await client.close()
            if user_client is not None:
                await user_client.aclose()

        RUNNERS[first](main)
        server.wait_for(connections=0)


@pytest.mark.parametrize("second", RUNNERS)
@pytest.mark.parametrize("first", RUNNERS)
def test_a_stream_is_closed_on_another_loop(first: str, second: str) -> None:
    with FaultServer(begin_a_stream) as server:
        client = Client(server.url, auth=Token(TOKEN))
        stream = client.prompt.stream(1, "p")

        async def main() -> None:
            chunks = aiter(stream)
            await anext(chunks)
            thread = threading.Thread(target=RUNNERS[second], args=[stream.close])
            thread.start()
            await _joined(thread)
            while server.connections:
                await _pause()

        RUNNERS[first](main)


async def _joined(thread: threading.Thread) -> None:
    while thread.is_alive():
        await _pause()


async def _pause() -> None:
    import anyio

    await anyio.sleep(0.01)


def test_a_low_level_stream_is_read_on_another_loop() -> None:
    with FaultServer(begin_a_stream) as server:
        client = Client(server.url, auth=Token(TOKEN))
        request = SubmitRequest(model_instance_id=1, text="p", is_streaming=True)

        async def main() -> None:
            async with submit_prompt.asyncio_stream(client=client.api, body=request) as answer:
                parts = answer.aiter_bytes()
                await anext(parts)
                with pytest.raises(APIConnectionError, match="another event loop"):
                    await asyncio.to_thread(lambda: asyncio.run(_next(parts)))
            await client.close()

        asyncio.run(main())


async def _next(parts: Any) -> None:
    await anext(parts)


def test_a_blocking_low_level_stream_whose_transport_has_ended_is_an_error_of_ours() -> None:
    class Ended(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            yield b"{}"
            raise RuntimeError("cannot schedule new futures after interpreter shutdown")

    def handler(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=Ended())

    request = SubmitRequest(model_instance_id=1, text="p", is_streaming=True)
    with (
        httpx.Client(transport=httpx.MockTransport(handler)) as user_client,
        SyncClient("http://127.0.0.1:1", auth=SessionId("s"), httpx_client=user_client) as client,
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


@pytest.fixture
def server() -> Any:
    def answer(exchange: Exchange) -> None:
        if b"fail" in exchange.request.body:
            exchange.answer(404, {})
        else:
            exchange.good()

    with FaultServer(answer) as found, httpx.Client(trust_env=False, verify=NO_TLS) as user_client:
        found.user_client = user_client
        user_client.get(f"{found.url}/warm")  # the server has its thread for this connection
        yield found


def test_a_user_s_client_needs_no_thread(server) -> None:
    client = SyncClient(
        server.url, auth=Token(TOKEN), httpx_client=server.user_client, max_retries=0
    )
    with no_threads():
        assert len(client.thread.get_available()) == 1
        assert client.prompt.stream(1, "p").text() == "Dear Lovelace"
        with pytest.raises(APIStatusError):
            client.prompt.analyze(1, "fail")


def test_a_call_by_name_needs_a_thread() -> None:
    async def main() -> None:
        async with Client("http://localhost:9", auth=Token(TOKEN)) as client:
            with no_threads(), pytest.raises(APIConnectionError, match="can't start a thread"):
                await client.thread.get_available()

    asyncio.run(main())


def test_a_sign_in_needs_a_thread() -> None:
    async def main() -> None:
        with no_threads(), pytest.raises(AuthError, match="worker thread"):
            await provider().get_access_token()

    asyncio.run(main())


def test_on_trio_both_need_a_thread() -> None:
    """In a process of its own, since trio keeps the threads that earlier tests have started."""
    program = """
        import trio
        from liminal.auth.microsoft.device_code_flow import DeviceCodeFlowProvider
        from liminal.errors import LiminalError
        def start(thread):
            raise RuntimeError("can't start new thread")
        threading.Thread.start = start
        async def told(call):
            try:
                await call()
            except LiminalError as error:
                print("a thread" in str(error) or "worker thread" in str(error))
        async def main():
            provider = DeviceCodeFlowProvider("tenant", "client", authority="https://127.0.0.1:9/")
            await told(provider.get_access_token)
            await told(Client("http://localhost:9", auth=auth).thread.get_available)
        trio.run(main)
        """
    assert run(program, "", dev=False).split() == ["True", "True"]


# ---- the interpreter's end

HELPERS = """
        import atexit, json, httpx, trio
        from liminal.auth.microsoft.device_code_flow import DeviceCodeFlowProvider
        from liminal.errors import LiminalError
        def outcome(fact):
            try:
                fact()
            except LiminalError:
                return "ours"
            except BaseException as error:
                return repr(error)
            return "good"
        named = Client(url.replace("127.0.0.1", "localhost"), auth=auth)
        sync, user_client = SyncClient(url, auth=auth), httpx.Client(trust_env=False)
        on_theirs = SyncClient(url, auth=auth, httpx_client=user_client)
        provider = DeviceCodeFlowProvider("tenant", "client", authority="https://localhost:9/")
        facts = {
            "blocking": sync.thread.get_available,
            "blocking, a stream": lambda: sync.prompt.stream(1, "p").text(),
            "a caller's client": on_theirs.thread.get_available,
            "a caller's client, a stream": lambda: on_theirs.prompt.stream(1, "p").text(),
            "asyncio": lambda: asyncio.run(Client(url, auth=auth).thread.get_available()),
            "asyncio, by name": lambda: asyncio.run(named.thread.get_available()),
            "trio": lambda: trio.run(Client(url, auth=auth).thread.get_available),
            "trio, by name": lambda: trio.run(named.thread.get_available),
            "a sign-in": lambda: asyncio.run(provider.get_access_token()),
            "a blocking sign-in": provider.get_access_token_sync,
            "closing": sync.close,
        }
        """


def test_calls_of_an_exit_handler_succeed_or_say_why_not() -> None:
    with FaultServer() as server:
        program = f"""{HELPERS}
        def at_exit():
            print(json.dumps({{name: outcome(fact) for name, fact in facts.items()}}))
            user_client.close()
        atexit.register(at_exit)
        """
        told = json.loads(run(program, server.url, dev=False))
        good = {
            "blocking",
            "blocking, a stream",
            "a caller's client",
            "a caller's client, a stream",
            "asyncio",
            "trio",
        }
        assert {name: told.pop(name) for name in [*good, "closing"]} == dict.fromkeys(
            [*good, "closing"], "good"
        )
        either = told.pop("trio, by name")  # up to Python 3.11 a thread can still be started
        assert either in {"good", "ours"}
        assert told == dict.fromkeys(
            ["asyncio, by name", "a sign-in", "a blocking sign-in"], "ours"
        )


def test_whatever_goes_wrong_at_the_interpreter_s_end_is_our_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = SyncClient("http://127.0.0.1:9", auth=Token(TOKEN))
    monkeypatch.setitem(sys.modules, "liminal._sync.prompt", None)
    with pytest.raises(ImportError):
        client.prompt.analyze(1, "p")
    monkeypatch.setattr(sys, "is_finalizing", lambda: True)
    with pytest.raises(LiminalError, match="the interpreter is shutting down"):
        client.prompt.analyze(1, "p")


@pytest.mark.parametrize("is_warm", [False, True])
def test_calls_of_a_finalizer_at_the_interpreter_s_end_are_our_errors(is_warm: bool) -> None:
    with FaultServer() as server:
        program = f"""{HELPERS}
        class Last:
            def __init__(self):
                self.outcome, self.print = outcome, print
                self.client = SyncClient(url, auth=auth)
                if {is_warm}:
                    self.client.thread.get_available()
            def __del__(self):
                calls = [
                    lambda: self.client.thread.get_available(),
                    lambda: self.client.prompt.stream(1, "p").text(),
                    lambda: self.client.prompt.analyze(1, "p"),
                ]
                self.print(*[self.outcome(call) for call in calls])
        kept = Last()
        user_client.close()
        """
        assert run(program, server.url, dev=False) == "ours ours ours"
