"""Of a host's addresses the first that answers is taken, and no other connection is left open."""

import asyncio
import contextlib
import itertools
import socket

import pytest

from liminal._http.asyncio_connect import SocketProtocol, connect
from tests.faults.cancelling import by_task
from tests.support.addresses import FIRST, NOBODY, SECOND, deaf, listening

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Connected(SocketProtocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport


async def reach(name: str, port: int) -> str:
    """Connect, tell where to, and close."""
    connected = await connect(Connected, name, port)
    address = connected.transport.get_extra_info("peername")[0]
    connected.transport.abort()
    await asyncio.sleep(0)
    return str(address)


async def test_an_address_needs_no_look_up(host):
    host()
    with listening(FIRST) as server:
        assert await reach(FIRST, server.getsockname()[1]) == FIRST


async def test_the_first_address_that_takes_the_connection_is_taken(host):
    with listening(FIRST) as server:
        port = server.getsockname()[1]
        with listening(SECOND, port):
            assert await reach(host(SECOND, FIRST), port) == SECOND


async def test_after_a_refusal_the_next_address_is_tried(host):
    with listening(SECOND) as server:
        assert await reach(host(NOBODY, FIRST, SECOND), server.getsockname()[1]) == SECOND


async def test_an_address_that_does_not_answer_is_not_waited_for(host):
    with listening(SECOND) as server:
        port = server.getsockname()[1]
        with deaf(FIRST, port):
            assert await reach(host(FIRST, SECOND), port) == SECOND


async def test_when_all_refuse_the_first_refusal_is_told(host):
    with listening(SECOND) as server:
        port = server.getsockname()[1]
    with pytest.raises(ConnectionRefusedError, match=NOBODY):
        await connect(Connected, host(NOBODY, FIRST), port)


async def test_a_name_without_addresses_is_an_error():
    with pytest.raises(OSError, match=r"invalid|not known|resolution"):
        await connect(Connected, "api.invalid", 443)


async def test_a_name_that_leads_nowhere_is_an_error(host):
    with pytest.raises(OSError, match="no address"):
        await connect(Connected, host(), 443)


async def test_the_families_take_turns(host):
    with listening(FIRST) as server:
        assert await reach(host("::2", "::3", FIRST), server.getsockname()[1]) == FIRST


@pytest.mark.parametrize("addresses", [[FIRST], [NOBODY, FIRST], [FIRST, SECOND], [SECOND, FIRST]])
async def test_cancelled_anywhere_it_leaves_no_connection(host, addresses):
    with listening(FIRST) as server:
        port = server.getsockname()[1]
        for n in itertools.count(1):
            was_cancelled = await by_task(reach(host(*addresses), port), n)
            await nothing_is_open(server)
            if not was_cancelled:
                break
        assert n > 1


async def nothing_is_open(server: socket.socket) -> None:
    await asyncio.sleep(0.02)  # what is closed is closed in one of the loop's next turns
    server.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while True:
            with server.accept()[0] as peer, contextlib.suppress(ConnectionResetError):
                peer.settimeout(5)
                assert peer.recv(1) == b""


@pytest.mark.parametrize("turns", range(8))
async def test_cancelled_just_when_it_is_there_it_is_closed(host, turns):
    """As many turns of the event loop after the connection was made."""
    loop = asyncio.get_running_loop()

    class CancelsSoon(Connected):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(transport)
            self.count_down(turns)

        def count_down(self, left: int) -> None:
            if left == 0:
                task.cancel()
            else:
                loop.call_soon(self.count_down, left - 1)

    async def run() -> None:
        connected = await connect(CancelsSoon, host(FIRST, NOBODY), port)
        connected.transport.abort()

    with listening(FIRST) as server:
        port = server.getsockname()[1]
        task = asyncio.create_task(run())
        await asyncio.wait([task])
        await nothing_is_open(server)
