"""A client that nobody closes, as programs of 2025.5.0 have it: its connections go with it."""

import asyncio
import gc
import os
import threading
import weakref
from collections.abc import AsyncIterator

import anyio
import pytest

from liminal import Client
from liminal._http.loops import AsyncDroppedStreamCloser
from liminal.auth import Token
from liminal.sandbox import Sandbox


async def used(sandbox: Sandbox) -> Client:
    client = Client(sandbox.url, auth=Token(sandbox.token))
    await client.thread.get_available()
    return client


async def none_left(sandbox: Sandbox) -> None:
    async with asyncio.timeout(10):
        while sandbox.connections:  # noqa: ASYNC110 - the server is another thread
            await asyncio.sleep(0.01)


def test_a_dropped_client_leaves_no_connection_while_its_loop_runs() -> None:
    async def main(sandbox: Sandbox) -> None:
        client = await used(sandbox)
        assert sandbox.connections == 1
        del client
        gc.collect()
        await none_left(sandbox)

    with Sandbox() as sandbox:
        asyncio.run(main(sandbox))


def test_a_client_may_be_collected_in_another_thread() -> None:
    async def main(sandbox: Sandbox) -> None:
        held = [await used(sandbox)]

        def drop() -> None:
            held.clear()
            gc.collect()

        thread = threading.Thread(target=drop)
        thread.start()
        await asyncio.to_thread(thread.join)
        await none_left(sandbox)

    with Sandbox() as sandbox:
        asyncio.run(main(sandbox))


# asyncio warns of what a loop had open that was closed in the midst of it.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_client_may_be_collected_when_its_loop_was_closed() -> None:
    with Sandbox() as sandbox:
        loop = asyncio.new_event_loop()
        client = loop.run_until_complete(used(sandbox))
        loop.close()
        del client
        gc.collect()
        asyncio.run(none_left(sandbox))


def test_a_child_that_drops_a_client_leaves_its_parent_s_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def main(sandbox: Sandbox) -> None:
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

    with Sandbox() as sandbox:
        asyncio.run(main(sandbox))


class Answer:
    """A streamed answer, as far as whoever closes it is concerned."""

    async def close(self) -> None:
        """Nothing is open."""


def test_a_stream_may_be_dropped_in_another_thread_while_a_trio_run_ends() -> None:
    # When trio ends the generators that a program has left open, it starts no task any more.
    answers = [Answer()]
    kept = weakref.ref(answers[0])

    async def generate() -> AsyncIterator[None]:
        closer = AsyncDroppedStreamCloser(answers[0])
        try:
            yield
        finally:
            dropped = answers.pop()
            thread = threading.Thread(target=closer.close_soon, args=(dropped, dropped.close))
            thread.start()
            thread.join()

    generator = generate()
    anyio.run(anext, generator, backend="trio")
    gc.collect()
    assert kept() is None
