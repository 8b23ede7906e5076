# Derived from tests/_async/test_stream.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""A prompt stream as its reader uses it: sent when read, iterated, read whole, and never lying."""

import copy
import pickle
from typing import Any

import pytest

from liminal import LiminalError, StreamInterruptedError, SyncClient
from liminal.auth import Token
from liminal.sandbox import Sandbox
from tests.faults.server import Exchange, FaultServer
from tests.support.streams import ADA, DEAR, STOP, begin, lines

from .clients import client_of
from .reading import read
from .waiting import settle

# ---- when it is sent


def test_a_stream_that_is_never_read_is_never_sent(client: SyncClient, sandbox: Sandbox) -> None:
    client.prompt.stream(1, "hello")
    with client.prompt.stream(1, "hello"):
        pass
    stream = client.prompt.stream(1, "hello")
    iter(stream)
    stream.close()
    settle()
    assert sandbox.requests == []


def test_a_stream_is_sent_once(client: SyncClient, sandbox: Sandbox) -> None:
    stream = client.prompt.stream(1, "hello")
    for _ in stream:
        pass
    stream.text()
    stream.close()
    assert sandbox.submits == 1


def test_both_formats_are_asked_for(client: SyncClient, sandbox: Sandbox) -> None:
    client.prompt.stream(1, "hello").text()
    accept = sandbox.requests[-1].headers["accept"]
    assert accept == "text/event-stream, application/x-ndjson"


@pytest.mark.parametrize("stream_format", ["sse", "ndjson"])
def test_the_sandbox_s_formats_read_the_same(stream_format: str) -> None:
    with Sandbox(stream_format=stream_format) as sandbox:  # type: ignore[arg-type]
        with SyncClient(sandbox.url, auth=Token(sandbox.token)) as client:
            stream = client.prompt.stream(1, "hello")
            assert stream.text().startswith("Thank you.")
            assert stream.finish_reason == "stop"


# ---- how it is read


def test_chunks_come_as_they_are_written() -> None:
    def step(exchange: Exchange) -> None:
        begin(exchange, lines(DEAR))
        exchange.wait_for_hangup()

    with FaultServer(step) as server:
        with client_of(server) as client:
            for chunk in client.prompt.stream(1, "hello"):
                assert chunk.content == "Dear "
                break


def test_text_is_the_whole_text(client: SyncClient) -> None:
    text = client.prompt.stream(1, "hello").text()
    assert text == "".join([c.content for c in client.prompt.stream(1, "hello")])


def test_text_holds_the_chunks_already_taken(client: SyncClient) -> None:
    whole = client.prompt.stream(1, "hello").text()
    stream = client.prompt.stream(1, "hello")
    chunks = iter(stream)
    first = next(chunks)
    assert (first.content, stream.text()) == ("Thank ", whole)


def test_an_iterator_is_its_own_iterator(client: SyncClient) -> None:
    chunks = iter(client.prompt.stream(1, "hello"))
    first = next(chunks)
    rest = [chunk.content for chunk in chunks]
    assert (first.content + "".join(rest)).startswith("Thank you. ")


def test_text_within_the_loop_ends_the_loop(client: SyncClient) -> None:
    stream = client.prompt.stream(1, "hello")
    turns = 0
    for _ in stream:
        turns += 1
        text = stream.text()
    assert (turns, text) == (1, stream.text())


def test_text_can_be_asked_for_again(client: SyncClient) -> None:
    stream = client.prompt.stream(1, "hello")
    assert stream.text() == stream.text()


def test_text_after_the_loop_is_the_whole_text(client: SyncClient) -> None:
    stream = client.prompt.stream(1, "hello")
    contents = [chunk.content for chunk in stream]
    assert stream.text() == "".join(contents)


def test_text_is_still_there_after_close(client: SyncClient) -> None:
    with client.prompt.stream(1, "hello") as stream:
        text = stream.text()
    assert stream.text() == text


def test_a_stream_that_was_read_has_no_more_chunks(client: SyncClient) -> None:
    stream = client.prompt.stream(1, "hello")
    stream.text()
    assert [chunk for chunk in stream] == []


def test_the_finish_reason_is_known_once_the_answer_has_ended(client: SyncClient) -> None:
    stream = client.prompt.stream(1, "hello")
    seen = [stream.finish_reason]
    for chunk in stream:
        assert stream.finish_reason == chunk.finish_reason
        seen.append(stream.finish_reason)
    assert (seen[0], set(seen[:-1]), seen[-1]) == (None, {None}, "stop")


def test_the_context_manager_gives_the_stream(client: SyncClient) -> None:
    stream = client.prompt.stream(1, "hello")
    with stream as entered:
        assert entered is stream


def test_a_stream_takes_no_longer_than_its_answer() -> None:
    """The server keeps the connection open: the finish is the end all the same."""

    def step(exchange: Exchange) -> None:
        begin(exchange, lines(DEAR, ADA, STOP))
        exchange.wait_for_hangup()

    with FaultServer(step) as server:
        with client_of(server, timeout=1000, deadline=1000) as client:
            stream = client.prompt.stream(1, "hello")
            assert (stream.text(), stream.finish_reason) == ("Dear Ada", "stop")


def test_what_follows_the_finish_is_not_looked_at() -> None:
    def step(exchange: Exchange) -> None:
        begin(exchange, lines(DEAR, STOP), b"<html>")
        exchange.reset()

    with FaultServer(step) as server:
        with client_of(server) as client:
            assert client.prompt.stream(1, "hello").text() == "Dear "


def test_the_repr_tells_the_state_and_no_text(client: SyncClient) -> None:
    stream = client.prompt.stream(1, "the prompt")
    kind = type(stream).__name__
    assert repr(stream) == f"<{kind}: not sent yet, 0 chunks>"
    next(chunks := iter(stream))
    assert repr(stream) == f"<{kind}: open, 1 chunks>"
    stream.close()
    assert repr(stream) == f"<{kind}: closed, 1 chunks>"
    del chunks


@pytest.mark.parametrize("duplicate", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_stream_can_t_be_pickled_or_copied(client: SyncClient, duplicate: Any) -> None:
    stream = client.prompt.stream(1, "the prompt")
    chunks = iter(stream)
    for _ in range(2):  # not sent yet, and open
        for part in (stream, chunks):
            with pytest.raises(LiminalError, match=r"be pickled or copied.*: send what text\(\)"):
                duplicate(part)
        next(chunks)
    assert stream.text().startswith("Thank you.")


# ---- closed too early


def test_a_closed_stream_can_t_be_read(client: SyncClient, sandbox: Sandbox) -> None:
    stream = client.prompt.stream(1, "hello")
    stream.close()
    with pytest.raises(LiminalError, match="closed before its answer began: open another"):
        stream.text()
    assert sandbox.requests == []


def test_text_after_an_early_close_is_an_interruption(client: SyncClient) -> None:
    with client.prompt.stream(1, "hello") as stream:
        for chunk in stream:
            assert chunk.content == "Thank "
            break
    with pytest.raises(StreamInterruptedError, match="closed before the answer's end") as caught:
        stream.text()
    assert (caught.value.partial_text, caught.value.chunks_received) == ("Thank ", 1)


def test_nothing_is_handed_out_after_a_break(client: SyncClient) -> None:
    stream = client.prompt.stream(1, "hello")
    for _ in stream:
        break
    contents, error = read(stream)
    assert (contents, type(error)) == ([], StreamInterruptedError)


def test_a_break_at_the_finish_leaves_the_whole_text(client: SyncClient) -> None:
    stream = client.prompt.stream(1, "hello")
    for chunk in stream:
        if chunk.finish_reason:
            break
    assert stream.text().startswith("Thank you.")
