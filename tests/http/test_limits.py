"""What enforces a deadline: a cancel scope, or each wait of a blocking socket."""

import contextlib
import errno
import math
import resource
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio
import httpx
import pytest

from liminal._http.connection import Connection
from liminal._http.http import Http
from liminal._http.route import Route
from liminal._http.settings.network_options import NetworkOptions
from liminal._http.settings.server_url import parse_server_url
from liminal._http.sockets.blocking_wire import Wire, connect, shut_down
from liminal._http.sockets.connect import WaitTimeout
from liminal._http.sockets.deadline import Deadline
from liminal._http.sockets.limits import (
    Waiter,
    check_limit,
    limit_async,
    limit_sync,
    one_wait,
    wait_for,
)
from tests.support.addresses import FIRST, deaf
from tests.support.tasks import PATIENCE
from tests.support.tls import NO_TLS

from .drivers import MEGABYTE

SHORT = 0.05


def deadline(seconds: float | None) -> Deadline:
    return Deadline(call_seconds=seconds, try_seconds=None)


# ---- asyncio and trio


@pytest.mark.parametrize(
    ("limited", "pause"),
    [
        (deadline(1000), Deadline.paused),
        (Deadline(call_seconds=None, try_seconds=1000), Deadline.try_paused),
    ],
)
async def test_a_block_is_not_cancelled_while_the_deadline_is_paused(limited, pause):
    limited.begin_try()
    with limit_async(limited):
        with pause(limited):
            assert anyio.current_effective_deadline() == math.inf
        assert anyio.current_effective_deadline() < math.inf


async def test_a_cancellation_from_outside_is_no_timeout():
    with anyio.move_on_after(SHORT) as outer, limit_async(deadline(1000)):
        await anyio.sleep_forever()
    assert outer.cancelled_caught


async def test_a_deadline_that_is_cancelled_while_its_limit_begins_ends_the_block():
    class Cancelled(Deadline):
        __slots__ = ()

        def left(self) -> float:
            left = super().left()
            self.cancel()  # as another thread does, right after this one has read the time
            return left

    with pytest.raises(TimeoutError), limit_async(Cancelled(call_seconds=1000, try_seconds=None)):
        await anyio.sleep(PATIENCE)


# ---- blocking sockets


@pytest.fixture
def pair():
    """A connection to a socket on which nothing happens by itself."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        wire = connect("127.0.0.1", listener.getsockname()[1], 5)
        peer = listener.accept()[0]
    with peer, contextlib.closing(wire):
        yield wire, peer


Pair = tuple[Wire, socket.socket]


def shake(wire: Wire) -> None:
    Connection(wire).open(Route(host="localhost", port=1, tls=NO_TLS), {"connect": None})


def connect_to_the_deaf(_: Wire) -> None:
    with deaf(FIRST) as port:
        connect(FIRST, port, None)


WAITS: dict[str, Callable[[Wire], Any]] = {
    "a read": lambda wire: wire.read(1000),
    "a read without a timeout": lambda wire: wire.read(None),
    "a write that nobody reads": lambda wire: wire.write(bytes(64 * MEGABYTE), 1000),
    "a TLS handshake": shake,
    "a connect": connect_to_the_deaf,
    "a wait to be woken": lambda _: wait_for(Waiter(), 1000),
}


@pytest.mark.parametrize("wait", WAITS)
@pytest.mark.parametrize("is_cancelled", [False, True], ids=["at the deadline", "when cancelled"])
def test_a_blocking_wait_ends_early(pair, wait, is_cancelled):
    limited = deadline(1000 if is_cancelled else SHORT)
    cutting = threading.Timer(SHORT, limited.cancel)
    if is_cancelled:
        cutting.start()
    with pytest.raises(TimeoutError), limit_sync(limited):
        WAITS[wait](pair[0])
    cutting.cancel()


def test_after_a_cancellation_nothing_is_read_or_written(pair):
    (wire, peer), limited = pair, deadline(1000)
    peer.send(b"there is something to read")
    with limit_sync(limited):
        limited.cancel()
        for step in (lambda: wire.write(b"too late", None), lambda: wire.read(None)):
            with pytest.raises(TimeoutError):
                step()
    assert wire.written == 0
    peer.settimeout(SHORT)
    with pytest.raises(TimeoutError):
        peer.recv(1)


def test_a_cancellation_just_as_a_limit_begins_is_not_lost():
    class CancelledMeanwhile(Deadline):
        def left(self):
            found = super().left()
            if found > 0:
                self.cancel()  # as another thread may, between this thread's any two steps
            return found

    limited = CancelledMeanwhile(call_seconds=1000, try_seconds=None)
    with limit_sync(limited), pytest.raises(TimeoutError):
        check_limit()


def test_a_limit_is_for_its_own_thread_and_ends_with_its_block(pair):
    wire, peer = pair
    with ThreadPoolExecutor(1) as threads, limit_sync(deadline(0.001)):
        time.sleep(0.01)
        wire_of_another = threads.submit(wire.read, 5)
        peer.send(b"pong")
        assert wire_of_another.result() == b"pong"
    wire.write(b"ping", 5)
    assert peer.recv(4) == b"ping"


def test_the_system_s_timeout_is_not_the_limit_s():
    """ETIMEDOUT is a TimeoutError as well: nothing has been heard of the other side for minutes."""

    def wait(_):
        raise TimeoutError(errno.ETIMEDOUT, "the system gave up")

    with pytest.raises(ConnectionAbortedError, match="gave up"):
        one_wait(wait, None, print)


def test_the_innermost_limit_counts_and_leaves_a_wait_its_own_timeout(pair):
    with limit_sync(deadline(math.inf)):
        with limit_sync(deadline(SHORT)), pytest.raises(TimeoutError):
            pair[0].read(None)
        with pytest.raises(WaitTimeout):
            pair[0].read(SHORT)


def test_a_wait_is_not_cut_short_while_the_deadline_is_paused(pair):
    limited = deadline(SHORT)
    with limit_sync(limited), limited.paused(), pytest.raises(WaitTimeout):
        pair[0].read(SHORT * 3)


def test_a_limit_that_an_interruption_kept_from_ending_ends_with_its_call_s_step(pair):
    short = deadline(SHORT)
    http = Http(parse_server_url("http://127.0.0.1:1"), None, NetworkOptions())
    http.enter(short)
    with limit_sync(deadline(1000)):
        limit_sync(short).__enter__()
        http.leave(short)
        with pytest.raises(WaitTimeout):
            pair[0].read(SHORT * 2)
    assert short.limit is None


def test_a_negative_time_is_not_waited_for():
    with limit_sync(deadline(1000)):
        assert not wait_for(Waiter(), -1.0)


def test_a_deadline_tells_whether_an_enforced_bound_comes_first():
    limited = deadline(10)
    assert not limited.ends_within(60)  # nothing enforces it
    with limit_sync(limited):
        assert limited.ends_within(60)
        assert not limited.ends_within(1)


def test_a_socket_that_has_its_methods_in_the_object_is_woken_as_well():
    class Green:  # as eventlet's are
        def __init__(self, fd):
            self.shutdown = fd.shutdown

    ours, theirs = socket.socketpair()
    with ours, theirs:
        shut_down(Green(ours))
        assert theirs.recv(1) == b""


def test_without_a_descriptor_for_it_a_connection_is_a_connect_error():
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    with socket.socket() as probe:
        resource.setrlimit(resource.RLIMIT_NOFILE, (probe.fileno(), before[1]))
    try:
        with pytest.raises(httpx.ConnectError, match="Too many open files"):
            Connection.connect(Route(host="127.0.0.1", port=1), {"connect": None})
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
