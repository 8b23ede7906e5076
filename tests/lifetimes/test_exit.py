"""A program may end whenever it likes: an open client makes no noise about it."""

import pytest

from tests.faults.server import Exchange, FaultServer, head

from .programs import run

PROGRAMS = {
    "blocking, open": """
        client = SyncClient(url, auth=auth)
        print(len(client.thread.get_available()))
        """,
    "blocking, closed": """
        with SyncClient(url, auth=auth) as client:
            print(len(client.thread.get_available()))
        """,
    "blocking, never used": """
        client = SyncClient(url, auth=auth)
        print(1)
        """,
    "blocking, held by a thread that goes on": """
        client = SyncClient(url, auth=auth)
        done = threading.Event()
        def work():
            client.thread.get_available()
            done.set()
            threading.Event().wait()
        threading.Thread(target=work, daemon=True).start()
        done.wait()
        print(1)
        """,
    "blocking, waiting in a thread": """
        client = SyncClient(url, auth=auth)
        client.thread.get_available()
        threading.Thread(target=lambda: client.prompt.analyze(1, "p"), daemon=True).start()
        print(1)
        """,
    "blocking, a stream half read": """
        client = SyncClient(url, auth=auth)
        stream = client.prompt.stream(1, "p")
        for chunk in stream:
            break
        print(1)
        """,
    "blocking, a stream held open": """
        client = SyncClient(url, auth=auth)
        chunks = iter(client.prompt.stream(1, "p"))
        next(chunks)
        print(1)
        """,
    "blocking, in a cycle": """
        client = SyncClient(url, auth=auth)
        client.thread.get_available()
        client.itself = client
        del client
        print(1)
        """,
    "blocking, exit from within": """
        client = SyncClient(url, auth=auth)
        print(len(client.thread.get_available()))
        sys.exit(0)
        """,
    "low-level, open": """
        from liminal_api.api.thread import list_threads
        client = SyncClient(url, auth=auth)
        print(len(list_threads.sync(client=client.api).data))
        """,
}

ASYNC_PROGRAMS = {
    "open": """
        async def main():
            client = Client(url, auth=auth)
            print(len(await client.thread.get_available()))
        """,
    "closed": """
        async def main():
            async with Client(url, auth=auth) as client:
                print(len(await client.thread.get_available()))
        """,
    "global": """
        client = Client(url, auth=auth)
        async def main():
            print(len(await client.thread.get_available()))
        """,
    "never used": """
        async def main():
            client = Client(url, auth=auth)
            print(1)
        """,
    "a stream half read": """
        async def main():
            client = Client(url, auth=auth)
            async for chunk in client.prompt.stream(1, "p"):
                break
            print(1)
        """,
    "a stream held open": """
        client = Client(url, auth=auth)
        held = []
        async def main():
            chunks = aiter(client.prompt.stream(1, "p"))
            held.append(chunks)
            await anext(chunks)
            print(1)
        """,
    "cancelled": """
        async def main():
            client = Client(url, auth=auth)
            await client.thread.get_available()
            import anyio
            with anyio.move_on_after(0.05):
                await client.prompt.analyze(1, "p")
            print(1)
        """,
}


def serve(exchange: Exchange) -> None:
    """Streams do not end, and an analysis never comes."""
    if exchange.request.is_stream:
        exchange.send(head(200, [("Connection", "close")]))
        exchange.send(b'{"content":"so far","finishReason":null}\n')
        exchange.wait_for_hangup()
    elif exchange.request.path.endswith("/analyze"):
        exchange.wait_for_hangup()
    exchange.good()


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_blocking_program_ends_without_a_word(name: str) -> None:
    with FaultServer(serve) as server:
        assert run(PROGRAMS[name], server.url) == "1"


@pytest.mark.parametrize("loop", ["asyncio.run(main())", "trio.run(main)"])
@pytest.mark.parametrize("name", ASYNC_PROGRAMS)
def test_a_program_with_an_event_loop_ends_without_a_word(name: str, loop: str) -> None:
    program = f"        import {loop.partition('.')[0]}\n{ASYNC_PROGRAMS[name]}\n        {loop}\n"
    with FaultServer(serve) as server:
        assert run(program, server.url) == "1"
        server.wait_for(connections=0)
