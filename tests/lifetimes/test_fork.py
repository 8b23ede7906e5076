"""A client lives on in the child of a fork, on connections of its own."""

import os

import pytest

from tests.faults.server import Exchange, FaultServer, head
from tests.faults.wire import GOOD_STREAM

from .programs import run

if not hasattr(os, "fork"):  # pragma: no cover
    pytest.skip("this system has no fork", allow_module_level=True)

# Prints what the child and then the parent got.
_FORK = """
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            {child}
            sys.stdout.flush()
            os._exit(0)
        pid, status = os.waitpid(child, 0)
        assert status == 0, status
"""
BLOCKING = {
    "after a call": """
        client = SyncClient(url, auth=auth)
        client.thread.get_available()
        """,
    "before the first call": """
        client = SyncClient(url, auth=auth)
        """,
    "while threads are calling": """
        client = SyncClient(url, auth=auth)
        client.thread.get_available()
        stopping = threading.Event()
        def work():
            while not stopping.is_set():
                client.thread.get_available()
        for _ in range(8):
            threading.Thread(target=work, daemon=True).start()
        """,
}
_STOP = """
        if threading.active_count() > 1:
            stopping.set()
            for thread in threading.enumerate()[1:]:
                thread.join()
"""
_CALL = "print(len(client.thread.get_available()))"


@pytest.mark.parametrize("name", BLOCKING)
def test_parent_and_child_go_on_with_a_blocking_client(name: str) -> None:
    program = BLOCKING[name] + _FORK.format(child=_CALL) + f"        {_CALL}\n" + _STOP
    with FaultServer() as server:
        # Python itself warns of a fork beside threads, from 3.12 on.
        assert run(program, server.url, dev=False).split() == ["1", "1"]


def test_the_child_opens_a_connection_of_its_own_and_leaves_the_parents_alone() -> None:
    program = BLOCKING["after a call"] + _FORK.format(child=_CALL) + f"        {_CALL}\n"
    with FaultServer() as server:
        run(program, server.url)
        # One login serves both: they share the session as it was.
        assert [call.connection for call in server.requests] == [0, 0, 1, 0]


def test_a_child_that_closes_the_client_leaves_the_parents_connection_open() -> None:
    child = f"{_CALL}; client.close()"
    program = BLOCKING["after a call"] + _FORK.format(child=child) + f"        {_CALL}\n"
    with FaultServer() as server:
        assert run(program, server.url).split() == ["1", "1"]
        assert [call.connection for call in server.requests] == [0, 0, 1, 0]


ASYNC = """
        import trio
        client = Client(url, auth=auth)
        async def main():
            print(len(await client.thread.get_available()))
        {loop}
        """


@pytest.mark.parametrize("loop", ["asyncio.run(main())", "trio.run(main)"])
def test_a_client_between_two_event_loops_goes_on_in_the_child(loop: str) -> None:
    program = ASYNC.format(loop=loop) + _FORK.format(child=loop) + f"        {loop}\n"
    with FaultServer() as server:
        assert run(program, server.url).split() == ["1", "1", "1"]
        assert len(server.logins) == 1


@pytest.mark.parametrize("loop", ["asyncio.run(main())", "trio.run(main)"])
def test_a_child_that_is_forked_within_an_event_loop_can_use_another(loop: str) -> None:
    """In the child the parent's loop is dead; whoever wants one begins one."""
    program = f"""
        import trio
        client = Client(url, auth=auth)
        async def main():
            print(len(await client.thread.get_available()))
        async def outer():
            await main()
            sys.stdout.flush()
            child = os.fork()
            if child == 0:
                worker = threading.Thread(target=lambda: {loop})
                worker.start()
                worker.join()
                sys.stdout.flush()
                os._exit(0)
            assert os.waitpid(child, 0)[1] == 0
            await main()
        {loop.replace("main", "outer")}
        """
    with FaultServer() as server:
        assert run(program, server.url).split() == ["1", "1", "1"]
        assert len(server.logins) == 1
        assert [call.connection for call in server.calls] == [0, 1, 0]


_STREAM = """
        user_client = {library}
        client = SyncClient(url, auth=auth, httpx_client=user_client)
        stream = client.prompt.stream(1, "p")
        chunks = iter(stream)
        next(chunks)
        """
# The parent tells the server by another call that the child has gone, and reads on.
_READ_ON = """
        with SyncClient(url, auth=auth) as another:
            another.thread.get_available()
        print(stream.text())
        client.close()
        if user_client is not None:
            user_client.close()
"""
_LEAVING = {
    "exits": "sys.exit(0)",
    "drops the stream": "del chunks, stream",
    "closes the stream": "stream.close()",
    "closes the client": "client.close()",
}


def rest_when_told(exchange: Exchange) -> None:
    """A stream that goes on when there were as many other calls as streams."""
    if not exchange.request.is_stream:
        exchange.good()
        return
    first, rest = GOOD_STREAM.split(b"\n", 1)
    exchange.send(head(200, [("Connection", "close")]) + first + b"\n")
    server = exchange.server
    streams = sum(call.is_stream for call in server.calls)
    server.wait_until(lambda: len(server.calls) >= 2 * streams or server.stopping.is_set())
    exchange.send(rest)
    exchange.close()


@pytest.mark.parametrize("library", ["", "httpx", "httpx2"], ids=["own", "httpx", "httpx2"])
def test_a_child_leaves_the_stream_that_its_parent_reads(library: str) -> None:
    opened = f"__import__('{library}').Client(trust_env=False)" if library else "None"
    program = "".join(
        _STREAM.format(library=opened) + _FORK.format(child=leaving) + _READ_ON
        for leaving in _LEAVING.values()
    )
    with FaultServer(rest_when_told) as server:
        assert run(program, server.url).split("\n") == ["Dear Lovelace"] * len(_LEAVING)
