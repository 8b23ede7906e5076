"""A program may exit at any time: an open client causes no output, and leaves no connection."""

from itertools import product

import pytest

from tests.faults.server import Exchange, FaultServer
from tests.faults.steps import begin_stream

from .programs import main, run

# Each prints 1. The blocking client is `sync`, the other one is `client`.
BLOCKING = {
    "open": "print(len(sync.thread.get_available()))",
    "never used": "print(1)",
    "held by a thread that goes on": """
        done = threading.Event()
        def work():
            sync.thread.get_available()
            done.set()
            threading.Event().wait()
        threading.Thread(target=work, daemon=True).start()
        done.wait()
        print(1)
        """,
    "waiting in a thread": """
        sync.thread.get_available()
        threading.Thread(target=lambda: sync.prompt.analyze(1, "p"), daemon=True).start()
        print(1)
        """,
    "a stream half read": """
        for chunk in sync.prompt.stream(1, "p"):
            break
        print(1)
        """,
    "a stream held open": """
        chunks = iter(sync.prompt.stream(1, "p"))
        next(chunks)
        print(1)
        """,
    "a generator around a stream": """
        def words():
            with sync, sync.prompt.stream(1, "p") as stream:
                yield from stream
        generator = words()
        next(generator)
        print(1)
        """,
    "exit from the loop over a stream": """
        for chunk in sync.prompt.stream(1, "p"):
            print(1)
            sys.exit(0)
        """,
    "in a cycle": """
        sync.thread.get_available()
        sync.itself = sync
        del sync
        print(1)
        """,
    "the low-level client": """
        from liminal_api.api.thread import list_threads
        print(len(list_threads.sync(client=sync.api).data))
        """,
}
# Each is the body of main().
ASYNC = {
    "open": "print(len(await client.thread.get_available()))",
    "local": "print(len(await Client(url, auth=auth).thread.get_available()))",
    "never used": "print(1)",
    "a stream half read": """
        async for chunk in client.prompt.stream(1, "p"):
            break
        print(1)
        """,
    "a stream held open": """
        held.append(aiter(client.prompt.stream(1, "p")))
        await anext(held[0])
        print(1)
        """,
    "cancelled": """
        await client.thread.get_available()
        with anyio.move_on_after(0.05):
            await client.prompt.analyze(1, "p")
        print(1)
        """,
}
TASK = "a task that reads a stream"
TASKS = {
    TASK: """
        stream = client.prompt.stream(1, "p")
        held.extend([stream, asyncio.create_task(stream.text())])
        while "1 chunks" not in repr(stream):
            await asyncio.sleep(0.001)
        print(1)
        """
}
LOOPS = {"asyncio": "asyncio.run(main())", "trio": "trio.run(main)"}


def serve(exchange: Exchange) -> None:
    """Streams do not end, and an analysis never comes."""
    if exchange.request.is_stream:
        begin_stream(exchange)
    elif exchange.request.path.endswith("/analyze"):
        exchange.wait_for_hangup()
    exchange.good()


@pytest.mark.parametrize("body", BLOCKING.values(), ids=BLOCKING)
def test_a_blocking_program_exits_cleanly(body):
    with FaultServer(serve) as server:
        assert run(server.url, "sync = SyncClient(url, auth=auth)", body) == "1"


@pytest.mark.parametrize(("loop", "what"), [*product(LOOPS, ASYNC), ("asyncio", TASK)])
def test_a_program_with_an_event_loop_exits_cleanly(loop, what):
    setup = """
        import anyio, trio
        client, held = Client(url, auth=auth), []
        """
    with FaultServer(serve) as server:
        assert run(server.url, setup, main((ASYNC | TASKS)[what]), LOOPS[loop]) == "1"
        server.wait_for(connections=0)
