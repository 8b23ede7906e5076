"""Every method of the facade, with each form of its arguments, and what it gives."""

import datetime as dt
from typing import Any

import pytest

from liminal.endpoints.prompt.models import AnalysisFinding
from liminal.sandbox import Sandbox
from tests.faults.wire import FINDING

PROMPT = "Write to Ada Lovelace at ada@example.com"
CLEANSED = "Write to PERSON_0 at EMAIL_ADDRESS_0"
SENT = {"modelInstanceId": 1, "text": PROMPT, "source": "sdk"}


def sent(sandbox: Sandbox) -> dict[str, Any]:
    """Give the body of the last request."""
    body = sandbox.requests[-1].body
    assert isinstance(body, dict)
    return body


async def test_model_instances_are_listed_and_found_by_name(client):
    instances = await client.llm.get_available_model_instances()
    assert [one.name for one in instances] == ["sandbox-model", "sandbox-empty"]

    instance = await client.llm.get_model_instance("sandbox-model")
    assert (instance.id, instance.name) == (1, "sandbox-model")
    (connection,) = instance.model_connections
    assert (connection.model, connection.model_instance_id) == ("sandbox-1", 1)
    assert isinstance(instance.created_at, dt.datetime)
    assert instance.created_at.tzinfo is not None


async def test_only_threads_of_sdks_are_listed(client, sandbox):
    (thread,) = await client.thread.get_available()
    assert (thread.name, sandbox.requests[-1].query) == ("A thread", "source=sdk")


async def test_a_thread_is_created_found_by_its_id_and_keeps_its_turns(client, sandbox):
    thread = await client.thread.create(1, "New Thread")
    assert (thread.name, thread.model_instance_id) == ("New Thread", 1)
    assert sent(sandbox) == {"modelInstanceId": 1, "name": "New Thread", "source": "sdk"}
    assert (await client.thread.get_by_id(thread.id)).chats == []

    answer = await client.prompt.submit(1, PROMPT, thread_id=thread.id)
    (chat,) = (await client.thread.get_by_id(thread.id)).chats or []
    assert (chat.id, chat.raw_input, chat.cleansed_input) == (answer.chat_id, PROMPT, CLEANSED)


async def test_an_id_may_be_of_any_integer_type(client):
    class One:
        """A whole number of another library, as numpy.int64 is."""

        def __index__(self) -> int:
            return 1

    thread = await client.thread.create(One(), "New Thread")
    assert (await client.prompt.cleanse(One(), PROMPT, thread_id=thread.id)).text == CLEANSED


@pytest.mark.parametrize(
    ("method", "seen", "expected"),
    [
        (
            "analyze",
            lambda found: [(one.type, one.text) for one in found.findings],
            [("PERSON", "Ada Lovelace"), ("EMAIL_ADDRESS", "ada@example.com")],
        ),
        (
            "cleanse",
            lambda cleansed: (cleansed.text, [one.entity_type for one in cleansed.items]),
            (CLEANSED, ["PERSON_0", "EMAIL_ADDRESS_0"]),
        ),
        ("hydrate", lambda hydrated: (hydrated.text, hydrated.items), (PROMPT, [])),
        (
            "submit",
            lambda answer: (answer.input_text, answer.deidentified_input_text_data.text),
            (PROMPT, CLEANSED),
        ),
    ],
)
async def test_a_method_sends_its_prompt_and_returns_the_answer(
    *, client, sandbox, method, seen, expected
):
    assert seen(await getattr(client.prompt, method)(1, PROMPT)) == expected
    assert sent(sandbox) == SENT


async def test_stream_gives_the_text_of_submit_piece_by_piece(client, sandbox):
    answer = await client.prompt.submit(1, PROMPT)
    assert "Ada Lovelace" in answer.reidentified_llm_response_text
    chunks = [chunk async for chunk in client.prompt.stream(1, PROMPT)]
    assert sent(sandbox) == {**SENT, "isStreaming": True}
    assert len(chunks) > 10
    assert [chunk.finish_reason for chunk in chunks] == [*[None] * (len(chunks) - 1), "stop"]
    assert "".join(chunk.content for chunk in chunks) == answer.raw_llm_response_text


async def test_all_some_or_none_of_the_findings_can_be_sent_back(client, sandbox):
    found = await client.prompt.analyze(1, PROMPT)
    first, second = found.findings
    for findings, items, text in (
        (found, [first, second], CLEANSED),
        ([second], [second], "Write to Ada Lovelace at EMAIL_ADDRESS_0"),
        ((first,), [first], "Write to PERSON_0 at ada@example.com"),
        ([], [], PROMPT),
    ):
        assert (await client.prompt.cleanse(1, PROMPT, findings=findings)).text == text
        assert sent(sandbox)["findings"] == [one.to_dict() for one in items]


async def test_findings_go_back_with_all_their_fields(client, sandbox):
    wire = {**FINDING, "type": "A_NEW_TYPE", "scoreCategory": "NEW", "policyAction": "new"}
    await client.prompt.submit(1, PROMPT, findings=[AnalysisFinding.from_dict(wire)])
    assert sent(sandbox)["findings"] == [wire]


async def test_each_method_adds_to_the_thread_that_it_is_given(client, sandbox):
    thread = await client.thread.create(1, "New Thread")
    more = {**SENT, "threadId": thread.id}
    await client.prompt.cleanse(1, PROMPT, thread_id=thread.id)
    assert sent(sandbox) == more
    assert (await client.prompt.hydrate(1, CLEANSED, thread_id=thread.id)).text == PROMPT
    assert sent(sandbox) == {**more, "text": CLEANSED}
    found = await client.prompt.analyze(1, PROMPT)
    more["findings"] = [one.to_dict() for one in found.findings]
    answer = await client.prompt.submit(1, PROMPT, findings=found, thread_id=thread.id)
    assert sent(sandbox) == more
    assert answer.thread_id == thread.id
    await client.prompt.stream(1, PROMPT, findings=found, thread_id=thread.id).text()
    assert sent(sandbox) == {**more, "isStreaming": True}


async def test_a_prompt_may_be_any_text(client, sandbox):
    for prompt in ("", " \n", "a\0b", "\ud800", "ünï 🐍\u2028", "x" * 100_000):
        await client.prompt.analyze(1, prompt)
        assert sent(sandbox)["text"] == prompt
