"""What makes a clock's bound bite: a cancel scope, or each wait of a blocking socket."""

import contextlib
import math
import resource
import socket
import ssl
import threading
import time
from collections.abc import Iterator

import anyio
import anyio.lowlevel
import httpcore
import pytest
import trustme

from liminal._calls.client_options import NetworkOptions
from liminal._http.sockets.clock import Clock
from liminal._calls.server_url import parse_server_url
from liminal._http.sockets.deadlines import (
    Bell,
    LimitedBackend,
    LimitedStream,
    check_limit,
    end_limit,
    limit_async,
    limit_sync,
    wait_for,
    wake,
)
from liminal._http.transports import Http

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
def pair() -> Iterator[tuple[LimitedStream, socket.socket]]:
    """A limited connection to a socket on which nothing happens by itself."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        backend = LimitedBackend()
        stream = backend.connect_tcp("127.0.0.1", listener.getsockname()[1], timeout=5)
        peer = listener.accept()[0]
    with peer, contextlib.closing(stream):
        assert isinstance(stream, LimitedStream)
        yield stream, peer


def test_a_read_ends_when_the_clock_runs_out():
    with pair() as (stream, _), limit_sync(clock(SHORT)), pytest.raises(TimeoutError):
        stream.read(1, timeout=1000)


def test_a_connection_of_a_clock_that_was_cut_sends_nothing():
    limited = clock(1000)
    with pair() as (stream, peer), limit_sync(limited):
        limited.cut()
        stream.write(b"too late")
        with pytest.raises(TimeoutError):
            stream.read(1)
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
        with pytest.raises(httpcore.ConnectError):
            stream.start_tls(tls, "localhost")
        cutting.join()


def test_the_limits_end_before_a_tls_handshake_closes_the_connection():
    limited = clock(1000)
    with pair() as (stream, peer), limit_sync(limited):
        limited.cut()
        with pytest.raises(TimeoutError):
            stream.start_tls(ssl.create_default_context(), "localhost")
        peer.settimeout(5)
        assert peer.recv(1) == b""


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
    with pytest.raises(httpcore.ConnectError, match="Too many open files"):
        LimitedBackend().connect_tcp("127.0.0.1", 1)


def test_without_a_descriptor_for_it_a_handshake_is_a_connect_error(request):
    tls = ssl.create_default_context()
    with pair() as (stream, peer), limit_sync(clock(1000)):
        request.getfixturevalue("_no_descriptors")
        with pytest.raises(httpcore.ConnectError, match="Too many open files"):
            stream.start_tls(tls, "localhost")
        peer.settimeout(5)
        assert peer.recv(1) == b""


def test_another_thread_can_cut_a_read_short():
    limited = clock(1000)
    with pair() as (stream, _), limit_sync(limited):
        cutting = threading.Timer(SHORT, limited.cut)
        cutting.start()
        with pytest.raises(TimeoutError):
            stream.read(1)
        cutting.join()


def test_a_read_without_a_timeout_ends_as_well():
    with pair() as (stream, _), limit_sync(clock(SHORT)), pytest.raises(TimeoutError):
        stream.read(1)


def test_a_read_by_its_own_timeout_is_httpcores_affair():
    with pair() as (stream, _), limit_sync(clock(1000)), pytest.raises(httpcore.ReadTimeout):
        stream.read(1, timeout=SHORT)


def test_a_wait_begins_no_more_when_the_clock_has_run_out():
    with pair() as (stream, peer), limit_sync(clock(0.001)):
        peer.send(b"there is something to read")
        time.sleep(0.01)
        with pytest.raises(TimeoutError):
            stream.read(1)


def test_a_write_to_a_peer_that_does_not_read_ends():
    with pair() as (stream, _), limit_sync(clock(SHORT)), pytest.raises(TimeoutError):
        stream.write(bytes(64 * 1024 * 1024), timeout=1000)


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
                stream.write(bytes(32 * 1024 * 1024), timeout=1000)
        finally:
            done.set()
            thread.join()
        assert time.monotonic() - begun < 3  # to read it all takes that peer twice as long


def test_without_a_limit_a_connection_works_as_ever():
    with pair() as (stream, peer):
        stream.write(b"ping", timeout=5)
        peer.send(b"pong")
        assert stream.read(4) == b"pong"
        assert peer.recv(4) == b"ping"
        assert isinstance(stream.get_extra_info("socket"), socket.socket)


def test_nothing_is_a_write_as_well():
    with pair() as (stream, peer):
        stream.write(b"")
        stream.write(b"x")
        peer.send(b"!")
        stream.read(1)
        assert peer.recv(4) == b"x"


def test_a_head_and_its_body_leave_in_one_packet():
    with pair() as (stream, peer):
        stream.write(b"head ")
        stream.write(b"body")
        peer.send(b"!")
        stream.read(1)
        assert peer.recv(100) == b"head body"


def test_who_is_refused_while_it_writes_reads_why():
    with pair() as (stream, peer):
        peer.send(b"no")
        stream._inner.get_extra_info("socket").shutdown(socket.SHUT_WR)
        stream.write(b"more")
        assert stream.read(2) == b"no"


def test_the_innermost_limit_counts():
    with pair() as (stream, _), limit_sync(clock(math.inf)):
        with limit_sync(clock(SHORT)), pytest.raises(TimeoutError):
            stream.read(1)
        with pytest.raises(httpcore.ReadTimeout):
            stream.read(1, timeout=SHORT)


def test_a_limit_that_an_interruption_kept_from_ending_can_be_ended_later():
    short, long = clock(SHORT), clock(1000)
    with pair() as (stream, _), limit_sync(long):
        limit_sync(short).__enter__()
        end_limit(short)
        end_limit(short)  # once is enough, twice does no harm
        with pytest.raises(httpcore.ReadTimeout):
            stream.read(1, timeout=SHORT * 2)


def test_a_step_of_a_call_ends_its_limit_whatever_came_in_between():
    limited = clock(1000)
    http = Http(parse_server_url("http://127.0.0.1:1"), None, NetworkOptions())
    http.enter(limited)
    limit_sync(limited).__enter__()
    http.leave(limited)
    assert limited.limit is None


def test_no_time_at_all_is_not_waited_for():
    with limit_sync(clock(1000)):
        assert not wait_for(Bell(), -1.0)


def test_a_limit_is_for_its_own_thread():
    with pair() as (stream, peer), limit_sync(clock(0.001)):
        time.sleep(0.01)
        peer.send(b"x")
        got: list[bytes] = []
        thread = threading.Thread(target=lambda: got.append(stream.read(1, timeout=5)))
        thread.start()
        thread.join()
    assert got == [b"x"]


def test_a_wait_is_not_cut_short_while_the_clock_stands_still():
    stopped = clock(SHORT)
    longer = pytest.raises(httpcore.ReadTimeout)
    with pair() as (stream, _), limit_sync(stopped), stopped.stopped(), longer:
        stream.read(1, timeout=SHORT * 3)


def test_connecting_ends_when_the_clock_has_run_out():
    backend = LimitedBackend()
    with limit_sync(clock(0.001)):
        time.sleep(0.01)
        with pytest.raises(TimeoutError):
            backend.connect_tcp("127.0.0.1", 1)


def test_a_tls_handshake_ends_when_the_clock_runs_out():
    with pair() as (stream, _), limit_sync(clock(SHORT)), pytest.raises(TimeoutError):
        stream.start_tls(ssl.create_default_context(), "localhost", timeout=1000)


def test_a_connection_with_tls_is_limited_as_well():
    authority = trustme.CA()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.issue_cert("localhost").configure_cert(server)
    authority.configure_trust(client)
    with pair() as (stream, peer):
        kept: list[ssl.SSLSocket] = []
        shake = threading.Thread(
            target=lambda: kept.append(server.wrap_socket(peer, server_side=True))
        )
        shake.start()
        secure = stream.start_tls(client, "localhost", timeout=5)
        shake.join()
        expires = pytest.raises(TimeoutError)
        with contextlib.closing(secure), kept[0], limit_sync(clock(SHORT)), expires:
            secure.read(1)


def test_a_socket_that_has_its_methods_in_the_object_is_woken_as_well():
    class Green:  # as eventlet's are
        def __init__(self, fd: socket.socket) -> None:
            self.shutdown = fd.shutdown

    class Holder(httpcore.NetworkStream):
        def get_extra_info(self, info: str) -> object:
            return {"socket": Green(ours)}[info]

    ours, theirs = socket.socketpair()
    with ours, theirs:
        wake(Holder())
        assert theirs.recv(1) == b""
