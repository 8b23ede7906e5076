# Derived from tests/_async/test_stream_left.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""However a stream is left or closed before its end, nothing of it stays open on the server's side.

Over connections of our own and over those of a caller's client alike.
"""

import gc
from collections.abc import Iterator
from typing import Any

import pytest

from liminal import LiminalError, StreamInterruptedError, SyncClient
from tests.faults.server import Exchange, FaultServer
from tests.support.streams import DEAR, STOP, lines, streaming, waiting
from tests.support.tasks import ThreadGroup

from .clients import Connect, client_of, leaves_nothing
from .waiting import settle, until

# ---- left early


def test_a_break_closes_the_connection(connect: Connect) -> None:
    with leaves_nothing(connect, waiting) as client:
        for _ in client.prompt.stream(1, "hello"):
            break


def test_a_break_within_with_closes_the_connection(connect: Connect) -> None:
    with (
        leaves_nothing(connect, waiting) as client,
        client.prompt.stream(1, "hello") as stream,
    ):
        for _ in stream:
            break


def test_an_exception_in_the_loop_closes_the_connection(connect: Connect) -> None:
    with leaves_nothing(connect, waiting) as client:

        def fail() -> None:
            for _ in client.prompt.stream(1, "hello"):
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()


def test_an_exception_within_with_closes_the_connection(connect: Connect) -> None:
    with leaves_nothing(connect, waiting) as client:

        def fail() -> None:
            with client.prompt.stream(1, "hello") as stream:
                for _ in stream:
                    raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()


def test_a_return_from_the_loop_closes_the_connection(connect: Connect) -> None:
    def first(client: SyncClient) -> str:
        for first in client.prompt.stream(1, "hello"):
            return first.content
        return "nothing"

    with leaves_nothing(connect, waiting) as client:
        assert first(client) == "Dear "


def test_a_dropped_iterator_closes_the_connection(connect: Connect) -> None:
    with FaultServer(waiting) as server:
        client = connect(server)
        stream = client.prompt.stream(1, "hello")
        chunks = iter(stream)
        next(chunks)
        del chunks
        until(lambda: server.connections == 0)
        with pytest.raises(StreamInterruptedError):
            stream.text()
        client.close()


def test_an_iterator_dropped_in_a_cycle_closes_the_connection(connect: Connect) -> None:
    with leaves_nothing(connect, waiting) as client:
        cycle: list[object] = []
        chunks = iter(client.prompt.stream(1, "hello"))
        next(chunks)
        cycle += [chunks, cycle]
        del chunks, cycle
        gc.collect()


def test_a_stream_dropped_after_a_step_closes_the_connection(connect: Connect) -> None:
    with leaves_nothing(connect, waiting) as client:
        assert next(client.prompt.stream(1, "hello")).content == "Dear "


def test_steps_of_a_stream_and_its_iterators_follow_each_other(connect: Connect) -> None:
    with FaultServer(streaming(lines(DEAR, DEAR, STOP))) as server:
        client = connect(server)
        stream = client.prompt.stream(1, "hello")
        first = next(stream)
        rest = [chunk for chunk in stream]
        assert [one.content for one in (first, *rest)] == ["Dear ", "Dear ", ""]
        assert next(stream, None) is None
        assert stream.text() == "Dear Dear "
        client.close()


def test_an_unread_iterator_leaves_the_stream_as_it_is(connect: Connect) -> None:
    with FaultServer(streaming(lines(DEAR, STOP))) as server:
        client = connect(server)
        stream = client.prompt.stream(1, "hello")
        iter(stream)
        assert stream.text() == "Dear "
        client.close()


def test_a_generator_around_a_stream_may_be_closed_early(connect: Connect) -> None:
    def words(client: SyncClient) -> Iterator[str]:
        for one in client.prompt.stream(1, "hello"):
            yield one.content

    with leaves_nothing(connect, waiting) as client:
        generator = words(client)
        assert next(generator) == "Dear "
        generator.close()  # type: ignore[attr-defined]


def test_a_generator_around_with_may_be_closed_early(connect: Connect) -> None:
    def words(client: SyncClient) -> Iterator[str]:
        with client.prompt.stream(1, "hello") as stream:
            for one in stream:
                yield one.content

    with leaves_nothing(connect, waiting) as client:
        generator = words(client)
        assert next(generator) == "Dear "
        generator.close()  # type: ignore[attr-defined]


# ---- closed


def test_close_closes_the_connection_of_an_unfinished_answer(connect: Connect) -> None:
    with FaultServer(waiting) as server:
        client = connect(server)
        stream = client.prompt.stream(1, "hello")
        chunks = iter(stream)
        next(chunks)
        stream.close()
        until(lambda: server.connections == 0)
        with pytest.raises(StreamInterruptedError):
            next(chunks)
        client.close()


def test_to_close_twice_is_no_harm(connect: Connect) -> None:
    with (
        leaves_nothing(connect, waiting) as client,
        client.prompt.stream(1, "hello") as stream,
    ):
        for _ in stream:
            stream.close()
            stream.close()
            break


def test_to_close_the_client_ends_its_streams(connect: Connect) -> None:
    with FaultServer(waiting) as server:
        client = connect(server)
        stream = client.prompt.stream(1, "hello")
        chunks = iter(stream)
        assert next(chunks).content == "Dear "
        client.close()
        stream.close()
        until(lambda: server.connections == 0)


def test_another_may_close_a_stream_whose_reader_waits(connect: Connect) -> None:
    with leaves_nothing(connect, waiting, timeout=1000, deadline=1000) as client:
        stream = client.prompt.stream(1, "hello")
        with ThreadGroup() as tasks:
            reader = tasks.start(stream.text)
            until(lambda: "2 chunks" in repr(stream))
            stream.close()
        assert isinstance(reader.error, StreamInterruptedError)
        assert "closed before the answer's end" in str(reader.error)
        assert (reader.error.partial_text, reader.error.chunks_received) == ("Dear Ada", 2)


def test_another_may_close_a_stream_that_is_being_opened() -> None:
    """The model may think for long before its answer begins."""
    with FaultServer(Exchange.wait_for_hangup) as server:
        client = client_of(server, timeout=1000, deadline=1000)
        stream = client.prompt.stream(1, "hello")
        with ThreadGroup() as tasks:
            reader = tasks.start(stream.text)
            until(lambda: server.calls)
            stream.close()
        assert isinstance(reader.error, StreamInterruptedError)
        assert "closed before the answer's end" in str(reader.error)
        until(lambda: server.connections == 0)
        assert len(server.calls) == 1
        client.close()
    settle()


def test_another_may_close_the_client_of_a_stream_whose_reader_waits() -> None:
    with FaultServer(waiting) as server:
        client = client_of(server, timeout=1000, deadline=1000)
        stream = client.prompt.stream(1, "hello")
        with ThreadGroup() as tasks:
            reader = tasks.start(stream.text)
            until(lambda: "2 chunks" in repr(stream))
            client.close()
        assert isinstance(reader.error, StreamInterruptedError)
        until(lambda: server.connections == 0)
    settle()


def test_many_may_close_a_stream_at_a_time(connect: Connect) -> None:
    with leaves_nothing(connect, waiting) as client:
        stream = client.prompt.stream(1, "hello")
        with ThreadGroup() as tasks:
            reader = tasks.start(stream.text)
            until(lambda: "2 chunks" in repr(stream))
            closers = [tasks.start(stream.close) for _ in range(10)]
        assert isinstance(reader.error, StreamInterruptedError)
        assert [closer.error for closer in closers] == [None] * 10


def test_only_one_may_read_at_a_time(connect: Connect) -> None:
    with FaultServer(waiting) as server:
        client = connect(server)
        stream = client.prompt.stream(1, "hello")
        with ThreadGroup() as tasks:
            reader = tasks.start(stream.text)
            until(lambda: "2 chunks" in repr(stream))
            with pytest.raises(LiminalError, match="is reading this stream: only one can"):
                stream.text()
            stream.close()
        assert isinstance(reader.error, StreamInterruptedError)
        assert len(server.calls) == 1
        client.close()


def test_a_stream_that_is_closed_just_as_it_begins_is_not_sent(connect: Connect) -> None:
    with FaultServer() as server:
        stream = connect(server).prompt.stream(1, "hello")
        begin = stream._api.begin

        def begin_meanwhile(*request: Any) -> Any:
            stream._closed = True  # all that close() does when it sees no call yet
            return begin(*request)

        stream._api.begin = begin_meanwhile  # type: ignore[method-assign]
        with pytest.raises(LiminalError, match="this stream was closed before"):
            stream.text()
        assert not server.requests
