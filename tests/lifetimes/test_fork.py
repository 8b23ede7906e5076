"""A client lives on in the child of a fork, on connections of its own."""

import os

import pytest

from tests.faults.server import Exchange, FaultServer, head
from tests.faults.wire import GOOD_STREAM

from .programs import block, main, run

if not hasattr(os, "fork"):  # pragma: no cover
    pytest.skip("this system has no fork", allow_module_level=True)


def fork(child: str) -> str:
    """Has the child print first, and the parent go on when it has ended well."""
    ends = "\nsys.stdout.flush()\nos._exit(0)"
    return "\n".join(
        [
            "sys.stdout.flush()",
            "child = os.fork()",
            block("if child == 0:", child + ends),
            "assert os.waitpid(child, 0)[1] == 0",
        ]
    )


SYNC = "client = SyncClient(url, auth=auth)"
CALL = "print(len(client.thread.get_available()))"
CLOSE = "client.close()"
# Eight threads that call all the time.
CALLING = """
    client.thread.get_available()
    stopping = threading.Event()
    def work():
        while not stopping.is_set():
            client.thread.get_available()
    for _ in range(8):
        threading.Thread(target=work, daemon=True).start()
    """
# A thread that signs in for ever, in the parent.
SIGNING_IN = """
    class Provider:
        def get_access_token_sync(self):
            if os.getpid() == parent:
                begun.set()
                threading.Event().wait()
            return "a-token"
    parent, begun = os.getpid(), threading.Event()
    client = SyncClient(url, auth=Provider())
    threading.Thread(target=client.thread.get_available, daemon=True).start()
    begun.wait()
    """
STOP = """
    stopping.set()
    for thread in threading.enumerate()[1:]:
        thread.join()
    """
# Programs, and on which connections their calls come, the login first: one serves both processes.
BLOCKING = {
    "before the first call": ([SYNC, fork(CALL), CALL], None),
    "after a call": ([SYNC, CALL, fork(CALL), CALL], [0, 0, 1, 0]),
    "when the child closes the client": (
        [SYNC, CALL, fork(f"{CALL}\n{CLOSE}"), CALL],
        [0, 0, 1, 0],
    ),
    "while threads are calling": ([SYNC, CALLING, fork(CALL), CALL, STOP], None),
    "while a thread signs in": ([SIGNING_IN, fork(CALL)], [0, 0]),
}


@pytest.mark.parametrize(("program", "connections"), BLOCKING.values(), ids=BLOCKING)
def test_parent_and_child_can_both_use_a_blocking_client(program, connections):
    with FaultServer() as server:
        # Python itself warns of a fork beside threads, from 3.12 on.
        told = run(server.url, *program, dev="threading" not in "".join(program))
        assert told.split() == ["1"] * "".join(program).count(CALL)
        came = [call.connection for call in server.requests]
        assert connections is None or came == connections


LOOPS = pytest.mark.parametrize("loop", ["asyncio.run(main())", "trio.run(main)"])
ASYNC = "import trio\nclient = Client(url, auth=auth)"
MAIN = main("print(len(await client.thread.get_available()))")


@LOOPS
def test_a_child_can_use_a_client_whose_event_loop_has_ended(loop):
    with FaultServer() as server:
        assert run(server.url, ASYNC, MAIN, loop, fork(loop), loop).split() == ["1", "1", "1"]
        assert len(server.logins) == 1


@LOOPS
def test_a_child_that_is_forked_within_an_event_loop_can_use_another(loop):
    """In the child the parent's loop is dead; another one can be started."""
    another = f"worker = threading.Thread(target=lambda: {loop})\nworker.start()\nworker.join()"
    outer = block("async def outer():", f"await main()\n{fork(another)}\nawait main()")
    with FaultServer() as server:
        told = run(server.url, ASYNC, MAIN, outer, loop.replace("main", "outer"))
        assert told.split() == ["1", "1", "1"]
        assert len(server.logins) == 1
        assert [call.connection for call in server.calls] == [0, 1, 0]


STREAM = """
    user_client = {library}
    client = SyncClient(url, auth=auth, httpx_client=user_client)
    stream = client.prompt.stream(1, "p")
    chunks = iter(stream)
    next(chunks)
    """
# The parent tells the server by another call that the child has gone, and reads on.
READ_ON = """
    with SyncClient(url, auth=auth) as another:
        another.thread.get_available()
    print(stream.text())
    client.close()
    if user_client is not None:
        user_client.close()
    """
LEAVING = ["sys.exit(0)", "del chunks, stream", "stream.close()", CLOSE]


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
def test_a_child_does_not_disturb_the_stream_that_its_parent_reads(library):
    opened = f"__import__('{library}').Client(trust_env=False)" if library else "None"
    stream = STREAM.format(library=opened)
    program = [part for leaving in LEAVING for part in (stream, fork(leaving), READ_ON)]
    with FaultServer(rest_when_told) as server:
        assert run(server.url, *program).split("\n") == ["Dear Lovelace"] * len(LEAVING)
