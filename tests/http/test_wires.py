"""Wires of threads, asyncio and trio: bytes in, bytes out, timeouts, ends."""

import socket
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import anyio.lowlevel
import pytest

from liminal._http.sockets import asyncio_wire
from liminal._http.sockets.connect import WaitTimeout
from tests._sync.waiting import until
from tests.support.tasks import PATIENCE

from .drivers import MEGABYTE, Act, reset, until_gone

Wired = Callable[[Act], Any]
THREADS = pytest.mark.parametrize("driver", ["threads"], indirect=True)
ASYNCIO = pytest.mark.parametrize("driver", ["asyncio"], indirect=True)


@pytest.fixture
def wire_to(driver, serve):
    """Connect wires to servers that act so."""
    with ExitStack() as stack:

        def connect(act):
            wire = driver.connect("127.0.0.1", serve(act))
            stack.callback(driver.close, wire)
            return wire

        yield connect


@pytest.mark.parametrize("sent", [b"hello", b""])
def test_bytes_and_the_end_are_seen_before_they_are_read(driver, wire_to, sent):
    wire = wire_to(lambda sock: sock.sendall(sent))
    until(lambda: wire.has_input)
    assert driver.run(wire.read, 5.0) == sent
    assert driver.run(wire.read, None) == b""


def test_nothing_to_read_in_time_is_a_timeout_after_which_reading_goes_on(driver, wire_to):
    wire = wire_to(lambda sock: sock.recv(1) and sock.send(b"late"))
    with pytest.raises(WaitTimeout):
        driver.run(wire.read, 0.01)
    assert not wire.has_input
    driver.run(wire.write, b"?", 5.0)
    assert driver.run(wire.read, 5.0) == b"late"


def test_a_large_body_arrives_whole_and_is_counted(driver, wire_to):
    def count(sock):
        time.sleep(0.02)  # so that the writer has to wait
        size = 0
        while size < 16 * MEGABYTE:
            size += len(sock.recv(MEGABYTE))
        sock.sendall(b"%d" % size)

    wire = wire_to(count)
    driver.run(wire.write, b"x" * 16 * MEGABYTE, 5.0)
    assert driver.run(wire.read, 5.0) == b"%d" % (16 * MEGABYTE)
    assert wire.written == 16 * MEGABYTE


def test_closing_wakes_a_reader_with_an_error(driver, wire_to):
    wire = wire_to(until_gone)
    reading = driver.start(wire.read, None)
    time.sleep(0.02)
    driver.close(wire)
    with pytest.raises(ConnectionError, match="this connection was closed"):
        reading.result(PATIENCE)


def test_a_closed_wire_is_neither_read_nor_written_and_holds_no_descriptor(driver, wire_to):
    wire = wire_to(until_gone)
    sock = wire._sock
    assert sock.fileno() >= 0
    driver.close(wire)
    assert sock.fileno() == -1
    for step in ((wire.read, 5.0), (wire.write, b"x", 5.0)):
        with pytest.raises(ConnectionError, match="this connection was closed"):
            driver.run(*step)
    assert wire.written == 0
    assert wire.has_input


@THREADS
def test_the_child_of_a_fork_closes_a_wire_that_its_parent_waits_for(driver, wire_to, monkeypatch):
    wire = wire_to(until_gone)
    wire._busy = True  # as in a copy of the parent's memory
    monkeypatch.setattr("os.getpid", lambda: -1)
    wire.close()
    assert wire._sock.fileno() == -1


# ---- trio alone


@pytest.mark.parametrize("driver", ["trio"], indirect=True)
@pytest.mark.parametrize("steps", range(5))
def test_closing_ends_a_write_that_watches_for_input_at_any_step(driver, wire_to, steps):
    async def write():
        with pytest.raises(ConnectionError, match="this connection was closed"):
            await wire.write(bytes(64 * MEGABYTE), 5.0)

    async def write_and_close():
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(write)
            for _ in range(steps):
                await anyio.lowlevel.checkpoint()
            wire.close()

    closed = threading.Event()
    wire = wire_to(lambda _: closed.wait(PATIENCE))
    wire.on_input = pytest.fail
    driver.run(write_and_close)
    closed.set()


# ---- asyncio alone


@ASYNCIO
def test_a_connection_whose_loop_was_closed_can_be_closed(driver, wire_to):
    class Closed:
        def abort(self):
            raise RuntimeError("Event loop is closed")

    wire = wire_to(until_gone)
    transport, wire._transport = wire._transport, Closed()
    wire.close()
    assert wire._sock.fileno() == -1
    wire._transport = transport


@ASYNCIO
def test_a_socket_that_can_not_be_taken_over_is_closed(driver):
    async def take_over():
        with anyio.CancelScope() as scope:
            scope.cancel()
            await asyncio_wire.open_wire(sock)

    with socket.socket() as sock:  # which is not connected
        sock.setblocking(False)
        driver.run(take_over)
        assert sock.fileno() == -1


@ASYNCIO
def test_a_write_waits_for_one_piece_at_a_time_however_large_the_request(driver, wire_to):
    """So a wait takes no longer than in threads or on trio."""
    closed = threading.Event()
    wire = wire_to(lambda _: closed.wait(PATIENCE))
    with pytest.raises(WaitTimeout):
        driver.run(wire.write, bytes(64 * MEGABYTE), 0.01)
    assert wire._transport.get_write_buffer_size() < MEGABYTE
    closed.set()


@ASYNCIO
def test_a_write_that_fails_midway_is_not_logged(driver, wire_to, caplog):
    def reset_when_told(sock):
        begun.wait(PATIENCE)
        reset(sock)
        gone.set()

    async def write():
        begun.set()
        gone.wait(PATIENCE)  # so that the event loop has not noticed yet
        await wire.write(bytes(MEGABYTE), 5.0)

    begun, gone = threading.Event(), threading.Event()
    wire = wire_to(reset_when_told)
    driver.run(write)
    with pytest.raises(ConnectionError):
        driver.run(wire.read, 5.0)
    assert not caplog.records


@ASYNCIO
def test_a_wait_that_is_over_leaves_no_timer(driver, wire_to, monkeypatch):
    def call_later(*args):
        timers.append(begin(*args))
        return timers[-1]

    wire = wire_to(lambda sock: sock.recv(1) and sock.send(b"late"))
    timers, begin = [], wire._loop.call_later
    monkeypatch.setattr(wire._loop, "call_later", call_later)
    reading = driver.start(wire.read, 1000.0)
    driver.run(wire.write, b"?", 5.0)
    assert reading.result(PATIENCE) == b"late"
    assert [timer.cancelled() for timer in timers if timer.when() > wire._loop.time() + 60] == [
        True
    ]
