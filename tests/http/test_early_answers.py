"""A server that answers before it has read the request, and then neither reads on nor closes."""

import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.tasks import PATIENCE
from tests.support.tls import trusting

from .drivers import MEGABYTE, SHORT, TIMEOUTS, Dial, Progress, head_of, over_tls, until_gone

SIZE = 64 * MEGABYTE


@pytest.fixture
def over() -> Iterator[threading.Event]:
    """Until when the server keeps the connection."""
    over = threading.Event()
    yield over
    over.set()


def ask(dial: Dial, connection: Any, timeouts: Any, progress: Progress) -> Any:
    """The answer's head, and whether the connection can serve again once its body was read."""
    request = httpx.Request("POST", "https://localhost/", content=bytes(SIZE))

    async def asked() -> Any:
        found = await connection.ask(request, timeouts, progress)
        return found, await connection.part(5.0), connection.renew()

    def asked_here() -> Any:
        found = connection.ask(request, timeouts, progress)
        return found, connection.part(5.0), connection.renew()

    return dial.driver.run(asked if dial.driver.is_async else asked_here)


@pytest.mark.parametrize("is_secure", [False, True], ids=["plain", "tls"])
def test_a_refusal_ends_the_sending(dial: Dial, over: threading.Event, is_secure: bool) -> None:
    def refuse(sock: Any) -> None:
        head_of(sock)
        sock.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        sock.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig")
        over.wait(PATIENCE)

    connection = dial(over_tls(refuse), tls=trusting()) if is_secure else dial(refuse)
    progress = Progress()
    head, body, serves_again = ask(dial, connection, TIMEOUTS, progress)
    assert (head.status, body, serves_again) == (413, b"big", False)
    assert progress.sent


def test_any_other_answer_comes_once_all_is_sent(dial: Dial) -> None:
    is_whole = threading.Event()

    def answer_at_once(sock: Any) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        left = SIZE - len(head_of(sock).partition(b"\r\n\r\n")[2])
        while left:
            left -= len(sock.recv(left))
        is_whole.set()
        until_gone(sock)

    head, body, serves_again = ask(dial, dial(answer_at_once), TIMEOUTS, Progress())
    assert (head.status, body, serves_again) == (200, b"ok", True)
    assert is_whole.wait(PATIENCE)


def test_a_part_of_an_answer_does_not_end_the_sending(dial: Dial, over: threading.Event) -> None:
    def begin_to_answer(sock: Any) -> None:
        head_of(sock)
        sock.sendall(b"HTTP/1.1 413 Too")
        over.wait(PATIENCE)

    with pytest.raises(httpx.WriteTimeout):
        ask(dial, dial(begin_to_answer), SHORT, Progress())
