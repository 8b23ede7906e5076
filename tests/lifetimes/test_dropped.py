"""A client that nobody closes, as in programs for 2025.5.0: its connections close with it."""

import asyncio
import gc
import os
import threading
import weakref
from collections.abc import AsyncIterator, Callable
from typing import Any

import anyio
import pytest

from liminal import Client
from liminal._http.loops import AsyncDroppedStreamCloser
from liminal.auth import Token
from liminal.sandbox import Sandbox


async def used(sandbox: Sandbox) -> Client:
    client = Client(sandbox.url, auth=Token(sandbox.token))
    await client.thread.get_available()
    assert sandbox.connections == 1
    return client


async def none_left(sandbox: Sandbox) -> None:
    async with asyncio.timeout(10):
        while sandbox.connections:  # noqa: ASYNC110 - the server is another thread
            await asyncio.sleep(0.01)


def in_a_thread(function: Callable[..., object], *args: object) -> None:
    thread = threading.Thread(target=function, args=args)
    thread.start()
    thread.join()


@pytest.mark.parametrize("elsewhere", [False, True], ids=["here", "in another thread"])
def test_a_dropped_client_leaves_no_connection_while_its_loop_runs(sandbox, elsewhere):
    async def main() -> None:
        held = [await used(sandbox)]

        def drop() -> None:
            held.clear()
            gc.collect()

        await asyncio.to_thread(in_a_thread, drop) if elsewhere else drop()
        await none_left(sandbox)

    asyncio.run(main())


# asyncio warns of what a loop had open that was closed in the midst of it.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_client_can_be_collected_after_its_loop_was_closed(sandbox):
    loop = asyncio.new_event_loop()
    client = loop.run_until_complete(used(sandbox))
    loop.close()
    del client
    gc.collect()
    asyncio.run(none_left(sandbox))


def test_a_forked_child_that_drops_a_client_leaves_the_parent_s_open(sandbox, monkeypatch):
    async def main() -> None:
        client = await used(sandbox)
        (pool, _), *_ = client._http._own.values()
        (connection,) = pool._open
        with monkeypatch.context() as child:
            child.setattr(os, "getpid", lambda: -1)
            connection.__del__()
        await asyncio.sleep(0)
        await client.thread.get_available()
        assert sandbox.connections == 1
        await client.close()

    asyncio.run(main())


class Answer:
    """Stands for a streamed answer, of which only close() is called."""

    async def close(self) -> None: ...


def test_a_stream_can_be_dropped_in_another_thread_while_a_trio_run_ends():
    # When trio ends the generators that a program has left open, it starts no task any more.
    answers: list[Any] = [Answer()]
    kept = weakref.ref(answers[0])

    async def generate() -> AsyncIterator[None]:
        closer = AsyncDroppedStreamCloser(answers[0])
        try:
            yield
        finally:
            dropped = answers.pop()
            in_a_thread(closer.close_soon, dropped, dropped.close)
            del dropped

    generator = generate()
    anyio.run(anext, generator, backend="trio")
    gc.collect()
    assert kept() is None
