"""An answer's body that is drained, left in the middle, or closed by another thread."""

import socket
import threading
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from liminal._http.body import DRAIN_BYTES
from liminal._http.httpx_clients.bodies import AsyncUserBody, UserBody
from tests.faults import steps
from tests.faults.server import Exchange, FaultServer, good, head
from tests.support.tasks import PATIENCE

from .drivers import MEGABYTE, Asking


class Stream(httpx.SyncByteStream):
    """A body of two parts. ``meanwhile`` is called before each part is returned."""

    def __init__(self) -> None:
        self.meanwhile: Callable[[], object] = lambda: None
        self.closed = 0

    def __iter__(self) -> Iterator[bytes]:
        for part in (b"one", b"two"):
            self.meanwhile()
            yield part
        self.meanwhile()

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def stream():
    return Stream()


def body_of(stream: Stream, network_stream: Any = None) -> UserBody:
    extensions = {"http_version": b"HTTP/1.1", "network_stream": network_stream}
    return UserBody(httpx.Response(200, stream=stream, extensions=extensions))


def with_a_late_end(exchange: Exchange) -> None:
    """As much as is read at most; that it is all comes after it."""
    exchange.send(head(200, [("Transfer-Encoding", "chunked")]))
    exchange.send(b"%x\r\n%s\r\n" % (DRAIN_BYTES, bytes(DRAIN_BYTES)))
    exchange.wait(0.02)
    exchange.send(b"0\r\n\r\n")


@pytest.mark.parametrize(
    ("step", "used"),
    [
        (with_a_late_end, [0, 0]),
        (steps.body(bytes(16 * MEGABYTE)), [0, 1]),
        (steps.without_its_body(200), [0, 1]),
    ],
    ids=["small", "large", "missing"],
)
def test_a_connection_serves_again_when_the_rest_of_its_answer_is_small_and_there(
    driver, step, used
):
    with FaultServer(step, good) as server:
        asking = Asking(driver, server)
        body = asking.begin()
        driver.run(body.drain)
        driver.run(body.drain)  # once is enough, twice does no harm
        asking.ask()
        assert asking.used == used
        driver.close(asking.pool)


def without_length(exchange: Exchange) -> None:
    """A body that ends with the connection, which it waits for."""
    exchange.send(b"HTTP/1.1 200 OK\r\n\r\nhalf")
    exchange.wait_for_hangup()


def test_a_body_that_is_closed_before_its_end_does_not_seem_whole(driver):
    with FaultServer(without_length, without_length) as server:
        asking = Asking(driver, server)
        between, meanwhile = asking.begin(), asking.begin()
        assert [driver.run(body.next_part) for body in (between, meanwhile)] == [b"half"] * 2
        driver.close(between)
        reading = driver.start(meanwhile.next_part)
        driver.close(meanwhile)
        with pytest.raises(httpx.ReadError):
            driver.run(between.next_part)
        with pytest.raises(httpx.ReadError):
            reading.result(PATIENCE)
        driver.close(asking.pool)


@pytest.mark.parametrize("driver", ["threads"], indirect=True)
def test_a_reader_whose_answer_was_closed_meanwhile_gets_an_error(driver):
    with FaultServer() as server:
        asking = Asking(driver, server)
        body = asking.begin()
        driver.close(body)  # after the second has seen that it is open
        with pytest.raises(httpx.ReadError):
            body._next_part()
        driver.close(asking.pool)


# ---- on a user's client, blocking


async def test_a_body_of_a_user_s_client_is_iterated_as_any_of_httpx_and_keeps_its_end(stream):
    body = body_of(stream)
    assert list(body) == [b"one", b"two"]
    body.close()
    assert body.next_part() is None
    body_async = AsyncUserBody(httpx.Response(200, content=b"one"))
    assert [part async for part in body_async] == [b"one"]
    await body_async.aclose()
    assert await body_async.next_part() is None


def test_an_interruption_while_the_rest_is_read_closes_the_connection(stream):
    def interrupted():
        raise KeyboardInterrupt

    stream.meanwhile = interrupted
    with pytest.raises(KeyboardInterrupt):
        body_of(stream).drain()
    assert stream.closed == 1


def test_the_rest_is_not_read_after_the_deadline(stream, monkeypatch):
    def over(*_):
        raise TimeoutError

    stream.meanwhile = lambda: pytest.fail("it was read")
    monkeypatch.setattr(UserBody, "_bounded", over)
    body_of(stream).drain()
    assert stream.closed == 1


@pytest.fixture
def silent():
    """The network stream of a connection on which nothing comes."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(PATIENCE)
        yield SimpleNamespace(get_extra_info=lambda _: ours, sock=ours)


def test_draining_cuts_a_connection_that_stays_silent(stream, silent):
    received: list[bytes] = []
    stream.meanwhile = lambda: received.append(silent.sock.recv(1))
    body_of(stream, silent).drain()
    assert received == [b""]
    assert stream.closed == 1


def test_where_no_thread_can_be_started_an_answer_is_read_without_a_bound(
    stream, silent, monkeypatch
):
    def refuse(_):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    body = body_of(stream, silent)
    with body.bounded(0.001):
        assert body.next_part() == b"one"


def test_a_connection_is_not_returned_while_its_reader_is_being_woken(stream):
    waking, go_on = threading.Event(), threading.Event()
    closed_when_woken: list[int] = []

    class Network:
        """A connection that takes its time to be woken."""

        def get_extra_info(self, _):
            waking.set()
            go_on.wait(PATIENCE)
            closed_when_woken.append(stream.closed)

    body = body_of(stream, Network())
    closer = threading.Thread(target=body.close)

    def close_meanwhile():
        closer.start()
        assert waking.wait(PATIENCE)

    stream.meanwhile = close_meanwhile
    assert body.next_part() == b"one"
    go_on.set()
    closer.join()
    assert (closed_when_woken, stream.closed) == ([0], 1)
    with pytest.raises(httpx.ReadError):  # and no end, as if this had been all
        body.next_part()


@pytest.mark.parametrize("cut", [UserBody.close, UserBody._cut])
def test_the_end_of_a_connection_that_we_cut_is_not_the_end_of_its_answer(stream, cut):
    body = body_of(stream)
    assert [body.next_part(), body.next_part()] == [b"one", b"two"]
    stream.meanwhile = lambda: cut(body)
    with pytest.raises(httpx.ReadError):
        body.next_part()


def test_the_child_of_a_fork_closes_its_descriptor_and_neither_wakes_nor_returns_the_connection(
    stream, monkeypatch
):
    closed: list[bool] = []

    class Inherited:
        def close(self):
            closed.append(body._reading)

    body = body_of(stream, Inherited())
    with monkeypatch.context() as patch:
        patch.setattr("os.getpid", lambda: -1)
        for is_reading in (True, False):  # the parent's thread was
            body._reading = is_reading
            body.close()
    assert (closed, stream.closed) == ([False], 0)
