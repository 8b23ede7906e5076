# Derived from tests/_async/test_endpoints.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""Every method of the facade, with each form of its arguments, and what it gives."""

import datetime as dt

import pytest

from liminal import SyncClient
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

PROMPT = "Write to Ada Lovelace at ada@example.com"
CLEANSED = "Write to PERSON_0 at EMAIL_ADDRESS_0"


def sent(sandbox: Sandbox) -> dict[str, object]:
    """Give the body of the last request."""
    body = sandbox.requests[-1].body
    assert isinstance(body, dict)
    return body


# ---- model instances


def test_the_available_model_instances_are_a_list(client: SyncClient) -> None:
    instances = client.llm.get_available_model_instances()
    assert [(type(one), one.name) for one in instances] == [
        (ModelInstance, "sandbox-model"),
        (ModelInstance, "sandbox-empty"),
    ]


def test_a_model_instance_is_found_by_its_name(client: SyncClient) -> None:
    instance = client.llm.get_model_instance("sandbox-model")
    assert (instance.id, instance.name) == (1, "sandbox-model")


def test_a_model_instance_tells_its_models(client: SyncClient) -> None:
    (connection,) = client.llm.get_model_instance("sandbox-model").model_connections
    assert isinstance(connection, ModelConnection)
    assert (connection.model, connection.model_instance_id) == ("sandbox-1", 1)


def test_times_are_datetimes(client: SyncClient) -> None:
    instance = client.llm.get_model_instance("sandbox-model")
    assert isinstance(instance.created_at, dt.datetime)
    assert instance.created_at.tzinfo is not None


# ---- threads


def test_the_available_threads_are_a_list(client: SyncClient) -> None:
    (thread,) = client.thread.get_available()
    assert isinstance(thread, Thread)
    assert thread.name == "A thread"


def test_only_threads_of_sdks_are_asked_for(client: SyncClient, sandbox: Sandbox) -> None:
    client.thread.get_available()
    assert sandbox.requests[-1].query == "source=sdk"


def test_a_thread_is_made_with_a_name(client: SyncClient, sandbox: Sandbox) -> None:
    thread = client.thread.create(1, "New Thread")
    assert isinstance(thread, Thread)
    assert (thread.name, thread.model_instance_id) == ("New Thread", 1)
    assert sent(sandbox) == {"modelInstanceId": 1, "name": "New Thread", "source": "sdk"}


def test_a_thread_is_found_by_its_id(client: SyncClient) -> None:
    made = client.thread.create(1, "New Thread")
    found = client.thread.get_by_id(made.id)
    assert (found.id, found.name, found.chats) == (made.id, "New Thread", [])


def test_a_thread_remembers_its_turns(client: SyncClient) -> None:
    thread = client.thread.create(1, "New Thread")
    answer = client.prompt.submit(1, PROMPT, thread_id=thread.id)
    (chat,) = client.thread.get_by_id(thread.id).chats or []
    assert isinstance(chat, Chat)
    assert (chat.id, chat.raw_input, chat.cleansed_input) == (answer.chat_id, PROMPT, CLEANSED)


# ---- prompts


def test_analyze_finds_what_is_sensitive(client: SyncClient, sandbox: Sandbox) -> None:
    found = client.prompt.analyze(1, PROMPT)
    assert isinstance(found, AnalyzeResponse)
    assert [(type(one), one.type, one.text) for one in found.findings] == [
        (AnalysisFinding, "PERSON", "Ada Lovelace"),
        (AnalysisFinding, "EMAIL_ADDRESS", "ada@example.com"),
    ]
    assert sent(sandbox) == {"modelInstanceId": 1, "text": PROMPT, "source": "sdk"}


def test_analyze_finds_nothing_in_what_is_harmless(client: SyncClient) -> None:
    assert client.prompt.analyze(1, "hello").findings == []


def test_cleanse_puts_placeholders_in(client: SyncClient, sandbox: Sandbox) -> None:
    cleansed = client.prompt.cleanse(1, PROMPT)
    assert isinstance(cleansed, CleanseResponse)
    assert cleansed.text == CLEANSED
    assert [(type(one), one.entity_type) for one in cleansed.items] == [
        (CleansedToken, "PERSON_0"),
        (CleansedToken, "EMAIL_ADDRESS_0"),
    ]
    assert sent(sandbox) == {"modelInstanceId": 1, "text": PROMPT, "source": "sdk"}


def test_findings_may_be_what_analyze_answered(client: SyncClient, sandbox: Sandbox) -> None:
    found = client.prompt.analyze(1, PROMPT)
    client.prompt.cleanse(1, PROMPT, findings=found)
    assert sent(sandbox)["findings"] == [one.to_dict() for one in found.findings]


def test_findings_may_be_some_of_them_in_a_list(client: SyncClient, sandbox: Sandbox) -> None:
    found = client.prompt.analyze(1, PROMPT)
    cleansed = client.prompt.cleanse(1, PROMPT, findings=found.findings[1:])
    assert cleansed.text == "Write to Ada Lovelace at EMAIL_ADDRESS_0"


def test_findings_may_be_some_of_them_in_a_tuple(client: SyncClient) -> None:
    found = client.prompt.analyze(1, PROMPT)
    cleansed = client.prompt.cleanse(1, PROMPT, findings=tuple(found.findings[:1]))
    assert cleansed.text == "Write to PERSON_0 at ada@example.com"


def test_no_findings_are_not_the_same_as_none(client: SyncClient, sandbox: Sandbox) -> None:
    cleansed = client.prompt.cleanse(1, PROMPT, findings=[])
    assert (cleansed.text, sent(sandbox)["findings"]) == (PROMPT, [])


def test_findings_go_back_with_all_their_fields(client: SyncClient, sandbox: Sandbox) -> None:
    client.prompt.analyze(1, "Ada Lovelace")
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
    client.prompt.submit(1, "Ada Lovelace", findings=[finding])
    assert sent(sandbox)["findings"] == [wire]


def test_a_thread_keeps_its_placeholders(client: SyncClient) -> None:
    thread = client.thread.create(1, "New Thread")
    for name in ("Ada Lovelace", "Grace Hopper"):
        client.prompt.cleanse(1, f"Write to {name}", thread_id=thread.id)
    again = client.prompt.cleanse(1, "Write to Ada Lovelace", thread_id=thread.id)
    assert again.text == "Write to PERSON_0"


def test_submit_gives_the_whole_answer(client: SyncClient, sandbox: Sandbox) -> None:
    answer = client.prompt.submit(1, PROMPT)
    assert isinstance(answer, SubmitResponse)
    assert answer.input_text == PROMPT
    assert isinstance(answer.deidentified_input_text_data, CleanseResponse)
    assert answer.deidentified_input_text_data.text == CLEANSED
    assert (answer.llm_model, "PERSON_0" in answer.raw_llm_response_text) == ("sandbox-1", True)
    assert "Ada Lovelace" in answer.reidentified_llm_response_text
    assert {type(one) for one in answer.reidentified_llm_response_items} == {ReidentifiedToken}
    assert sent(sandbox) == {"modelInstanceId": 1, "text": PROMPT, "source": "sdk"}


def test_submit_takes_findings_and_thread(client: SyncClient, sandbox: Sandbox) -> None:
    thread = client.thread.create(1, "New Thread")
    found = client.prompt.analyze(1, PROMPT)
    answer = client.prompt.submit(1, PROMPT, findings=found, thread_id=thread.id)
    assert answer.thread_id == thread.id
    assert sent(sandbox)["findings"] == [one.to_dict() for one in found.findings]


def test_submit_tells_the_placeholders_of_earlier_turns(client: SyncClient) -> None:
    first = client.prompt.submit(1, PROMPT)
    second = client.prompt.submit(1, "Thank you", thread_id=first.thread_id)
    cleansed, hashed = first.deidentified_input_text_data, []
    for item in cleansed.items_hashed:
        hash_text = cleansed.text_hashed[item.start : item.end]
        hashed += [DeidentifiedToken(deid_text=item.entity_type, hash_text=hash_text)]
    assert len(hashed) == 2
    assert first.deidentified_context_history == []
    assert second.deidentified_context_history == hashed


def test_stream_gives_the_answer_piece_by_piece(client: SyncClient, sandbox: Sandbox) -> None:
    chunks = [chunk for chunk in client.prompt.stream(1, PROMPT)]
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


def test_stream_gives_the_same_text_as_submit(client: SyncClient) -> None:
    answer = client.prompt.submit(1, PROMPT)
    assert client.prompt.stream(1, PROMPT).text() == answer.raw_llm_response_text


def test_stream_takes_findings_and_thread(client: SyncClient, sandbox: Sandbox) -> None:
    thread = client.thread.create(1, "New Thread")
    found = client.prompt.analyze(1, PROMPT)
    client.prompt.stream(1, PROMPT, findings=found, thread_id=thread.id).text()
    assert sent(sandbox)["threadId"] == thread.id
    assert sent(sandbox)["findings"] == [one.to_dict() for one in found.findings]


def test_hydrate_puts_the_text_back(client: SyncClient, sandbox: Sandbox) -> None:
    thread = client.thread.create(1, "New Thread")
    client.prompt.cleanse(1, PROMPT, thread_id=thread.id)
    hydrated = client.prompt.hydrate(1, "Dear PERSON_0", thread_id=thread.id)
    assert isinstance(hydrated, HydrateResponse)
    assert hydrated.text == "Dear Ada Lovelace"
    assert [(type(one), one.text) for one in hydrated.items] == [(HydratedToken, "Ada Lovelace")]
    assert sent(sandbox) == {
        "modelInstanceId": 1,
        "text": "Dear PERSON_0",
        "source": "sdk",
        "threadId": thread.id,
    }


def test_hydrate_needs_no_thread(client: SyncClient) -> None:
    assert client.prompt.hydrate(1, "Dear PERSON_0").text == "Dear PERSON_0"


@pytest.mark.parametrize("prompt", ["", " \n", "a\0b", "\ud800", "ünï 🐍\u2028", "x" * 100_000])
def test_a_prompt_may_be_any_text(client: SyncClient, sandbox: Sandbox, prompt: str) -> None:
    client.prompt.analyze(1, prompt)
    assert sent(sandbox)["text"] == prompt


def test_ids_may_be_zero(client: SyncClient, sandbox: Sandbox) -> None:
    sandbox.fail_next(404, path="/api/v1/threads/0", body={})
    with pytest.raises(Exception, match="404"):
        client.thread.get_by_id(0)


def test_a_result_can_t_be_changed(client: SyncClient) -> None:
    found = client.prompt.analyze(1, PROMPT)
    with pytest.raises(AttributeError):
        found.text = "other"  # type: ignore[misc]


def test_a_result_s_repr_shows_nothing_sensitive(client: SyncClient) -> None:
    answer = client.prompt.submit(1, PROMPT)
    found = client.prompt.analyze(1, PROMPT)
    assert "Ada" not in repr(answer) + repr(found) + repr(found.findings)
