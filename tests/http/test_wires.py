"""Wires of threads, asyncio and trio: bytes in, bytes out, time-outs, ends."""

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

import anyio
import pytest

from liminal._http.sockets.asyncio_wire import READ_AHEAD, open_wire
from liminal._http.sockets.connect import WaitTimeout
from tests.support.tasks import PATIENCE

from .drivers import MEGABYTE, Driver, Peer, reset, until_gone


@contextmanager
def wired(driver: Driver, peer: Peer) -> Iterator[Any]:
    with peer:
        wire = driver.connect("127.0.0.1", peer.port)
        try:
            yield wire
        finally:
            driver.close(wire)


def until_news(wire: Any) -> None:
    ends = time.monotonic() + PATIENCE
    while not wire.has_news:
        assert time.monotonic() < ends
        time.sleep(0.001)


def test_what_comes_is_read_and_then_the_end(driver: Driver) -> None:
    with wired(driver, Peer(lambda sock: sock.sendall(b"hello"))) as wire:
        assert driver.run(wire.read, 5.0) == b"hello"
        assert driver.run(wire.read, None) == b""


def test_nothing_to_read_in_time_is_a_timeout_after_which_reading_goes_on(driver: Driver) -> None:
    def peer(sock: socket.socket) -> None:
        sock.recv(1)
        sock.sendall(b"late")

    with wired(driver, Peer(peer)) as wire:
        with pytest.raises(WaitTimeout):
            driver.run(wire.read, 0.01)
        driver.run(wire.write, b"?", 5.0)
        assert driver.run(wire.read, 5.0) == b"late"


def test_a_reset_is_an_error(driver: Driver) -> None:
    def peer(sock: socket.socket) -> None:
        sock.recv(1)
        reset(sock)

    with wired(driver, Peer(peer)) as wire:
        driver.run(wire.write, b"?", 5.0)
        with pytest.raises(ConnectionError):
            driver.run(wire.read, 5.0)


def test_a_large_body_arrives_whole_and_is_counted(driver: Driver) -> None:
    def peer(sock: socket.socket) -> None:
        time.sleep(0.02)  # so that the writer has to wait
        size = 0
        while size < 16 * MEGABYTE:
            size += len(sock.recv(MEGABYTE))
        sock.sendall(b"%d" % size)

    with wired(driver, Peer(peer)) as wire:
        driver.run(wire.write, b"x" * 16 * MEGABYTE, 5.0)
        assert driver.run(wire.read, 5.0) == b"%d" % (16 * MEGABYTE)
        assert wire.written == 16 * MEGABYTE


def test_a_server_that_takes_nothing_is_a_timeout(driver: Driver) -> None:
    done = threading.Event()
    with wired(driver, Peer(lambda _: done.wait(PATIENCE))) as wire:
        with pytest.raises(WaitTimeout):
            driver.run(wire.write, b"x" * 64 * MEGABYTE, 0.05)
        done.set()


def test_a_server_that_took_no_more_is_heard_all_the_same(driver: Driver) -> None:
    def peer(sock: socket.socket) -> None:
        sock.sendall(b"no more")
        sock.recv(1)
        sock.close()

    def write_on(wire: Any) -> None:
        while True:
            driver.run(wire.write, b"x" * MEGABYTE, 5.0)

    with wired(driver, Peer(peer)) as wire:
        with pytest.raises(ConnectionError):
            write_on(wire)
        assert driver.run(wire.read, 5.0) == b"no more"


def ends_reading(driver: Driver, wire: Any, reading: "Future[bytes]") -> None:
    time.sleep(0.02)
    driver.close(wire)
    with pytest.raises(ConnectionError, match="this connection was closed"):
        reading.result(PATIENCE)


def test_to_close_under_a_reader_is_no_end_of_the_answer(driver: Driver) -> None:
    with wired(driver, Peer(until_gone)) as wire:
        ends_reading(driver, wire, driver.start(wire.read, None))


def test_what_was_closed_is_neither_read_nor_written(driver: Driver) -> None:
    with wired(driver, Peer(until_gone)) as wire:
        driver.close(wire)
        for step in ((wire.read, 5.0), (wire.write, b"x", 5.0)):
            with pytest.raises(ConnectionError, match="this connection was closed"):
                driver.run(*step)
        assert wire.written == 0
        assert wire.has_news


def test_an_idle_connection_has_no_news(driver: Driver) -> None:
    with wired(driver, Peer(until_gone)) as wire:
        assert not wire.has_news


def test_the_end_of_a_connection_is_news(driver: Driver) -> None:
    with wired(driver, Peer(lambda _: None)) as wire:
        until_news(wire)
        assert driver.run(wire.read, 5.0) == b""


def test_to_close_leaves_no_descriptor_at_once(driver: Driver) -> None:
    with wired(driver, Peer(until_gone)) as wire:
        sock = wire._sock
        assert sock.fileno() >= 0
        driver.close(wire)
        assert sock.fileno() == -1


# ---- asyncio's alone


@pytest.mark.parametrize("driver", ["asyncio"], indirect=True)
def test_a_server_that_is_faster_than_its_reader_waits(driver: Driver) -> None:
    sent = threading.Event()

    def peer(sock: socket.socket) -> None:
        sock.sendall(b"x" * 64 * MEGABYTE)
        sent.set()

    with wired(driver, Peer(peer)) as wire:
        until_news(wire)
        assert not sent.wait(0.05)
        size = 0
        while part := driver.run(wire.read, 5.0):
            assert len(part) <= 2 * READ_AHEAD  # one read of asyncio's may go beyond the bound
            size += len(part)
        assert size == 64 * MEGABYTE


@pytest.mark.parametrize("driver", ["asyncio"], indirect=True)
def test_a_connection_whose_loop_was_closed_can_be_closed(driver: Driver) -> None:
    class Closed:
        def abort(self) -> None:
            raise RuntimeError("Event loop is closed")

    with wired(driver, Peer(until_gone)) as wire:
        transport, wire._transport = wire._transport, Closed()
        wire.close()
        assert wire._sock.fileno() == -1
        wire._transport = transport


@pytest.mark.parametrize("driver", ["asyncio"], indirect=True)
def test_a_socket_that_can_not_be_taken_over_is_closed(driver: Driver) -> None:
    with socket.socket() as sock:  # which is not connected
        sock.setblocking(False)

        async def take_over() -> None:
            with anyio.CancelScope() as scope:
                scope.cancel()
                await open_wire(sock)

        driver.run(take_over)
        assert sock.fileno() == -1
