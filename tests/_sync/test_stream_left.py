# Derived from tests/_async/test_stream_left.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""However and whenever a stream is left or closed, nothing of it stays open on the server's side.

Over connections of our own and over those of a caller's client alike.
"""

import gc
import random
import time
from collections.abc import Iterator
from contextlib import (
    suppress,
)
from functools import partial
from typing import Any

import httpx
import pytest

from liminal import LiminalError, PromptStream, StreamInterruptedError, SyncClient
from liminal.auth import Token
from tests.faults.server import Exchange, FaultServer
from tests.support.streams import ADA, DEAR, STOP, begin, finish, lines, more, waiting
from tests.support.tasks import ThreadGroup
from tests.support.tls import NO_TLS

from .clients import leaves_nothing
from .waiting import settle, until

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
def test_a_stream_can_be_closed_while_its_reader_waits(connect, closers):
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


def test_closing_the_client_ends_a_stream_that_nobody_reads(connect):
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


def test_a_reader_that_another_has_just_overtaken_loses_no_chunk(connect):
    with leaves_nothing(connect, waiting) as client:
        stream = client.prompt.stream(1, "hello")
        next(stream)
        assert stream._read_more()  # as after finding no chunk that was ready
        assert next(stream).content == "Ada"
        stream.close()


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


# ---- closed at any moment: while it connects, signs in, opens, waits, is read or drained


def any_server(moments: random.Random, exchange: Exchange) -> None:
    """A server that may be slow to begin, to go on, and to end, and may never do so."""
    exchange.wait(moments.choice([0.0, 0.005]))
    begin(exchange, lines(DEAR, ADA))
    if moments.random() < 0.3:
        exchange.wait_for_hangup()
    exchange.wait(moments.choice([0.0, 0.005]))
    more(exchange, lines(STOP))
    exchange.wait(moments.choice([0.0, 0.005, 0.15]))
    finish(exchange)


def close_after(seconds: float, stream: PromptStream) -> None:
    time.sleep(seconds)
    stream.close()


def read_and_close(client: SyncClient, moments: random.Random) -> None:
    """Read three streams one after another, each closed by others at some moment."""
    for _ in range(3):
        stream = client.prompt.stream(1, "hello")
        with ThreadGroup() as tasks:
            for _ in range(2):
                tasks.start(partial(close_after, moments.random() * 0.03, stream))
            reader = tasks.start(stream.text)
        if reader.error is None:
            assert reader.value == "Dear Ada"
        else:
            assert isinstance(reader.error, LiminalError)
            assert "closed before" in str(reader.error)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("pool", ["own", "user's"])
def test_a_stream_closed_at_any_moment_leaves_nothing(seed, pool):
    moments = random.Random(seed)
    with httpx.Client(verify=NO_TLS, trust_env=False) as user_client:
        with FaultServer(partial(any_server, moments)) as server:
            httpx_client = user_client if pool == "user's" else None
            client = SyncClient(server.url, auth=Token("a-token"), httpx_client=httpx_client)
            with ThreadGroup() as tasks:
                readers = [tasks.start(partial(read_and_close, client, moments)) for _ in range(4)]
            assert [reader.error for reader in readers] == [None] * 4
            client.close()
            user_client.close()
            until(lambda: server.connections == 0)
    settle()
