"""One asyncio client serves event loops one after another, and several at once."""

import asyncio
import gc
from collections.abc import Awaitable, Callable

import anyio
import httpx
import pytest
from anyio import to_thread

from liminal import Client
from liminal.auth import Token
from liminal.errors import APIConnectionError, LiminalError, StreamInterruptedError
from liminal_api.api.prompt import submit_prompt
from liminal_api.models import SubmitRequest
from tests.faults.server import Exchange, FaultServer, good
from tests.faults.steps import begin_stream
from tests.faults.variants import TOKEN
from tests.support.libraries import over_both_libraries
from tests.support.tasks import RUNNERS
from tests.support.tls import NO_TLS, serving, trusting

# asyncio warns of each socket that its loop was closed over, or that a user's client leaves open.
asyncio_warns = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"
)


@pytest.mark.parametrize("second", RUNNERS)
@pytest.mark.parametrize("first", RUNNERS)
def test_loops_can_use_a_client_one_after_another(first, second):
    with FaultServer() as server:
        client = Client(server.url, auth=Token(TOKEN))

        async def main() -> None:
            assert await client.thread.get_available()
            assert await client.prompt.stream(1, "p").text() == "Dear Lovelace"

        for runner in (first, second):
            RUNNERS[runner](main)
            server.wait_for(connections=0)  # a loop that ends takes its connections with it
        assert len(server.logins) == 1


@pytest.mark.parametrize("runner", RUNNERS)
def test_a_client_survives_a_loop_that_was_stopped_in_a_call(runner):
    def step(exchange: Exchange) -> None:
        exchange.wait(0.2)
        exchange.good()

    with FaultServer(step) as server:
        client = Client(server.url, auth=Token(TOKEN))

        async def interrupt() -> None:
            await anyio.sleep(0.05)
            raise KeyboardInterrupt

        async def stopped() -> None:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(client.thread.get_available)
                tasks.start_soon(interrupt)

        with pytest.raises(BaseException):  # noqa: B017, PT011 - alone or in a group
            RUNNERS[runner](stopped)
        RUNNERS[runner](client.thread.get_available)
        server.wait_for(connections=0)


@asyncio_warns
@over_both_libraries
@pytest.mark.parametrize("second", RUNNERS)
def test_a_user_s_client_of_an_ended_loop_raises_an_error_of_ours(second, library):
    with FaultServer() as server:
        user_client = library.AsyncClient(trust_env=False, verify=NO_TLS)
        client = Client(server.url, auth=Token(TOKEN), httpx_client=user_client)
        asyncio.run(client.thread.get_available())
        with pytest.raises(LiminalError, match=r"httpx_client .* another event loop") as caught:
            RUNNERS[second](client.thread.get_available)
    assert caught.value.__context__ is None
    del client, user_client, caught
    gc.collect()


def test_a_client_that_is_closed_on_one_loop_is_closed_on_all_and_each_closes_its_own():
    with FaultServer() as server:
        client = Client(server.url, auth=Token(TOKEN))

        async def call() -> None:
            with pytest.raises(LiminalError, match="this client was closed"):
                await client.thread.get_available()

        async def main(closes: bool) -> None:
            await client.thread.get_available()
            await asyncio.to_thread(asyncio.run, client.close())
            assert server.connections == 1
            await call()
            if closes:
                await client.close()
                server.wait_for(connections=0)

        asyncio.run(main(closes=True))
        asyncio.run(call())
        client = Client(server.url, auth=Token(TOKEN))
        asyncio.run(main(closes=False))
        server.wait_for(connections=0)


def on_a_loop_that_is_closed(call: Callable[[], Awaitable[object]]) -> None:
    """As job runners do: no task is cancelled, no generator closed."""
    loop = asyncio.new_event_loop()
    loop.run_until_complete(call())
    loop.close()


@asyncio_warns
@pytest.mark.parametrize("tls", [False, True])
def test_loops_that_are_closed_leave_no_connection(tls):
    with FaultServer(tls=serving() if tls else None) as server:
        client = Client(server.url, auth=Token(TOKEN), ssl_context=trusting() if tls else None)
        for _ in range(30):
            on_a_loop_that_is_closed(client.thread.get_available)
            server.wait_until(lambda: server.connections <= 1)
        asyncio.run(client.close())
        server.wait_for(connections=0)
    gc.collect()


@asyncio_warns
def test_a_stream_that_a_closed_loop_left_open_is_closed_at_the_next_call():
    with FaultServer(*[begin_stream] * 5, good) as server:
        client = Client(server.url, auth=Token(TOKEN))
        streams = [client.prompt.stream(1, "p") for _ in range(5)]
        for stream in streams:
            on_a_loop_that_is_closed(stream.__anext__)
        asyncio.run(client.thread.get_available())
        server.wait_for(connections=0)
    del stream, streams
    gc.collect()


# ---- a stream on another loop than it began on


on_both = pytest.mark.parametrize(
    ("first", "second"), [(first, second) for first in RUNNERS for second in RUNNERS]
)


@on_both
@pytest.mark.parametrize("library", [None, httpx], ids=["own", "user's client"])
def test_a_stream_is_not_read_on_another_loop(first, second, library):
    with FaultServer(begin_stream) as server:
        user_client = library and library.AsyncClient(trust_env=False, verify=NO_TLS)
        client = Client(server.url, auth=Token(TOKEN), httpx_client=user_client)
        stream = client.prompt.stream(1, "p")

        async def elsewhere() -> None:
            with pytest.raises(StreamInterruptedError, match="event loop of its call") as caught:
                await stream.text()
            assert caught.value.partial_text == "so far"

        async def main() -> None:
            await anext(stream)
            await to_thread.run_sync(RUNNERS[second], elsewhere)
            await client.close()
            if user_client is not None:
                await user_client.aclose()

        RUNNERS[first](main)
        server.wait_for(connections=0)


@on_both
def test_a_stream_can_be_closed_on_another_loop(first, second):
    with FaultServer(begin_stream) as server:
        stream = Client(server.url, auth=Token(TOKEN)).prompt.stream(1, "p")

        async def main() -> None:
            await anext(stream)
            await to_thread.run_sync(RUNNERS[second], stream.close)
            await to_thread.run_sync(server.wait_for, 0)

        RUNNERS[first](main)


@on_both
def test_a_low_level_stream_is_not_read_on_another_loop(first, second):
    request = SubmitRequest(model_instance_id=1, text="p", is_streaming=True)
    with FaultServer(begin_stream) as server:
        client = Client(server.url, auth=Token(TOKEN), timeout=5)

        async def main() -> None:
            async with submit_prompt.asyncio_stream(client=client.api, body=request) as answer:
                parts = answer.aiter_bytes()
                await anext(parts)

                async def elsewhere() -> None:
                    with pytest.raises(APIConnectionError, match="event loop of its call"):
                        await anext(parts)

                await to_thread.run_sync(RUNNERS[second], elsewhere)
            await to_thread.run_sync(server.wait_for, 0)

        RUNNERS[first](main)
