"""A connection that one thread closes while another waits for it."""

import socket
import threading
from collections.abc import Iterator

import httpcore
import pytest

from liminal._http.deadlines import LimitedStream
from tests.support.tasks import PATIENCE


class Inner(httpcore.NetworkStream):
    """A stream that tells when it is read, and keeps the socket that it was closed on."""

    def __init__(self, ours: socket.socket) -> None:
        self.socket = ours
        self.reading = threading.Event()
        self.closed_by: list[threading.Thread] = []

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self.reading.set()
        self.socket.settimeout(timeout)
        return self.socket.recv(max_bytes)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.socket.sendall(buffer)

    def close(self) -> None:
        self.closed_by.append(threading.current_thread())
        self.socket.close()

    def get_extra_info(self, info: str) -> object:
        return self.socket if info == "socket" else None


@pytest.fixture
def inner() -> Iterator[Inner]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield Inner(ours)


def test_who_waits_for_it_is_woken_and_closes_it_itself(inner: Inner) -> None:
    stream = LimitedStream(inner)
    came: list[bytes] = []
    reader = threading.Thread(target=lambda: came.append(stream.read(1, PATIENCE)), daemon=True)
    reader.start()
    assert inner.reading.wait(PATIENCE)
    stream.close()
    reader.join(PATIENCE / 2)
    assert came == [b""]
    assert inner.closed_by[0] is reader


def test_when_nobody_waits_it_is_closed_at_once(inner: Inner) -> None:
    LimitedStream(inner).close()
    assert inner.closed_by == [threading.current_thread()]


@pytest.mark.parametrize("use", [lambda s: s.read(1, 1), lambda s: s.write(b"x", 1)])
def test_once_it_is_closed_it_is_used_no_more(inner: Inner, use: object) -> None:
    stream = LimitedStream(inner)
    stream.close()
    with pytest.raises(httpcore.ReadError, match="this connection was closed"):
        use(stream)  # type: ignore[operator]
    assert not inner.reading.is_set()
