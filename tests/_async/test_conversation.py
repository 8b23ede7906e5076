"""A conversation: turns of one thread, and texts for a model of one's own."""

import copy
import pickle
from functools import partial
from typing import Any, Self

import pytest

from liminal import APIStatusError, AsyncConversation, LiminalError, ResponseValidationError
from liminal.sandbox import Sandbox
from tests.faults.server import Exchange
from tests.faults.wire import FINDING
from tests.support.tasks import TaskGroup
from tests.support.turns import asked, turn

from .clients import served

LETTER, OTHER = "Write to Ada Lovelace", "Write to Alan Turing"
HYDRATE = "/api/v1/prompts/hydrate"
THREADS = "/api/v1/threads"


def made(sandbox: Sandbox) -> list[str]:
    """Give the names of the threads that were made."""
    bodies: list[Any] = [one.body for one in sandbox.requests if one.path == THREADS]
    return [body["name"] for body in bodies]


class Chunks:
    """Texts of a model of one's own; the connection may be lost after them."""

    def __init__(self, *texts: str, lost: bool = False) -> None:
        self._texts = iter(texts)
        self._lost = lost

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> str:
        for text in self._texts:
            return text
        if self._lost:
            raise ConnectionResetError
        raise StopAsyncIteration


async def hydrated(conversation: AsyncConversation, *texts: str) -> list[str]:
    return [piece async for piece in conversation.hydrate_stream(Chunks(*texts))]


# ---- its thread


async def test_a_conversation_s_thread_is_created_at_its_first_use(client, sandbox):
    conversation = client.conversation(1, name="Letters")
    stream = conversation.stream(LETTER)
    assert (conversation.thread_id, made(sandbox)) == (None, [])
    assert "I will write to Ada Lovelace" in await stream.text()
    assert "I will write to PERSON_0" in await stream.raw_text()
    await conversation.submit(LETTER)
    await conversation.cleanse(LETTER)
    assert made(sandbox) == ["Letters"]
    thread = await client.thread.get_by_id(conversation.thread_id or 0)
    assert [chat.raw_input for chat in thread.chats or []] == [LETTER, LETTER]


async def test_a_stream_closed_before_it_is_read_creates_no_thread(client, sandbox):
    stream = client.conversation(1).stream(LETTER)
    await stream.close()
    with pytest.raises(LiminalError, match="closed before its answer began"):
        await stream.text()
    assert made(sandbox) == []


async def test_a_conversation_can_continue_an_existing_thread(client, sandbox):
    before = client.conversation(1)
    await before.submit(LETTER)
    after = client.conversation(1, thread_id=before.thread_id)
    pieces = await hydrated(after, "Dear PER", "SON_0, PERSON_0!")
    assert pieces == ["Dear ", "Ada Lovelace, Ada Lovelace!"]
    assert await after.hydrate('{"to": "PERSON_0"}', escape="json") == '{"to": "Ada Lovelace"}'
    assert asked(sandbox.requests) == ["PERSON_0"]
    await after.submit(LETTER)
    assert (after.thread_id, len(made(sandbox))) == (before.thread_id, 1)
    assert len((await client.thread.get_by_id(after.thread_id or 0)).chats or []) == 2


async def test_concurrent_calls_of_a_conversation_share_one_thread(client, sandbox):
    conversation = client.conversation(1)
    async with TaskGroup() as tasks:
        for number in range(8):
            tasks.start(partial(conversation.cleanse, f"{LETTER} {number}"))
    assert len(made(sandbox)) == 1
    assert conversation.placeholders.export() == {"PERSON_0": "Ada Lovelace"}


async def test_a_thread_that_could_not_be_created_is_retried(client, sandbox):
    sandbox.fail_next(403, path=THREADS)
    conversation = client.conversation(1)
    with pytest.raises(APIStatusError):
        await conversation.stream(LETTER).text()
    assert "Ada Lovelace" in await conversation.stream(LETTER).text()


# ---- its turns


async def test_known_placeholders_are_not_requested_again(client, sandbox):
    conversation = client.conversation(1)
    for _ in range(3):
        assert "Ada Lovelace" in await conversation.stream(LETTER).text()
    assert await conversation.hydrate("PERSON_0 PERSON_1") == "Ada Lovelace PERSON_1"
    await conversation.submit(OTHER)
    assert await conversation.hydrate("PERSON_0 PERSON_1") == "Ada Lovelace Alan Turing"
    assert "Alan Turing" in await conversation.stream(OTHER).text()
    assert asked(sandbox.requests) == ["PERSON_0", "PERSON_1"]


# ---- a model of one's own


async def test_a_cleansed_text_is_hydrated_without_another_call(client, sandbox):
    conversation = client.conversation(1)
    assert await conversation.cleanse(LETTER) == "Write to PERSON_0"
    before = len(sandbox.requests)
    assert await conversation.hydrate("Dear PERSON_0") == "Dear Ada Lovelace"
    assert await conversation.hydrate("dear [Person 0]", lenient=True) == "dear Ada Lovelace"
    assert await hydrated(conversation, "PERSON", "\\_0", "!") == ["Ada Lovelace!"]
    assert len(sandbox.requests) == before


async def test_a_text_without_findings_takes_one_call_and_no_thread(client, sandbox):
    conversation = client.conversation(1)
    assert await conversation.cleanse("nothing to hide") == "nothing to hide"
    assert await conversation.hydrate("PERSON_0") == "PERSON_0"
    assert await hydrated(conversation, "PERSON_0", "") == ["PERSON_0"]
    assert (conversation.thread_id, asked(sandbox.requests)) == (None, [])


async def test_placeholders_that_cleanse_does_not_reveal_are_requested():
    def step(exchange: Exchange) -> None:
        path = exchange.request.path
        if path.endswith("/hydrate"):
            turn()(exchange)
        elif path.endswith("/analyze"):
            finding = {**FINDING, "start": 0, "end": 3, "text": "Ada"}
            exchange.answer(200, {"data": {"findings": [finding]}})
        else:
            cleansed = {"text": "Another text", "items": [], "textHashed": "", "itemsHashed": []}
            exchange.answer(200, {"data": cleansed})

    async with served(step) as (client, _):
        conversation = client.conversation(1, thread_id=7)
        assert await conversation.cleanse("Ada") == "Another text"
        assert len(conversation.placeholders) == 0
        assert await conversation.hydrate("PERSON_0") == "Ada Lovelace"


async def test_hydrate_stream_passes_on_pieces_and_the_error_of_its_source(client):
    conversation = client.conversation(1)
    await conversation.cleanse(LETTER)
    pieces = conversation.hydrate_stream(Chunks("for PERSON_0; ", "PERSON", lost=True))
    assert aiter(pieces) is pieces
    assert await anext(pieces) == "for Ada Lovelace; "
    with pytest.raises(ConnectionResetError):
        await anext(pieces)


@pytest.mark.parametrize("chunks", [None, 5])
async def test_hydrate_stream_refuses_what_can_t_be_iterated_over(client, chunks):
    with pytest.raises(LiminalError, match=r"chunks must be an .*Iterable of str"):
        client.conversation(1).hydrate_stream(chunks)


async def test_a_failed_call_ends_the_pieces(client, sandbox):
    before = client.conversation(1)
    await before.submit(LETTER)
    sandbox.fail_next(403, path=HYDRATE)
    pieces = client.conversation(1, thread_id=before.thread_id).hydrate_stream(
        Chunks("Dear ", "PERSON_0 ", "and so on")
    )
    assert await anext(pieces) == "Dear "
    with pytest.raises(APIStatusError):
        await anext(pieces)
    assert [piece async for piece in pieces] == []


# ---- mistakes


async def test_a_conversation_refuses_wrong_arguments(client, sandbox):
    for arguments, problem in (
        ({"model_instance_id": "1"}, "model_instance_id must be an id"),
        ({"model_instance_id": 1, "thread_id": -1}, "thread_id must be an id"),
        ({"model_instance_id": 1, "name": " "}, "name must not be empty"),
    ):
        with pytest.raises(LiminalError, match=problem):
            client.conversation(**arguments)
    conversation = client.conversation(1)
    with pytest.raises(LiminalError, match="prompt must be a str"):
        conversation.stream(b"hello")
    with pytest.raises(LiminalError, match="text must be a str"):
        await conversation.hydrate(b"hello")
    with pytest.raises(LiminalError, match="a chunk must be a str, not of type bytes"):
        await hydrated(conversation, b"hello")
    assert sandbox.requests == []


async def test_a_hydrated_text_that_does_not_match_is_an_error():
    wrong = {"data": {"text": "Ada", "items": []}}
    async with served(lambda exchange: exchange.answer(200, wrong)) as (client, _):
        with pytest.raises(ResponseValidationError):
            await client.conversation(1, thread_id=7).hydrate("PERSON_0 PERSON_1")


async def test_a_conversation_shows_no_secret_and_can_t_be_copied(client):
    conversation = client.conversation(1)
    await conversation.cleanse(LETTER)
    assert repr(conversation).endswith(f": thread {conversation.thread_id}, 1 known>")
    for way in (pickle.dumps, copy.copy):
        with pytest.raises(LiminalError, match="can't be pickled or copied"):
            way(conversation)
