"""Answers are hydrated, whole and in events, however events and bytes are split."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liminal import LiminalError
from liminal.integrations._protection.events import stream as stream_module
from liminal.integrations._protection.events.chat import ChatEvents
from liminal.integrations._protection.events.messages import MessageEvents
from liminal.integrations._protection.events.responses import ResponseEvents

from .driving import ADA, NAMES, QUOTED, Cuts, Service, chat, incoming, sse, through

RAW = "Dear PERSON_0, PERSON_1 and PERSON_9: PERSON_1"
WHOLE = f"Dear {ADA}, {QUOTED} and PERSON_9: {QUOTED}"
ARGUMENTS = json.dumps({"to": ["PERSON_0", "é\nPERSON_1"], "PERSON_0": 1}, ensure_ascii=False)
MEANT = {"to": [ADA, f"é\n{QUOTED}"], ADA: 1}


def test_a_whole_answer_is_hydrated() -> None:
    body = {
        "id": "PERSON_0",
        "choices": [{"message": {"content": RAW, "tool_calls": [{"arguments": ARGUMENTS}]}}],
        "usage": {"tokens": 7},
    }
    made = Service().run(incoming().body(body))
    message = made["choices"][0]["message"]
    assert message["content"] == WHOLE
    assert json.loads(message["tool_calls"][0]["arguments"]) == MEANT
    assert made["usage"] == body["usage"]
    assert made["id"] == "PERSON_0"


def test_the_arguments_of_a_tool_are_hydrated_whatever_their_names() -> None:
    """Names such as ``id`` and ``name`` mean something in an answer, and nothing in arguments."""
    given = {"name": "PERSON_0", "id": ["PERSON_0", {"PERSON_0": 1}], "data": "PERSON_1"}
    called = {"type": "tool_use", "name": "PERSON_0", "input": given}
    made = Service().run(incoming().body({"content": [called]}))
    assert made["content"][0]["name"] == "PERSON_0"
    assert made["content"][0]["input"] == {"name": ADA, "id": [ADA, {ADA: 1}], "data": QUOTED}


def test_an_answer_that_is_json_stays_json() -> None:
    made = Service().run(incoming(is_json=True).body({"content": ARGUMENTS}))
    assert json.loads(made["content"]) == MEANT


# ---- events


def cut(text: str, cuts: Cuts) -> list[str]:
    places = sorted({min(one, len(text)) for one in cuts} | {0, len(text)})
    return [text[start:end] for start, end in pairwise(places)]


def chat_stream(cuts: Cuts, end: bytes) -> bytes:
    """Two choices: one says something and then calls tools, the other is a function's call."""
    calls = [
        chat({"tool_calls": [{"index": tool, part: {name: piece}}]})
        for tool, part, name, text in (
            (0, "function", "arguments", ARGUMENTS),
            (1, "custom", "input", RAW),
        )
        for piece in ["", *cut(text, cuts), ""]
    ]
    other = [chat({"function_call": {"arguments": one}}, index=1) for one in cut(ARGUMENTS, cuts)]
    texts = [chat({"content": piece}) for piece in cut(RAW, cuts)]
    refusals = [chat({"refusal": piece}, index=2) for piece in cut(RAW, cuts)]
    ends = [
        chat({}, "tool_calls"),
        chat({}, "function_call", 1),
        {"id": "c", "choices": [], "usage": {}},
    ]
    return (
        sse(chat({"role": "assistant", "content": ""}), *texts, *other, *calls, *refusals, *ends)
        + end
    )


CUTS = st.lists(st.integers(0, 60), max_size=4)


@settings(max_examples=60)
@given(
    CUTS, st.lists(st.integers(0, 6000), max_size=5), st.sampled_from([b"data: [DONE]\n\n", b""])
)
def test_chat_chunks_are_hydrated(cuts: Cuts, bytes_cuts: Cuts, end: bytes) -> None:
    said = {"content": "", "refusal": "", "call": "", "tool0": "", "tool1": ""}
    order = []
    for event in through(ChatEvents(incoming()), chat_stream(cuts, end), bytes_cuts):
        for choice in event["choices"]:
            delta = choice["delta"]
            for field in ("content", "refusal"):
                said[field] += delta.get(field) or ""
            said["call"] += delta.get("function_call", {}).get("arguments", "")
            for tool in delta.get("tool_calls", ()):
                said["tool0"] += tool.get("function", {}).get("arguments", "")
                said["tool1"] += tool.get("custom", {}).get("input", "")
            if choice["index"] == 0 and delta:
                order.append("tool" if "tool_calls" in delta else "content")
    assert (said["content"], said["refusal"], said["tool1"]) == (WHOLE, WHOLE, WHOLE)
    assert json.loads(said["call"]) == json.loads(said["tool0"]) == MEANT
    assert order == sorted(order)  # nothing of the content comes after the tools have begun


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_the_reasoning_of_other_servers_is_hydrated(field: str) -> None:
    stream = sse(
        *(chat({field: piece}) for piece in cut(RAW, [*range(len(RAW))])), chat({}, "stop")
    )
    made = through(ChatEvents(incoming()), stream)
    assert "".join(one["choices"][0]["delta"].get(field, "") for one in made) == WHOLE


def test_the_arguments_of_tools_may_alternate() -> None:
    begun = [chat({"tool_calls": [{"index": n, "function": {"arguments": ""}}]}) for n in (0, 1)]
    turns = [
        chat({"tool_calls": [{"index": tool, "function": {"arguments": piece}}]})
        for piece in cut(ARGUMENTS, [*range(len(ARGUMENTS))])
        for tool in (0, 1)
    ]
    said = ["", ""]
    for event in through(ChatEvents(incoming()), sse(*begun, *turns, chat({}, "tool_calls"))):
        for tool in event["choices"][0]["delta"].get("tool_calls", ()):
            said[tool["index"]] += tool["function"]["arguments"]
    assert [json.loads(one) for one in said] == [MEANT, MEANT]


def test_an_incomplete_chat_is_hydrated_up_to_its_end() -> None:
    stream = sse(chat({"content": "a PERSON_"}), chat({"content": "0"}, "length"))
    made = through(ChatEvents(incoming()), stream)
    deltas = [event["choices"][0]["delta"] for event in made]
    assert "".join(delta["content"] for delta in deltas) == f"a {ADA}"
    assert made[-1]["choices"][0]["finish_reason"] == "length"


@settings(max_examples=60)
@given(CUTS, st.lists(st.integers(0, 6000), max_size=5))
def test_response_events_are_hydrated(cuts: Cuts, bytes_cuts: Cuts) -> None:
    places = {"item_id": "i", "output_index": 0, "content_index": 0}
    stream = sse(
        *(
            {"type": f"{base}.delta", **places, "delta": piece, "sequence_number": 1, **more}
            for base, text, more in (
                ("response.output_text", RAW, {"logprobs": []}),
                ("response.function_call_arguments", ARGUMENTS, {}),
            )
            for piece in cut(text, cuts)
        ),
        {"type": "response.output_text.done", **places, "text": RAW, "logprobs": []},
        {"type": "response.function_call_arguments.done", **places, "arguments": ARGUMENTS},
        {"type": "response.completed", "response": {"output": [{"text": RAW}]}},
        named=True,
    )
    text = arguments = ""
    made = through(ResponseEvents(incoming()), stream, bytes_cuts)
    for event in made:
        if event["type"] == "response.output_text.delta":
            text += event["delta"]
        elif event["type"] == "response.function_call_arguments.delta":
            arguments += event["delta"]
    kinds = [event["type"] for event in made]
    assert text == WHOLE == made[kinds.index("response.output_text.done")]["text"]
    assert json.loads(arguments) == json.loads(made[-2]["arguments"]) == MEANT
    assert made[-1]["response"]["output"][0]["text"] == WHOLE
    assert "response.output_text.delta" not in kinds[kinds.index("response.output_text.done") :]


@settings(max_examples=60)
@given(CUTS, st.lists(st.integers(0, 6000), max_size=5))
def test_message_events_are_hydrated(cuts: Cuts, bytes_cuts: Cuts) -> None:
    blocks = [
        (0, "text_delta", "text", RAW),
        (1, "input_json_delta", "partial_json", ARGUMENTS),
        (2, "thinking_delta", "thinking", RAW),
    ]
    stream = sse(
        {"type": "message_start", "message": {"content": []}},
        *(
            event
            for index, kind, name, text in blocks
            for event in (
                {"type": "content_block_start", "index": index, "content_block": {"text": ""}},
                *(
                    {
                        "type": "content_block_delta",
                        "index": index,
                        "delta": {"type": kind, name: one},
                    }
                    for one in cut(text, cuts)
                ),
                {"type": "content_block_stop", "index": index},
            )
        ),
        {
            "type": "content_block_delta",
            "index": 3,
            "delta": {"type": "citations_delta", "citation": {"cited_text": RAW}},
        },
        {"type": "message_delta", "delta": {"stop_sequence": "PERSON_0"}},
        {"type": "message_stop"},
        named=True,
    )
    made = through(MessageEvents(incoming()), stream, bytes_cuts)
    said = {0: "", 1: "", 2: ""}
    stopped = set()
    for event in made:
        if event["type"] == "content_block_delta" and event["index"] in said:
            assert event["index"] not in stopped
            _, name = sorted(event["delta"], key=lambda key: key == "type", reverse=True)
            said[event["index"]] += event["delta"][name]
        elif event["type"] == "content_block_stop":
            stopped.add(event["index"])
    assert said[0] == WHOLE
    assert json.loads(said[1]) == MEANT
    assert said[2] == RAW  # it is signed
    assert made[-3]["delta"]["citation"]["cited_text"] == WHOLE
    assert made[-2]["delta"]["stop_sequence"] == ADA


@pytest.mark.parametrize("kind", [ChatEvents, ResponseEvents, MessageEvents])
def test_unchanged_events_keep_their_bytes(kind: Any) -> None:
    stream = (
        b': ping\n\nevent: x\r\ndata: {"type" : "x"}\r\n\r\n'
        b'data: [1]\n\ndata: no JSON\n\ndata: [DONE]\n\ndata: {"cut'
    )
    service, hydrator = Service(), kind(incoming())
    out = b"".join(service.run(hydrator.feed(bytes([byte]))) for byte in stream)
    assert out + service.run(hydrator.finish()) == stream


def test_other_lines_of_an_event_are_kept() -> None:
    hydrator = MessageEvents(incoming())
    event = {"type": "message_delta", "delta": {"stop_sequence": "PERSON_0"}}
    made = Service().run(hydrator.feed(b"id: 7\nevent: message_delta\n" + sse(event)))
    assert made.startswith(b"event: message_delta\nid: 7\ndata: ")


@pytest.mark.parametrize("end", ["\n\n", "\r\n\r\n", "\r\r", "\n\r\n", "\r\n\n"])
def test_an_event_ends_only_at_an_empty_line(end: str) -> None:
    event = chat({"content": "\u2028\x85 PERSON_0."})
    data = f"data: {json.dumps(event, ensure_ascii=False)}{end}".encode() * 3
    for cuts in ([], [*range(len(data))]):
        made = through(ChatEvents(incoming()), data, cuts)
        texts = [one["choices"][0]["delta"]["content"] for one in made]
        assert "".join(texts) == f"\u2028\x85 {ADA}." * 3


def test_the_length_of_an_event_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_module, "_MAX_EVENT_BYTES", 100)
    with pytest.raises(LiminalError, match="too long to be hydrated"):
        Service().run(ChatEvents(incoming()).feed(b"data: " + b"x" * 100))


def test_text_that_is_not_json_as_expected_is_hydrated() -> None:
    made = Service().run(incoming(is_json=True).body({"content": "no JSON: PERSON_0"}))
    assert made == {"content": f"no JSON: {ADA}"}


def test_the_test_driver_restores_the_names() -> None:
    assert Service().run(incoming().text(" ".join(NAMES))) == f"{ADA} {QUOTED}"
