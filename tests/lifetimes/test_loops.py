"""One asyncio client serves event loops one after another, and several at once."""

import asyncio
import gc
import ssl
import threading
from collections.abc import Callable, Coroutine

import httpx
import pytest
import trio
import trustme

from liminal import Client
from liminal.auth import Token
from liminal.errors import LiminalError
from tests.faults.server import Exchange, FaultServer, good, head
from tests.faults.variants import TOKEN
from tests.support.libraries import over_both_libraries
from tests.support.tls import NO_TLS

RUNNERS = {"asyncio": lambda main: asyncio.run(main()), "trio": trio.run}


@pytest.mark.parametrize("second", RUNNERS)
@pytest.mark.parametrize("first", RUNNERS)
def test_one_loop_after_another(first: str, second: str) -> None:
    with FaultServer() as server:
        client = Client(server.url, auth=Token(TOKEN))

        async def main() -> None:
            assert await client.thread.get_available()
            assert await client.prompt.stream(1, "p").text() == "Dear Lovelace"

        RUNNERS[first](main)
        server.wait_for(connections=0)  # a loop that ends takes its connections with it
        RUNNERS[second](main)
        server.wait_for(connections=0)
        assert len(server.logins) == 1


@pytest.mark.parametrize("runner", RUNNERS)
def test_a_loop_that_was_stopped_in_the_middle_of_a_call(runner: str) -> None:
    with FaultServer(lambda exchange: exchange.wait(0.2) or exchange.good()) as server:
        client = Client(server.url, auth=Token(TOKEN))

        async def interrupted() -> None:
            raise KeyboardInterrupt

        async def main() -> None:
            await client.thread.get_available()

        async def stopped() -> None:
            async with _tasks() as tasks:
                tasks.start_soon(main)
                await _pause()
                tasks.start_soon(interrupted)

        with pytest.raises(BaseException):  # noqa: B017, PT011 - alone or in a group
            RUNNERS[runner](stopped)
        RUNNERS[runner](main)
        server.wait_for(connections=0)


# asyncio warns of the socket that was left open by its loop and by the client's owner.
@over_both_libraries
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("second", RUNNERS)
def test_a_user_s_client_that_belongs_to_an_ended_loop_is_an_error_of_ours(second: str) -> None:
    assert _use_on_two_loops(second).__context__ is None
    gc.collect()


def _use_on_two_loops(second: str) -> LiminalError:
    with FaultServer() as server:
        user_client = httpx.AsyncClient(trust_env=False, verify=NO_TLS)
        client = Client(server.url, auth=Token(TOKEN), httpx_client=user_client)

        async def main() -> None:
            assert await client.thread.get_available()

        asyncio.run(main())
        with pytest.raises(LiminalError, match=r"httpx_client .* another event loop") as caught:
            RUNNERS[second](main)
        return caught.value.with_traceback(None)


def _tasks():
    import anyio

    return anyio.create_task_group()


async def _pause() -> None:
    import anyio

    await anyio.sleep(0.05)


def test_loops_in_several_threads_at_once() -> None:
    with FaultServer() as server:
        client = Client(server.url, auth=Token(TOKEN))
        errors: list[BaseException] = []

        async def main() -> None:
            for _ in range(5):
                await client.thread.get_available()

        def work(runner: str) -> None:
            try:
                RUNNERS[runner](main)
            except BaseException as error:  # noqa: BLE001 - whatever it is
                errors.append(error)

        threads = [threading.Thread(target=work, args=[name]) for name in [*RUNNERS] * 4]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        assert len(server.calls) == 40
        server.wait_for(connections=0)


def test_a_client_that_is_closed_on_one_loop_is_closed_on_the_next() -> None:
    with FaultServer() as server:
        client = Client(server.url, auth=Token(TOKEN))

        async def use_and_close() -> None:
            await client.thread.get_available()
            await client.close()

        asyncio.run(use_and_close())
        server.wait_for(connections=0)

        async def use() -> None:
            await client.thread.get_available()

        with pytest.raises(Exception, match="this client was closed"):
            asyncio.run(use())


def test_another_loop_s_connections_close_with_that_loop() -> None:
    with FaultServer() as server:
        client = Client(server.url, auth=Token(TOKEN))

        async def within() -> None:
            await client.thread.get_available()
            await asyncio.to_thread(asyncio.run, client.close())
            assert server.connections == 1
            with pytest.raises(LiminalError, match="this client was closed"):
                await client.thread.get_available()

        asyncio.run(within())
        server.wait_for(connections=0)


def test_a_loop_that_goes_on_can_close_its_connections_after_another_has() -> None:
    with FaultServer() as server:
        client = Client(server.url, auth=Token(TOKEN))

        async def within() -> None:
            await client.thread.get_available()
            await asyncio.to_thread(asyncio.run, client.close())
            await client.close()
            server.wait_for(connections=0)

        asyncio.run(within())


# asyncio itself laments each transport that its loop was closed over.
lamented = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"
)


def _on_a_loop_that_is_closed(call: Callable[[], Coroutine[object, object, object]]) -> None:
    """As job runners do: no task is cancelled, no generator closed."""
    loop = asyncio.new_event_loop()
    loop.run_until_complete(call())
    loop.close()


@lamented
@pytest.mark.parametrize("tls", [False, True])
def test_loops_that_are_closed_leave_no_connection(tls: bool) -> None:
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    with FaultServer(tls=context if tls else None) as server:
        client = Client(server.url, auth=Token(TOKEN), ssl_context=trusting if tls else None)
        for _ in range(30):
            _on_a_loop_that_is_closed(client.thread.get_available)
            server.wait_until(lambda: server.connections <= 1)
        asyncio.run(client.close())
        server.wait_for(connections=0)
    gc.collect()


@lamented
def test_a_stream_that_a_closed_loop_left_open_is_closed_at_the_next_call() -> None:
    with FaultServer(*[_begins_a_stream] * 5, good) as server:
        client = Client(server.url, auth=Token(TOKEN))
        streams: list[object] = []

        async def read_on() -> None:
            stream = client.prompt.stream(1, "p")
            streams.append(stream)
            await anext(aiter(stream))

        for _ in range(5):
            _on_a_loop_that_is_closed(read_on)
        asyncio.run(_call(client))
        server.wait_for(connections=0)
    streams.clear()
    gc.collect()


async def _call(client: Client) -> None:
    await client.thread.get_available()


def _begins_a_stream(exchange: Exchange) -> None:
    line = b'{"content": "a", "finishReason": null}\n'
    exchange.send(head(200, [("Transfer-Encoding", "chunked")]))
    exchange.send(b"%x\r\n%s\r\n" % (len(line), line))
    exchange.wait_for_hangup()
