"""A blocking answer's body that is left in the middle, or closed under its reader's hands."""

import threading
from collections.abc import Callable, Iterator

import httpx
import pytest

from liminal._http.body import ResponseBody
from liminal._http.httpx_clients.bodies import UserBody
from tests.support.tasks import PATIENCE


class Stream(httpx.SyncByteStream):
    """A body of two parts. ``meanwhile`` happens between a part's arrival and who reads it."""

    def __init__(self) -> None:
        self.meanwhile: Callable[[], None] = lambda: None
        self.closed = 0

    def __iter__(self) -> Iterator[bytes]:
        for part in (b"one", b"two"):
            self.meanwhile()
            yield part

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def stream() -> Stream:
    return Stream()


def raw(stream: Stream, network_stream: object = None) -> ResponseBody:
    extensions = {"http_version": b"HTTP/1.1", "network_stream": network_stream}
    return UserBody(httpx.Response(200, stream=stream, extensions=extensions))


def interrupted() -> None:
    raise KeyboardInterrupt


def test_an_interruption_while_the_rest_is_read_closes_the_connection(stream: Stream) -> None:
    body = raw(stream)
    stream.meanwhile = interrupted
    with pytest.raises(KeyboardInterrupt):
        body.drain()
    assert stream.closed == 1


def test_the_rest_is_not_read_by_a_thread_that_is_out_of_time(
    stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[None] = []

    def over(*_: object) -> None:
        raise TimeoutError

    stream.meanwhile = lambda: read.append(None)
    monkeypatch.setattr(UserBody, "_bounded", over)
    raw(stream).drain()
    assert stream.closed == 1
    assert not read


class Network:
    """A connection that takes its time to be woken, and tells how often it was closed by then."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self.waking, self.go_on = threading.Event(), threading.Event()
        self.closed_when_woken: list[int] = []

    def get_extra_info(self, _: str) -> None:
        self.waking.set()
        self.go_on.wait(PATIENCE)
        self.closed_when_woken.append(self._stream.closed)


def test_a_connection_that_is_being_woken_is_not_given_back_meanwhile(stream: Stream) -> None:
    network = Network(stream)
    body = raw(stream, network)
    closer = threading.Thread(target=body.close)

    def closed_meanwhile() -> None:
        closer.start()
        assert network.waking.wait(PATIENCE)

    stream.meanwhile = closed_meanwhile
    assert body.next_part() == b"one"
    network.go_on.set()
    closer.join()
    assert network.closed_when_woken == [0]
    assert stream.closed == 1
    assert body.next_part() is None


def test_in_a_child_of_a_fork_the_parent_s_connection_is_closed_without_a_word_to_its_pool(
    stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Inherited:
        closed = 0

        def close(self) -> None:
            self.closed += 1

    network = Inherited()
    body = raw(stream, network)
    with monkeypatch.context() as patch:
        patch.setattr("os.getpid", lambda: -1)
        body._reading = True  # the parent's thread was
        body.close()  # wakes nobody: that would shut the parent's connection down
        assert network.closed == 0
        body._reading = False
        body.close()
    assert (network.closed, stream.closed) == (1, 0)
