"""A server that answers before it has read the request, and what becomes of both."""

import socket
import ssl
import threading

import httpx
import pytest

from liminal._http import connection as connections
from liminal._http import exchange
from tests.support.tasks import PATIENCE
from tests.support.tls import trusting

from .drivers import MEGABYTE, SHORT, TIMEOUTS, Progress, head_of, over_tls, until_gone

SIZE = 64 * MEGABYTE


@pytest.fixture
def over():
    """Until when the server keeps the connection, without reading or writing."""
    over = threading.Event()
    yield over
    over.set()


@pytest.mark.parametrize("is_secure", [False, True], ids=["plain", "tls"])
def test_a_refusal_ends_the_sending(dial, over, is_secure):
    def refuse(sock):
        head_of(sock)
        sock.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        sock.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig")
        over.wait(PATIENCE)

    connection = dial(over_tls(refuse), tls=trusting()) if is_secure else dial(refuse)
    progress = Progress()
    assert dial.ask(connection, SIZE, TIMEOUTS, progress).status == 413
    assert dial.driver.run(connection.part, 5.0) == b"big"
    assert not connection.renew()
    assert progress.sent


def test_a_connection_with_half_a_request_on_it_serves_no_other(dial, over, monkeypatch):
    """Not even if it was the last piece that the server did not read."""
    for module in (connections, exchange):
        monkeypatch.setattr(module, "HELD_BYTES", SIZE)

    def refuse(sock):
        left = SIZE - len(head_of(sock).partition(b"\r\n\r\n")[2])
        while left:
            left -= len(sock.recv(left))
        sock.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
        over.wait(PATIENCE)

    def ask():
        parts = iter([bytes(SIZE), bytes(SIZE - 1)])
        headers = {"Host": "localhost", "Content-Length": str(2 * SIZE - 1)}
        request = httpx.Request("POST", "http://localhost/", headers=headers, content=parts)
        return refused.ask(request, TIMEOUTS, Progress())

    refused = dial(refuse)
    assert dial.driver.run(ask).status == 413
    assert dial.driver.run(refused.part, 5.0) == b""
    assert not refused.renew()


def test_a_broken_record_of_tls_ends_the_sending_and_is_the_reason(dial, over):
    """Such as the alert of a server that misses a client's certificate."""

    def break_off(sock):
        head_of(sock)
        socket.socket.sendall(sock, b"\x17\x03\x03\x00\x20" + bytes(32))
        over.wait(PATIENCE)

    with pytest.raises(httpx.ReadError) as caught:
        dial.ask(dial(over_tls(break_off), tls=trusting()), SIZE, TIMEOUTS, Progress())
    assert isinstance(caught.value.__cause__, ssl.SSLError)


def one_more(sock: socket.socket) -> None:
    sock.recv(1)


@pytest.mark.parametrize(
    ("size", "then"),
    [(64 * 1024, until_gone), (32 * MEGABYTE, until_gone), (SIZE, one_more)],
)
def test_an_answer_before_the_request_is_out_is_the_answer(dial, size, then):
    """Many servers read on, lest a reset takes their answer away; others reset."""

    def refuse(sock):
        head_of(sock)
        sock.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
        sock.shutdown(socket.SHUT_WR)
        then(sock)

    def ask():
        parts = (bytes(size) for _ in range(SIZE // size))
        headers = {"Host": "localhost", "Content-Length": str(SIZE)}
        request = httpx.Request("POST", "http://localhost/", headers=headers, content=parts)
        return connection.ask(request, TIMEOUTS, progress)

    connection, progress = dial(refuse), Progress()
    assert dial.driver.run(ask).status == 413
    assert dial.driver.run(connection.part, 5.0) == b""
    assert progress.sent


def test_any_other_answer_comes_once_all_is_sent(dial):
    is_whole = threading.Event()

    def answer_at_once(sock):
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        left = SIZE - len(head_of(sock).partition(b"\r\n\r\n")[2])
        while left:
            left -= len(sock.recv(left))
        is_whole.set()
        until_gone(sock)

    connection = dial(answer_at_once)
    assert dial.ask(connection, SIZE, TIMEOUTS, Progress()).status == 200
    assert dial.driver.run(connection.part, 5.0) == b"ok"
    assert connection.renew()
    assert is_whole.wait(PATIENCE)


@pytest.mark.parametrize("begun", [b"", b"HTTP/1.1 413 Too"], ids=["none", "a part"])
def test_no_answer_or_a_part_of_one_does_not_end_the_sending(dial, over, begun):
    def begin_to_answer(sock):
        head_of(sock)
        sock.sendall(begun)
        over.wait(PATIENCE)

    progress = Progress()
    with pytest.raises(httpx.WriteTimeout):
        dial.ask(dial(begin_to_answer), SIZE, SHORT, progress)
    assert progress.sent
