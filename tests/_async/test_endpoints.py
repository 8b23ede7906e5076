"""Every method of the facade, with each form of its arguments, and what it gives."""

import datetime as dt

import pytest

from liminal import Client
from liminal.endpoints.llm.models import ModelConnection, ModelInstance
from liminal.endpoints.prompt.models import (
    AnalysisFinding,
    AnalyzeResponse,
    CleansedToken,
    CleanseResponse,
    HydratedToken,
    HydrateResponse,
    ReidentifiedToken,
    StreamResponseChunk,
    SubmitResponse,
)
from liminal.endpoints.thread.models import Chat, DeidentifiedToken, Thread
from liminal.sandbox import Sandbox

pytestmark = pytest.mark.anyio

PROMPT = "Write to Ada Lovelace at ada@example.com"
CLEANSED = "Write to PERSON_0 at EMAIL_ADDRESS_0"


def sent(sandbox: Sandbox) -> dict[str, object]:
    """Give the body of the last request."""
    body = sandbox.requests[-1].body
    assert isinstance(body, dict)
    return body


# ---- model instances


async def test_the_available_model_instances_are_a_list(client: Client) -> None:
    instances = await client.llm.get_available_model_instances()
    assert [(type(one), one.name) for one in instances] == [
        (ModelInstance, "sandbox-model"),
        (ModelInstance, "sandbox-empty"),
    ]


async def test_a_model_instance_is_found_by_its_name(client: Client) -> None:
    instance = await client.llm.get_model_instance("sandbox-model")
    assert (instance.id, instance.name) == (1, "sandbox-model")


async def test_a_model_instance_tells_its_models(client: Client) -> None:
    (connection,) = (await client.llm.get_model_instance("sandbox-model")).model_connections
    assert isinstance(connection, ModelConnection)
    assert (connection.model, connection.model_instance_id) == ("sandbox-1", 1)


async def test_times_are_datetimes(client: Client) -> None:
    instance = await client.llm.get_model_instance("sandbox-model")
    assert isinstance(instance.created_at, dt.datetime)
    assert instance.created_at.tzinfo is not None


# ---- threads


async def test_the_available_threads_are_a_list(client: Client) -> None:
    (thread,) = await client.thread.get_available()
    assert isinstance(thread, Thread)
    assert thread.name == "A thread"


async def test_only_threads_of_sdks_are_asked_for(client: Client, sandbox: Sandbox) -> None:
    await client.thread.get_available()
    assert sandbox.requests[-1].query == "source=sdk"


async def test_a_thread_is_made_with_a_name(client: Client, sandbox: Sandbox) -> None:
    thread = await client.thread.create(1, "New Thread")
    assert isinstance(thread, Thread)
    assert (thread.name, thread.model_instance_id) == ("New Thread", 1)
    assert sent(sandbox) == {"modelInstanceId": 1, "name": "New Thread", "source": "sdk"}


async def test_a_thread_is_found_by_its_id(client: Client) -> None:
    made = await client.thread.create(1, "New Thread")
    found = await client.thread.get_by_id(made.id)
    assert (found.id, found.name, found.chats) == (made.id, "New Thread", [])


async def test_a_thread_remembers_its_turns(client: Client) -> None:
    thread = await client.thread.create(1, "New Thread")
    answer = await client.prompt.submit(1, PROMPT, thread_id=thread.id)
    (chat,) = (await client.thread.get_by_id(thread.id)).chats or []
    assert isinstance(chat, Chat)
    assert (chat.id, chat.raw_input, chat.cleansed_input) == (answer.chat_id, PROMPT, CLEANSED)


# ---- prompts


async def test_analyze_finds_what_is_sensitive(client: Client, sandbox: Sandbox) -> None:
    found = await client.prompt.analyze(1, PROMPT)
    assert isinstance(found, AnalyzeResponse)
    assert [(type(one), one.type, one.text) for one in found.findings] == [
        (AnalysisFinding, "PERSON", "Ada Lovelace"),
        (AnalysisFinding, "EMAIL_ADDRESS", "ada@example.com"),
    ]
    assert sent(sandbox) == {"modelInstanceId": 1, "text": PROMPT, "source": "sdk"}


async def test_analyze_finds_nothing_in_what_is_harmless(client: Client) -> None:
    assert (await client.prompt.analyze(1, "hello")).findings == []


async def test_cleanse_puts_placeholders_in(client: Client, sandbox: Sandbox) -> None:
    cleansed = await client.prompt.cleanse(1, PROMPT)
    assert isinstance(cleansed, CleanseResponse)
    assert cleansed.text == CLEANSED
    assert [(type(one), one.entity_type) for one in cleansed.items] == [
        (CleansedToken, "PERSON_0"),
        (CleansedToken, "EMAIL_ADDRESS_0"),
    ]
    assert sent(sandbox) == {"modelInstanceId": 1, "text": PROMPT, "source": "sdk"}


async def test_findings_may_be_what_analyze_answered(client: Client, sandbox: Sandbox) -> None:
    found = await client.prompt.analyze(1, PROMPT)
    await client.prompt.cleanse(1, PROMPT, findings=found)
    assert sent(sandbox)["findings"] == [one.to_dict() for one in found.findings]


async def test_findings_may_be_some_of_them_in_a_list(client: Client, sandbox: Sandbox) -> None:
    found = await client.prompt.analyze(1, PROMPT)
    cleansed = await client.prompt.cleanse(1, PROMPT, findings=found.findings[1:])
    assert cleansed.text == "Write to Ada Lovelace at EMAIL_ADDRESS_0"


async def test_findings_may_be_some_of_them_in_a_tuple(client: Client) -> None:
    found = await client.prompt.analyze(1, PROMPT)
    cleansed = await client.prompt.cleanse(1, PROMPT, findings=tuple(found.findings[:1]))
    assert cleansed.text == "Write to PERSON_0 at ada@example.com"


async def test_no_findings_are_not_the_same_as_none(client: Client, sandbox: Sandbox) -> None:
    cleansed = await client.prompt.cleanse(1, PROMPT, findings=[])
    assert (cleansed.text, sent(sandbox)["findings"]) == (PROMPT, [])


async def test_findings_go_back_with_all_their_fields(client: Client, sandbox: Sandbox) -> None:
    await client.prompt.analyze(1, "Ada Lovelace")
    wire = {
        "start": 0,
        "end": 12,
        "text": "Ada Lovelace",
        "type": "A_NEW_TYPE",
        "score": 1,
        "scoreCategory": "A NEW CATEGORY",
        "policyAction": "a new action",
        "customTerm": None,
    }
    finding = AnalysisFinding.from_dict(wire)
    await client.prompt.submit(1, "Ada Lovelace", findings=[finding])
    assert sent(sandbox)["findings"] == [wire]


async def test_a_thread_keeps_its_placeholders(client: Client) -> None:
    thread = await client.thread.create(1, "New Thread")
    for name in ("Ada Lovelace", "Grace Hopper"):
        await client.prompt.cleanse(1, f"Write to {name}", thread_id=thread.id)
    again = await client.prompt.cleanse(1, "Write to Ada Lovelace", thread_id=thread.id)
    assert again.text == "Write to PERSON_0"


async def test_submit_gives_the_whole_answer(client: Client, sandbox: Sandbox) -> None:
    answer = await client.prompt.submit(1, PROMPT)
    assert isinstance(answer, SubmitResponse)
    assert answer.input_text == PROMPT
    assert isinstance(answer.deidentified_input_text_data, CleanseResponse)
    assert answer.deidentified_input_text_data.text == CLEANSED
    assert (answer.llm_model, "PERSON_0" in answer.raw_llm_response_text) == ("sandbox-1", True)
    assert "Ada Lovelace" in answer.reidentified_llm_response_text
    assert {type(one) for one in answer.reidentified_llm_response_items} == {ReidentifiedToken}
    assert sent(sandbox) == {"modelInstanceId": 1, "text": PROMPT, "source": "sdk"}


async def test_submit_takes_findings_and_thread(client: Client, sandbox: Sandbox) -> None:
    thread = await client.thread.create(1, "New Thread")
    found = await client.prompt.analyze(1, PROMPT)
    answer = await client.prompt.submit(1, PROMPT, findings=found, thread_id=thread.id)
    assert answer.thread_id == thread.id
    assert sent(sandbox)["findings"] == [one.to_dict() for one in found.findings]


async def test_submit_tells_the_placeholders_of_earlier_turns(client: Client) -> None:
    first = await client.prompt.submit(1, PROMPT)
    second = await client.prompt.submit(1, "Thank you", thread_id=first.thread_id)
    cleansed, hashed = first.deidentified_input_text_data, []
    for item in cleansed.items_hashed:
        hash_text = cleansed.text_hashed[item.start : item.end]
        hashed += [DeidentifiedToken(deid_text=item.entity_type, hash_text=hash_text)]
    assert len(hashed) == 2
    assert first.deidentified_context_history == []
    assert second.deidentified_context_history == hashed


async def test_stream_gives_the_answer_piece_by_piece(client: Client, sandbox: Sandbox) -> None:
    chunks = [chunk async for chunk in client.prompt.stream(1, PROMPT)]
    assert {type(chunk) for chunk in chunks} == {StreamResponseChunk}
    assert len(chunks) > 10
    assert {chunk.finish_reason for chunk in chunks[:-1]} == {None}
    assert chunks[-1].finish_reason == "stop"
    assert sent(sandbox) == {
        "modelInstanceId": 1,
        "text": PROMPT,
        "source": "sdk",
        "isStreaming": True,
    }


async def test_stream_gives_the_same_text_as_submit(client: Client) -> None:
    answer = await client.prompt.submit(1, PROMPT)
    assert await client.prompt.stream(1, PROMPT).text() == answer.raw_llm_response_text


async def test_stream_takes_findings_and_thread(client: Client, sandbox: Sandbox) -> None:
    thread = await client.thread.create(1, "New Thread")
    found = await client.prompt.analyze(1, PROMPT)
    await client.prompt.stream(1, PROMPT, findings=found, thread_id=thread.id).text()
    assert sent(sandbox)["threadId"] == thread.id
    assert sent(sandbox)["findings"] == [one.to_dict() for one in found.findings]


async def test_hydrate_puts_the_text_back(client: Client, sandbox: Sandbox) -> None:
    thread = await client.thread.create(1, "New Thread")
    await client.prompt.cleanse(1, PROMPT, thread_id=thread.id)
    hydrated = await client.prompt.hydrate(1, "Dear PERSON_0", thread_id=thread.id)
    assert isinstance(hydrated, HydrateResponse)
    assert hydrated.text == "Dear Ada Lovelace"
    assert [(type(one), one.text) for one in hydrated.items] == [(HydratedToken, "Ada Lovelace")]
    assert sent(sandbox) == {
        "modelInstanceId": 1,
        "text": "Dear PERSON_0",
        "source": "sdk",
        "threadId": thread.id,
    }


async def test_hydrate_needs_no_thread(client: Client) -> None:
    assert (await client.prompt.hydrate(1, "Dear PERSON_0")).text == "Dear PERSON_0"


@pytest.mark.parametrize("prompt", ["", " \n", "a\0b", "\ud800", "ünï 🐍\u2028", "x" * 100_000])
async def test_a_prompt_may_be_any_text(client: Client, sandbox: Sandbox, prompt: str) -> None:
    await client.prompt.analyze(1, prompt)
    assert sent(sandbox)["text"] == prompt


async def test_ids_may_be_zero(client: Client, sandbox: Sandbox) -> None:
    sandbox.fail_next(404, path="/api/v1/threads/0", body={})
    with pytest.raises(Exception, match="404"):
        await client.thread.get_by_id(0)


async def test_a_result_can_t_be_changed(client: Client) -> None:
    found = await client.prompt.analyze(1, PROMPT)
    with pytest.raises(AttributeError):
        found.text = "other"  # type: ignore[misc]


async def test_a_result_s_repr_shows_nothing_sensitive(client: Client) -> None:
    answer = await client.prompt.submit(1, PROMPT)
    found = await client.prompt.analyze(1, PROMPT)
    assert "Ada" not in repr(answer) + repr(found) + repr(found.findings)
