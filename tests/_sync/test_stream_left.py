# Derived from tests/_async/test_stream_left.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""However a stream is left or closed before its end, nothing of it stays open on the server's side.

Over connections of our own and over those of a caller's client alike.
"""

import gc
from collections.abc import Iterator
from contextlib import (
    suppress,
)
from typing import Any

import pytest

from liminal import LiminalError, PromptStream, StreamInterruptedError
from tests.faults.server import FaultServer
from tests.support.streams import waiting
from tests.support.tasks import ThreadGroup

from .clients import leaves_nothing
from .waiting import until

# ---- left early


def by_a_break(stream: PromptStream) -> None:
    for _ in stream:
        break


def by_an_exception(stream: PromptStream) -> None:
    with suppress(ZeroDivisionError):
        for _ in stream:
            raise ZeroDivisionError


def by_an_exception_within_with(stream: PromptStream) -> None:
    chunks = iter(stream)
    with suppress(ZeroDivisionError):
        with stream:
            next(chunks)
            raise ZeroDivisionError


def by_a_return(stream: PromptStream) -> str:
    for first in stream:
        return first.content
    return "nothing"


def by_dropping_its_iterator(stream: PromptStream) -> None:
    next(iter(stream))


def by_dropping_its_iterator_in_a_cycle(stream: PromptStream) -> None:
    chunks = iter(stream)
    next(chunks)
    cycle: list[object] = [chunks]
    cycle.append(cycle)
    del chunks, cycle
    gc.collect()


def by_closing_it_twice(stream: PromptStream) -> None:
    chunks = iter(stream)
    next(chunks)
    stream.close()
    stream.close()
    with pytest.raises(StreamInterruptedError):
        next(chunks)


def by_closing_a_generator_around_with(stream: PromptStream) -> None:
    def words() -> Iterator[str]:
        with stream:
            for one in stream:
                yield one.content

    generator = words()
    assert next(generator) == "Dear "
    generator.close()


@pytest.mark.parametrize(
    "leave",
    [
        by_a_break,
        by_an_exception,
        by_an_exception_within_with,
        by_a_return,
        by_dropping_its_iterator,
        by_dropping_its_iterator_in_a_cycle,
        by_closing_it_twice,
        by_closing_a_generator_around_with,
    ],
)
def test_a_stream_that_is_left_closes_its_connection(connect, leave):
    with leaves_nothing(connect, waiting) as client:
        stream = client.prompt.stream(1, "hello")
        leave(stream)
        with pytest.raises(StreamInterruptedError, match="closed before the answer's end") as lost:
            stream.text()
        assert (lost.value.partial_text, lost.value.chunks_received) == ("Dear ", 1)


def test_a_stream_dropped_after_a_step_closes_its_connection(connect):
    with leaves_nothing(connect, waiting) as client:
        assert next(client.prompt.stream(1, "hello")).content == "Dear "


# ---- closed by others


@pytest.mark.parametrize("closers", [1, 10])
def test_others_may_close_a_stream_whose_reader_waits(connect, closers):
    with leaves_nothing(connect, waiting, timeout=1000, deadline=1000) as client:
        stream = client.prompt.stream(1, "hello")
        with ThreadGroup() as tasks:
            reader = tasks.start(stream.text)
            until(lambda: "2 chunks" in repr(stream))
            closing = [tasks.start(stream.close) for _ in range(closers)]
        assert {closer.error for closer in closing} == {None}
        assert isinstance(reader.error, StreamInterruptedError)
        assert "closed before the answer's end" in str(reader.error)
        assert reader.error.partial_text == "Dear Ada"


def test_to_close_the_client_ends_a_stream_that_nobody_reads(connect):
    with leaves_nothing(connect, waiting) as client:
        stream = client.prompt.stream(1, "hello")
        next(chunks := iter(stream))
        client.close()
        stream.close()
    del chunks


def in_a_loop(stream):
    for _ in stream:
        pass


@pytest.mark.parametrize("read", [PromptStream.text, in_a_loop])
def test_a_second_reader_is_refused_and_the_first_reads_on(connect, read):
    with leaves_nothing(connect, waiting) as client:
        stream = client.prompt.stream(1, "hello")
        with ThreadGroup() as tasks:
            reader = tasks.start(stream.text)
            until(lambda: "2 chunks" in repr(stream))
            with pytest.raises(LiminalError, match="is reading this stream: only one can"):
                read(stream)
            assert "open" in repr(stream)
            stream.close()
        assert isinstance(reader.error, StreamInterruptedError)


def test_a_stream_that_is_closed_just_as_it_begins_is_not_sent(connect):
    with FaultServer() as server:
        stream = connect(server).prompt.stream(1, "hello")
        begin = stream._api.begin

        def begin_meanwhile(*request: Any) -> Any:
            stream._closed = True  # all that close() does when it sees no call yet
            return begin(*request)

        stream._api.begin = begin_meanwhile
        with pytest.raises(LiminalError, match="this stream was closed before"):
            stream.text()
        assert not server.requests
