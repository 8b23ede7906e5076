"""What makes a clock's bound bite: a cancel scope, or each wait of a blocking socket."""

import contextlib
import errno
import math
import resource
import socket
import ssl
import threading
import time
from collections.abc import Iterator

import anyio
import anyio.lowlevel
import httpx
import pytest

from liminal._http.connection import Connection
from liminal._http.http import Http
from liminal._http.route import Route
from liminal._http.settings.network_options import NetworkOptions
from liminal._http.settings.server_url import parse_server_url
from liminal._http.sockets.blocking_wire import Wire, connect, shut_down
from liminal._http.sockets.clock import Clock
from liminal._http.sockets.connect import WaitTimeout
from liminal._http.sockets.deadlines import (
    Waiter,
    check_limit,
    end_limit,
    limit_async,
    limit_sync,
    one_wait,
    wait_for,
)
from tests.support.addresses import FIRST, deaf

SHORT = 0.05


def clock(seconds: float | None) -> Clock:
    return Clock(call_seconds=seconds, try_seconds=None)


# ---- asyncio and trio


@pytest.mark.anyio
async def test_a_block_is_cut_off_when_the_clock_runs_out():
    with pytest.raises(TimeoutError), limit_async(clock(SHORT)):
        await anyio.sleep_forever()


@pytest.mark.anyio
async def test_a_block_that_ends_in_time_is_left_alone():
    with limit_async(clock(1000)):
        await anyio.lowlevel.checkpoint()


@pytest.mark.anyio
async def test_a_block_is_not_cut_off_while_the_clock_stands_still():
    stopped = clock(SHORT)
    with limit_async(stopped):
        with stopped.stopped():
            await anyio.sleep(SHORT * 3)
        await anyio.lowlevel.checkpoint()


@pytest.mark.anyio
async def test_a_cancellation_from_outside_is_no_timeout():
    with anyio.move_on_after(SHORT) as outer, limit_async(clock(1000)):
        await anyio.sleep_forever()
    assert outer.cancelled_caught


# ---- blocking sockets


@contextlib.contextmanager
def pair() -> Iterator[tuple[Wire, socket.socket]]:
    """A limited connection to a socket on which nothing happens by itself."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        stream = connect("127.0.0.1", listener.getsockname()[1], 5)
        peer = listener.accept()[0]
    with peer, contextlib.closing(stream):
        yield stream, peer


def shake(wire: Wire, tls: ssl.SSLContext, seconds: float | None = None) -> Connection:
    """A handshake on a wire."""
    connection = Connection(wire)
    connection.open(Route(host="localhost", port=1, tls=tls), {"connect": seconds})
    return connection


def test_a_read_ends_when_the_clock_runs_out():
    with pair() as (stream, _), limit_sync(clock(SHORT)), pytest.raises(TimeoutError):
        stream.read(1000)


def test_a_connection_of_a_clock_that_was_cut_sends_nothing():
    limited = clock(1000)
    with pair() as (stream, peer), limit_sync(limited):
        limited.cut()
        with pytest.raises(TimeoutError):
            stream.write(b"too late", None)
        with pytest.raises(TimeoutError):
            stream.read(None)
        assert stream.written == 0
        peer.settimeout(SHORT)
        with pytest.raises(TimeoutError):
            peer.recv(1)


def test_a_cut_just_as_a_limit_begins_is_not_lost():
    class CutMeanwhile(Clock):
        def left(self) -> float:
            found = super().left()
            if found > 0:
                self.cut()  # as another thread may, between this thread's any two steps
            return found

    limited = CutMeanwhile(call_seconds=1000, try_seconds=None)
    with limit_sync(limited), pytest.raises(TimeoutError):
        check_limit()


def test_another_thread_can_cut_a_tls_handshake_short():
    limited, tls = clock(1000), ssl.create_default_context()  # which takes a while
    with pair() as (stream, _), limit_sync(limited):
        cutting = threading.Timer(SHORT, limited.cut)
        cutting.start()
        with pytest.raises(TimeoutError):
            shake(stream, tls)
        cutting.join()


@pytest.fixture
def _no_descriptors() -> Iterator[None]:
    """This process may open no more files, nor sockets."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    with socket.socket() as last:
        resource.setrlimit(resource.RLIMIT_NOFILE, (last.fileno(), before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.usefixtures("_no_descriptors")
def test_without_a_descriptor_for_it_a_connection_is_a_connect_error():
    timeouts = {"connect": None}
    with pytest.raises(httpx.ConnectError, match="Too many open files"):
        Connection.connect(Route(host="127.0.0.1", port=1), timeouts)


def test_another_thread_can_cut_a_read_short():
    limited = clock(1000)
    with pair() as (stream, _), limit_sync(limited):
        cutting = threading.Timer(SHORT, limited.cut)
        cutting.start()
        with pytest.raises(TimeoutError):
            stream.read(None)
        cutting.join()


def test_a_read_without_a_timeout_ends_as_well():
    with pair() as (stream, _), limit_sync(clock(SHORT)), pytest.raises(TimeoutError):
        stream.read(None)


def test_a_read_by_its_own_timeout_is_no_end_of_the_limit():
    with pair() as (stream, _), limit_sync(clock(1000)), pytest.raises(WaitTimeout):
        stream.read(SHORT)


def test_a_wait_begins_no_more_when_the_clock_has_run_out():
    with pair() as (stream, peer), limit_sync(clock(0.001)):
        peer.send(b"there is something to read")
        time.sleep(0.01)
        with pytest.raises(TimeoutError):
            stream.read(None)


def test_a_write_to_a_peer_that_does_not_read_ends():
    with pair() as (stream, _), limit_sync(clock(SHORT)), pytest.raises(TimeoutError):
        stream.write(bytes(64 * 1024 * 1024), 1000)


def test_a_write_to_a_peer_that_reads_slowly_ends():
    """Each wait for the socket is short, but there are many."""
    done = threading.Event()

    def read_slowly(peer: socket.socket) -> None:
        while not done.wait(0.002):
            peer.recv(65536)

    with pair() as (stream, peer):
        thread = threading.Thread(target=read_slowly, args=[peer])
        thread.start()
        begun = time.monotonic()
        try:
            with limit_sync(clock(0.2)), pytest.raises(TimeoutError):
                stream.write(bytes(32 * 1024 * 1024), 1000)
        finally:
            done.set()
            thread.join()
        assert time.monotonic() - begun < 3  # to read it all takes that peer twice as long


def test_without_a_limit_a_connection_works_as_ever():
    with pair() as (stream, peer):
        stream.write(b"ping", 5)
        peer.send(b"pong")
        assert stream.read(None) == b"pong"
        assert peer.recv(4) == b"ping"


def test_what_the_system_gave_up_is_no_end_of_the_limit():
    """ETIMEDOUT is a TimeoutError as well: nothing has been heard of the other side for minutes."""

    def wait(_: float | None) -> None:
        raise TimeoutError(errno.ETIMEDOUT, "the system gave up")

    with pytest.raises(ConnectionAbortedError, match="gave up"):
        one_wait(wait, None, print)


def test_the_innermost_limit_counts():
    with pair() as (stream, _), limit_sync(clock(math.inf)):
        with limit_sync(clock(SHORT)), pytest.raises(TimeoutError):
            stream.read(None)
        with pytest.raises(WaitTimeout):
            stream.read(SHORT)


def test_a_limit_that_an_interruption_kept_from_ending_can_be_ended_later():
    short, long = clock(SHORT), clock(1000)
    with pair() as (stream, _), limit_sync(long):
        limit_sync(short).__enter__()
        end_limit(short)
        end_limit(short)  # once is enough, twice does no harm
        with pytest.raises(WaitTimeout):
            stream.read(SHORT * 2)


def test_a_step_of_a_call_ends_its_limit_whatever_came_in_between():
    limited = clock(1000)
    http = Http(parse_server_url("http://127.0.0.1:1"), None, NetworkOptions())
    http.enter(limited)
    limit_sync(limited).__enter__()
    http.leave(limited)
    assert limited.limit is None


def test_no_time_at_all_is_not_waited_for():
    with limit_sync(clock(1000)):
        assert not wait_for(Waiter(), -1.0)


def test_a_limit_is_for_its_own_thread():
    with pair() as (stream, peer), limit_sync(clock(0.001)):
        time.sleep(0.01)
        peer.send(b"x")
        got: list[bytes] = []
        thread = threading.Thread(target=lambda: got.append(stream.read(5)))
        thread.start()
        thread.join()
    assert got == [b"x"]


def test_a_wait_is_not_cut_short_while_the_clock_stands_still():
    stopped = clock(SHORT)
    longer = pytest.raises(WaitTimeout)
    with pair() as (stream, _), limit_sync(stopped), stopped.stopped(), longer:
        stream.read(SHORT * 3)


def test_connecting_ends_when_the_clock_has_run_out():
    with deaf(FIRST) as port, limit_sync(clock(SHORT)), pytest.raises(TimeoutError):
        connect(FIRST, port, None)


def test_a_tls_handshake_ends_when_the_clock_runs_out():
    with pair() as (stream, _), limit_sync(clock(SHORT)), pytest.raises(TimeoutError):
        shake(stream, ssl.create_default_context(), 1000)


def test_a_socket_that_has_its_methods_in_the_object_is_woken_as_well():
    class Green:  # as eventlet's are
        def __init__(self, fd: socket.socket) -> None:
            self.shutdown = fd.shutdown

    ours, theirs = socket.socketpair()
    with ours, theirs:
        shut_down(Green(ours))
        assert theirs.recv(1) == b""


def test_a_clock_tells_whether_an_enforced_bound_comes_first() -> None:
    limited = clock(10)
    assert not limited.ends_within(60)  # nothing enforces it
    with limit_sync(limited):
        assert limited.ends_within(60)
        assert not limited.ends_within(1)
