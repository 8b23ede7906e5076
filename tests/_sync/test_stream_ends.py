# Derived from tests/_async/test_stream_ends.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""However a stream ends, nothing of it stays open: counted on the server's side.

Over connections of our own and over those of a lent client alike.
"""

import gc
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from liminal import (
    LiminalError,
    ResponseValidationError,
    StreamInterruptedError,
    StreamServerError,
    SyncClient,
)
from liminal.auth import Token
from tests.faults.server import Exchange, FaultServer
from tests.support.streams import (
    ADA,
    DEAR,
    SSE,
    STOP,
    begin,
    chunk,
    events,
    finish,
    lines,
    more,
    streaming,
)
from tests.support.tasks import ThreadGroup
from tests.support.tls import NO_TLS

from .waiting import settle, until

Connect = Callable[..., SyncClient]


@pytest.fixture(params=["own", "lent"])
def connect(request: pytest.FixtureRequest) -> Iterator[Connect]:
    """Make clients on connections of their own, or on lent ones. At the end nothing may be left."""
    with ExitStack() as stack:
        lent = None
        if request.param == "lent":
            lent = stack.enter_context(httpx.Client(verify=NO_TLS, trust_env=False))

        def connect(server: FaultServer, **options: Any) -> SyncClient:
            return SyncClient(server.url, auth=Token("a-token"), httpx_client=lent, **options)

        yield connect
        settle()


def waiting(exchange: Exchange) -> None:
    """A server that has said two things, and then says no more."""
    begin(exchange, lines(DEAR, ADA))
    exchange.wait_for_hangup()


# ---- left early


def test_a_break_closes_the_connection(connect: Connect) -> None:
    with FaultServer(waiting) as server:
        client = connect(server)
        for _ in client.prompt.stream(1, "hello"):
            break
        until(lambda: server.connections == 0)
        client.close()


def test_a_break_within_with_closes_the_connection(connect: Connect) -> None:
    with FaultServer(waiting) as server:
        client = connect(server)
        with client.prompt.stream(1, "hello") as stream:
            for _ in stream:
                break
        until(lambda: server.connections == 0)
        client.close()


def test_an_exception_in_the_loop_closes_the_connection(connect: Connect) -> None:
    with FaultServer(waiting) as server:
        client = connect(server)

        def fail() -> None:
            for _ in client.prompt.stream(1, "hello"):
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()
        until(lambda: server.connections == 0)
        client.close()


def test_an_exception_within_with_closes_the_connection(connect: Connect) -> None:
    with FaultServer(waiting) as server:
        client = connect(server)

        def fail() -> None:
            with client.prompt.stream(1, "hello") as stream:
                for _ in stream:
                    raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()
        until(lambda: server.connections == 0)
        client.close()


def test_a_return_from_the_loop_closes_the_connection(connect: Connect) -> None:
    def first(client: SyncClient) -> str:
        for first in client.prompt.stream(1, "hello"):
            return first.content
        return "nothing"

    with FaultServer(waiting) as server:
        client = connect(server)
        assert first(client) == "Dear "
        until(lambda: server.connections == 0)
        client.close()


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
    with FaultServer(waiting) as server:
        client = connect(server)
        cycle: list[object] = []
        chunks = iter(client.prompt.stream(1, "hello"))
        next(chunks)
        cycle += [chunks, cycle]
        del chunks, cycle
        gc.collect()
        until(lambda: server.connections == 0)
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

    with FaultServer(waiting) as server:
        client = connect(server)
        generator = words(client)
        assert next(generator) == "Dear "
        generator.close()  # type: ignore[attr-defined]
        until(lambda: server.connections == 0)
        client.close()


def test_a_generator_around_with_may_be_closed_early(connect: Connect) -> None:
    def words(client: SyncClient) -> Iterator[str]:
        with client.prompt.stream(1, "hello") as stream:
            for one in stream:
                yield one.content

    with FaultServer(waiting) as server:
        client = connect(server)
        generator = words(client)
        assert next(generator) == "Dear "
        generator.close()  # type: ignore[attr-defined]
        until(lambda: server.connections == 0)
        client.close()


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
    with FaultServer(waiting) as server:
        client = connect(server)
        with client.prompt.stream(1, "hello") as stream:
            for _ in stream:
                stream.close()
                stream.close()
                break
        until(lambda: server.connections == 0)
        client.close()


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
    with FaultServer(waiting) as server:
        client = connect(server, timeout=1000, deadline=1000)
        stream = client.prompt.stream(1, "hello")
        with ThreadGroup() as tasks:
            reader = tasks.start(stream.text)
            until(lambda: "2 chunks" in repr(stream))
            stream.close()
        assert isinstance(reader.error, StreamInterruptedError)
        assert "closed before the answer's end" in str(reader.error)
        assert (reader.error.partial_text, reader.error.chunks_received) == ("Dear Ada", 2)
        until(lambda: server.connections == 0)
        client.close()


def test_another_may_close_a_stream_that_is_being_opened() -> None:
    """The model may think for long before its answer begins."""
    with FaultServer(Exchange.wait_for_hangup) as server:
        client = SyncClient(server.url, auth=Token("a-token"), timeout=1000, deadline=1000)
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
        client = SyncClient(server.url, auth=Token("a-token"), timeout=1000, deadline=1000)
        stream = client.prompt.stream(1, "hello")
        with ThreadGroup() as tasks:
            reader = tasks.start(stream.text)
            until(lambda: "2 chunks" in repr(stream))
            client.close()
        assert isinstance(reader.error, StreamInterruptedError)
        until(lambda: server.connections == 0)
    settle()


def test_many_may_close_a_stream_at_a_time(connect: Connect) -> None:
    with FaultServer(waiting) as server:
        client = connect(server)
        stream = client.prompt.stream(1, "hello")
        with ThreadGroup() as tasks:
            reader = tasks.start(stream.text)
            until(lambda: "2 chunks" in repr(stream))
            closers = [tasks.start(stream.close) for _ in range(10)]
        assert isinstance(reader.error, StreamInterruptedError)
        assert [closer.error for closer in closers] == [None] * 10
        until(lambda: server.connections == 0)
        client.close()


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


# ---- failed


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (events(DEAR) + b"event: error\ndata: x\n\n", StreamServerError),
        (events(DEAR, "no JSON"), ResponseValidationError),
    ],
)
def test_a_failed_answer_s_connection_is_closed(
    connect: Connect, body: bytes, error: type[LiminalError]
) -> None:
    def step(exchange: Exchange) -> None:
        begin(exchange, body, content_type=SSE)
        exchange.wait_for_hangup()

    with FaultServer(step) as server:
        client = connect(server)
        with pytest.raises(error):
            client.prompt.stream(1, "hello").text()
        until(lambda: server.connections == 0)
        client.close()


def test_a_stalled_answer_s_connection_is_closed(connect: Connect) -> None:
    with FaultServer(waiting) as server:
        client = connect(server, timeout=0.3)
        with pytest.raises(StreamInterruptedError):
            client.prompt.stream(1, "hello").text()
        until(lambda: server.connections == 0)
        client.close()


def test_an_error_s_connection_serves_again(connect: Connect) -> None:
    with FaultServer(lambda exchange: exchange.answer(404, {"message": "gone"})) as server:
        client = connect(server)
        for _ in range(3):
            with pytest.raises(LiminalError, match="404"):
                client.prompt.stream(1, "hello").text()
        assert server.accepted == 1
        client.close()


# ---- read to the end


def test_a_whole_answer_s_connection_serves_again(connect: Connect) -> None:
    with FaultServer(streaming(lines(DEAR, ADA, STOP))) as server:
        client = connect(server)
        for _ in range(3):
            client.prompt.stream(1, "hello").text()
            for _ in client.prompt.stream(1, "hello"):
                pass
            with client.prompt.stream(1, "hello") as stream:
                for one in stream:
                    if one.finish_reason:
                        break
        assert (server.accepted, len(server.calls)) == (1, 9)
        client.close()


def test_it_serves_again_where_the_body_s_length_was_told(connect: Connect) -> None:
    with FaultServer(lambda exchange: exchange.answer(200, lines(DEAR, STOP))) as server:
        client = connect(server)
        for _ in range(3):
            client.prompt.stream(1, "hello").text()
        assert server.accepted == 1
        client.close()


def test_it_serves_again_where_the_end_comes_a_little_later(connect: Connect) -> None:
    def step(exchange: Exchange) -> None:
        begin(exchange, events(DEAR, STOP), content_type=SSE)
        exchange.wait(0.02)
        more(exchange, events("[DONE]"))
        exchange.wait(0.02)
        finish(exchange)

    with FaultServer(step) as server:
        client = connect(server)
        for _ in range(3):
            client.prompt.stream(1, "hello").text()
        assert server.accepted == 1
        client.close()


def test_it_is_closed_where_the_server_keeps_it_open(connect: Connect) -> None:
    def step(exchange: Exchange) -> None:
        begin(exchange, lines(DEAR, STOP))
        exchange.wait_for_hangup()

    with FaultServer(step) as server:
        client = connect(server, timeout=1000, deadline=1000)
        assert client.prompt.stream(1, "hello").text() == "Dear "
        until(lambda: server.connections == 0)
        client.close()


def test_it_is_closed_where_the_server_writes_on_and_on(connect: Connect) -> None:
    def step(exchange: Exchange) -> None:
        begin(exchange, lines(DEAR, STOP))
        while True:
            more(exchange, b"x" * 10_000)

    with FaultServer(step) as server:
        client = connect(server, timeout=1000, deadline=1000)
        assert client.prompt.stream(1, "hello").text() == "Dear "
        until(lambda: server.connections == 0)
        client.close()


def test_it_is_closed_where_the_server_drips(connect: Connect) -> None:
    def step(exchange: Exchange) -> None:
        begin(exchange, lines(DEAR, STOP))
        while True:
            more(exchange, b"x")
            exchange.wait(0.01)

    with FaultServer(step) as server:
        client = connect(server, timeout=1000, deadline=1000)
        assert client.prompt.stream(1, "hello").text() == "Dear "
        until(lambda: server.connections == 0)
        client.close()


def test_a_loss_after_the_finish_is_no_error(connect: Connect) -> None:
    def step(exchange: Exchange) -> None:
        begin(exchange, lines(DEAR, STOP))
        exchange.wait(0.02)
        exchange.reset()

    with FaultServer(step) as server:
        client = connect(server)
        stream = client.prompt.stream(1, "hello")
        assert (stream.text(), stream.finish_reason) == ("Dear ", "stop")
        until(lambda: server.connections == 0)
        client.close()


def test_many_may_close_a_whole_answer_at_a_time(connect: Connect) -> None:
    def step(exchange: Exchange) -> None:
        begin(exchange, lines(DEAR, STOP))
        exchange.wait(0.05)
        finish(exchange)

    with FaultServer(step) as server:
        client = connect(server)
        stream = client.prompt.stream(1, "hello")
        chunks = iter(stream)
        assert [next(chunks).content for _ in range(2)] == ["Dear ", ""]
        with ThreadGroup() as tasks:
            closers = [tasks.start(stream.close) for _ in range(10)]
        assert [closer.error for closer in closers] == [None] * 10
        assert stream.text() == "Dear "
        assert server.accepted == 1
        client.close()


# ---- a slow reader, a long answer


def test_to_read_takes_no_more_memory_than_the_text(connect: Connect) -> None:
    padded = chunk("x")[:-1] + f', "padding": "{"x" * 400}"}}'

    def step(exchange: Exchange) -> None:
        begin(exchange)
        for _ in range(100):
            more(exchange, lines(*[padded] * 100))
        more(exchange, lines(STOP))
        finish(exchange)

    with FaultServer(step) as server:
        client = connect(server)
        tracemalloc.start()
        try:
            text = client.prompt.stream(1, "hello").text()
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert len(text) == 10_000
        assert peak < 1_500_000  # of 4,500,000 bytes read, the server's own share included
        client.close()


def test_a_slow_reader_slows_the_server(connect: Connect) -> None:
    written = 0

    def step(exchange: Exchange) -> None:
        nonlocal written
        begin(exchange)
        part = lines(*[DEAR] * 1000)
        while True:
            more(exchange, part)
            written += len(part)

    with FaultServer(step) as server:
        client = connect(server)
        stream = client.prompt.stream(1, "hello")
        chunks = iter(stream)
        next(chunks)
        before = -1
        while before != written:  # until the buffers of both kernels are full
            before = written
            time.sleep(0.05)
        assert written < 32 * 1024 * 1024
        for _ in stream:  # it goes on as soon as somebody reads
            if written > before:
                break
        stream.close()
        client.close()
