# Derived from tests/_async/test_stream.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""A prompt stream as its reader uses it: sent when read, iterated, read whole, and never lying."""

import copy
import pickle

import pytest

from liminal import LiminalError, PromptStream, StreamInterruptedError

from .clients import read
from .waiting import settle

# ---- when it is sent


def test_a_stream_that_is_never_read_is_never_sent(client, sandbox):
    client.prompt.stream(1, "hello")
    with client.prompt.stream(1, "hello"):
        pass
    stream = client.prompt.stream(1, "hello")
    iter(stream)
    stream.close()
    with pytest.raises(LiminalError, match="closed before its answer began: open another"):
        stream.text()
    settle()
    assert sandbox.requests == []


# ---- how it is read


def not_at_all(stream: PromptStream) -> None:
    iter(stream)


def by_a_step(stream: PromptStream) -> None:
    assert next(stream).content == "Thank "


def by_an_iterator(stream: PromptStream) -> None:
    chunks = iter(stream)
    contents = [next(chunks).content, *[chunk.content for chunk in chunks]]
    assert contents[:2] == ["Thank ", "you. "]
    assert stream.text() == "".join(contents)


def by_a_step_and_a_loop(stream: PromptStream) -> None:
    next(stream)
    contents = [chunk.content for chunk in stream]
    assert contents[0] == "you. "
    assert next(stream, None) is None


def in_a_with_block(stream: PromptStream) -> None:
    with stream as entered:
        assert entered is stream
        stream.text()


def by_its_text_in_the_loop(stream: PromptStream) -> None:
    turns = 0
    for _ in stream:
        turns += 1
        stream.text()
    assert turns == 1


def until_it_finishes(stream: PromptStream) -> None:
    assert stream.finish_reason is None
    for chunk in stream:
        assert stream.finish_reason == chunk.finish_reason
        if chunk.finish_reason:
            break


@pytest.mark.parametrize(
    "read_first",
    [
        not_at_all,
        by_a_step,
        by_an_iterator,
        by_a_step_and_a_loop,
        in_a_with_block,
        by_its_text_in_the_loop,
        until_it_finishes,
    ],
)
def test_text_is_the_whole_text_whatever_was_read_before(client, sandbox, read_first):
    whole = "".join([chunk.content for chunk in client.prompt.stream(1, "hello")])
    assert whole.startswith("Thank you. ")
    stream = client.prompt.stream(1, "hello")
    read_first(stream)
    assert [stream.text(), stream.text(), stream.raw_text()] == [whole] * 3
    assert stream.finish_reason == "stop"
    assert [chunk for chunk in stream] == []
    assert sandbox.submits == 2


def test_after_a_break_there_are_no_more_chunks_and_text_raises(client):
    stream = client.prompt.stream(1, "hello")
    for chunk in stream:
        assert chunk.content == "Thank "
        break
    contents, error = read(stream)
    assert contents == []
    with pytest.raises(StreamInterruptedError, match="closed before the answer's end") as caught:
        stream.text()
    assert caught.value is error
    assert (caught.value.partial_text, caught.value.chunks_received) == ("Thank ", 1)


def test_the_repr_shows_the_state_and_no_text(client):
    stream = client.prompt.stream(1, "the prompt")
    kind = type(stream).__name__
    assert repr(stream) == f"<{kind}: not sent yet, 0 chunks>"
    next(chunks := iter(stream))
    assert repr(stream) == f"<{kind}: open, 1 chunks>"
    stream.close()
    assert repr(stream) == f"<{kind}: closed, 1 chunks>"
    del chunks


@pytest.mark.parametrize("duplicate", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_stream_can_t_be_pickled_or_copied(client, duplicate):
    stream = client.prompt.stream(1, "the prompt")
    chunks = iter(stream)
    for _ in range(2):  # not sent yet, and open
        for part in (stream, chunks):
            with pytest.raises(LiminalError, match=r"be pickled or copied.*: send what text\(\)"):
                duplicate(part)
        next(chunks)
    assert stream.text().startswith("Thank you.")
