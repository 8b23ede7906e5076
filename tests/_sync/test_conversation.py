# Derived from tests/_async/test_conversation.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""A conversation: turns of one thread, and texts for a model of one's own."""

import copy
import pickle
from functools import partial
from typing import Any, Self

import pytest

from liminal import APIStatusError, Conversation, LiminalError, ResponseValidationError
from liminal.sandbox import Sandbox
from tests.faults.server import Exchange
from tests.faults.wire import FINDING
from tests.support.tasks import ThreadGroup
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

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        for text in self._texts:
            return text
        if self._lost:
            raise ConnectionResetError
        raise StopIteration


def hydrated(conversation: Conversation, *texts: str) -> list[str]:
    return [piece for piece in conversation.hydrate_stream(Chunks(*texts))]


# ---- its thread


def test_a_conversation_s_thread_is_created_at_its_first_use(client, sandbox):
    conversation = client.conversation(1, name="Letters")
    stream = conversation.stream(LETTER)
    assert (conversation.thread_id, made(sandbox)) == (None, [])
    assert "I will write to Ada Lovelace" in stream.text()
    assert "I will write to PERSON_0" in stream.raw_text()
    conversation.submit(LETTER)
    conversation.cleanse(LETTER)
    assert made(sandbox) == ["Letters"]
    thread = client.thread.get_by_id(conversation.thread_id or 0)
    assert [chat.raw_input for chat in thread.chats or []] == [LETTER, LETTER]


def test_a_stream_closed_before_it_is_read_creates_no_thread(client, sandbox):
    stream = client.conversation(1).stream(LETTER)
    stream.close()
    with pytest.raises(LiminalError, match="closed before its answer began"):
        stream.text()
    assert made(sandbox) == []


def test_a_conversation_can_continue_an_existing_thread(client, sandbox):
    before = client.conversation(1)
    before.submit(LETTER)
    after = client.conversation(1, thread_id=before.thread_id)
    pieces = hydrated(after, "Dear PER", "SON_0, PERSON_0!")
    assert pieces == ["Dear ", "Ada Lovelace, Ada Lovelace!"]
    assert after.hydrate('{"to": "PERSON_0"}', escape="json") == '{"to": "Ada Lovelace"}'
    assert asked(sandbox.requests) == ["PERSON_0"]
    after.submit(LETTER)
    assert (after.thread_id, len(made(sandbox))) == (before.thread_id, 1)
    assert len(client.thread.get_by_id(after.thread_id or 0).chats or []) == 2


def test_concurrent_calls_of_a_conversation_share_one_thread(client, sandbox):
    conversation = client.conversation(1)
    with ThreadGroup() as tasks:
        for number in range(8):
            tasks.start(partial(conversation.cleanse, f"{LETTER} {number}"))
    assert len(made(sandbox)) == 1
    assert conversation.placeholders.export() == {"PERSON_0": "Ada Lovelace"}


def test_a_thread_that_could_not_be_created_is_retried(client, sandbox):
    sandbox.fail_next(403, path=THREADS)
    conversation = client.conversation(1)
    with pytest.raises(APIStatusError):
        conversation.stream(LETTER).text()
    assert "Ada Lovelace" in conversation.stream(LETTER).text()


# ---- its turns


def test_known_placeholders_are_not_requested_again(client, sandbox):
    conversation = client.conversation(1)
    for _ in range(3):
        assert "Ada Lovelace" in conversation.stream(LETTER).text()
    assert conversation.hydrate("PERSON_0 PERSON_1") == "Ada Lovelace PERSON_1"
    conversation.submit(OTHER)
    assert conversation.hydrate("PERSON_0 PERSON_1") == "Ada Lovelace Alan Turing"
    assert "Alan Turing" in conversation.stream(OTHER).text()
    assert asked(sandbox.requests) == ["PERSON_0", "PERSON_1"]


# ---- a model of one's own


def test_a_cleansed_text_is_hydrated_without_another_call(client, sandbox):
    conversation = client.conversation(1)
    assert conversation.cleanse(LETTER) == "Write to PERSON_0"
    before = len(sandbox.requests)
    assert conversation.hydrate("Dear PERSON_0") == "Dear Ada Lovelace"
    assert conversation.hydrate("dear [Person 0]", lenient=True) == "dear Ada Lovelace"
    assert hydrated(conversation, "PERSON", "\\_0", "!") == ["Ada Lovelace!"]
    assert len(sandbox.requests) == before


def test_a_text_without_findings_takes_one_call_and_no_thread(client, sandbox):
    conversation = client.conversation(1)
    assert conversation.cleanse("nothing to hide") == "nothing to hide"
    assert conversation.hydrate("PERSON_0") == "PERSON_0"
    assert hydrated(conversation, "PERSON_0", "") == ["PERSON_0"]
    assert (conversation.thread_id, asked(sandbox.requests)) == (None, [])


def test_placeholders_that_cleanse_does_not_reveal_are_requested():
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

    with served(step) as (client, _):
        conversation = client.conversation(1, thread_id=7)
        assert conversation.cleanse("Ada") == "Another text"
        assert len(conversation.placeholders) == 0
        assert conversation.hydrate("PERSON_0") == "Ada Lovelace"


def test_hydrate_stream_passes_on_pieces_and_the_error_of_its_source(client):
    conversation = client.conversation(1)
    conversation.cleanse(LETTER)
    pieces = conversation.hydrate_stream(Chunks("for PERSON_0; ", "PERSON", lost=True))
    assert iter(pieces) is pieces
    assert next(pieces) == "for Ada Lovelace; "
    with pytest.raises(ConnectionResetError):
        next(pieces)


@pytest.mark.parametrize("chunks", [None, 5])
def test_hydrate_stream_refuses_what_can_t_be_iterated_over(client, chunks):
    with pytest.raises(LiminalError, match=r"chunks must be an .*Iterable of str"):
        client.conversation(1).hydrate_stream(chunks)


def test_a_failed_call_ends_the_pieces(client, sandbox):
    before = client.conversation(1)
    before.submit(LETTER)
    sandbox.fail_next(403, path=HYDRATE)
    pieces = client.conversation(1, thread_id=before.thread_id).hydrate_stream(
        Chunks("Dear ", "PERSON_0 ", "and so on")
    )
    assert next(pieces) == "Dear "
    with pytest.raises(APIStatusError):
        next(pieces)
    assert [piece for piece in pieces] == []


# ---- mistakes


def test_a_conversation_refuses_wrong_arguments(client, sandbox):
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
        conversation.hydrate(b"hello")
    with pytest.raises(LiminalError, match="a chunk must be a str, not of type bytes"):
        hydrated(conversation, b"hello")
    assert sandbox.requests == []


def test_a_hydrated_text_that_does_not_match_is_an_error():
    wrong = {"data": {"text": "Ada", "items": []}}
    with served(lambda exchange: exchange.answer(200, wrong)) as (client, _):
        with pytest.raises(ResponseValidationError):
            client.conversation(1, thread_id=7).hydrate("PERSON_0 PERSON_1")


def test_a_conversation_shows_no_secret_and_can_t_be_copied(client):
    conversation = client.conversation(1)
    conversation.cleanse(LETTER)
    assert repr(conversation).endswith(f": thread {conversation.thread_id}, 1 known>")
    for way in (pickle.dumps, copy.copy):
        with pytest.raises(LiminalError, match="can't be pickled or copied"):
            way(conversation)
