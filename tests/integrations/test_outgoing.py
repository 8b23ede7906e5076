"""Requests: every text is cleansed, nothing else changes; unchecked content is refused."""

import json
from typing import Any

import pytest

from liminal import LiminalError
from liminal.integrations._protection import memory as memory_module
from liminal.integrations._protection.fields import ANTHROPIC, OPENAI
from liminal.integrations._protection.memory import Memory
from liminal.integrations._protection.outgoing import Outgoing

from .driving import ADA, MAIL, PHONE, WEI, Service


def sent(body: Any, fields: Any = OPENAI, **options: Any) -> Any:
    outgoing = Outgoing(fields, Memory(), **{"allow_unchecked": False} | options)
    return Service().run(outgoing.request(body))


def tool_call(arguments: str) -> dict[str, Any]:
    function = {"name": "send", "arguments": arguments}
    return {"id": "call_1", "type": "function", "function": function}


OPENAI_TEXTS = [
    {"messages": [{"role": "system", "content": ADA}]},
    {"messages": [{"role": "developer", "content": ADA, "name": ADA}]},
    {"messages": [{"role": "user", "content": [{"type": "text", "text": ADA}]}]},
    {"messages": [{"role": "assistant", "content": ADA, "refusal": ADA}]},
    {
        "messages": [
            {"role": "assistant", "content": None, "tool_calls": [tool_call(f'{{"to": "{ADA}"}}')]}
        ]
    },
    {
        "messages": [
            {"role": "assistant", "tool_calls": [tool_call('{"to": "Ada\\u0020Lovelace"}')]}
        ]
    },
    {"messages": [{"role": "assistant", "tool_calls": [tool_call(f"not JSON: {ADA}")]}]},
    {"messages": [{"role": "assistant", "tool_calls": [tool_call(f'{{"a": "{ADA}", "a": 1}}')]}]},
    {
        "messages": [
            {"role": "assistant", "function_call": {"name": "f", "arguments": f'["{ADA}"]'}}
        ]
    },
    {"messages": [{"role": "tool", "tool_call_id": "call_1", "content": ADA}]},
    {"messages": [{"role": "function", "name": "f", "content": ADA}]},
    {"messages": [ADA]},
    {"tools": [{"type": "function", "function": {"name": "f", "description": ADA}}]},
    {
        "functions": [
            {"name": "f", "parameters": {"anyOf": [{"title": ADA}], ADA: ADA, "required": [ADA]}}
        ]
    },
    {"tools": [{"function": {"name": "f", "parameters": {"properties": {"to": {"enum": [ADA]}}}}}]},
    {
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "x", "schema": {"title": ADA}},
        }
    },
    {"functions": [{"name": "f", "parameters": {"default": {"type": ADA}}}]},
    *(
        {"functions": [{"name": "f", "parameters": {name: ADA, "type": [ADA]}}]}
        for name in ("pattern", "$id", "$ref", "format", "minimum")
    ),
    {"logit_bias": {ADA: 1}},
    {"tools": [{"type": "mcp", "headers": {"X-User": ADA, ADA: "x"}, "authorization": ADA}]},
    {"stop": [ADA, "end"]},
    {"user": ADA, "metadata": {"of": ADA, ADA: "x"}},
    {"prediction": {"type": "content", "content": ADA}},
    {"input": ADA, "instructions": ADA},
    {"input": [{"type": "function_call_output", "call_id": "c", "output": ADA}]},
    {
        "input": [
            {
                "type": "function_call",
                "call_id": "c",
                "name": "f",
                "arguments": f'{{"to": "{ADA}"}}',
            }
        ]
    },
    {
        "input": [
            {"type": "reasoning", "id": "r", "summary": [{"type": "summary_text", "text": ADA}]}
        ]
    },
    {
        "prompt": {
            "id": "p",
            "variables": {"name": ADA, "more": {"type": "input_text", "text": ADA}},
        }
    },
    {"model": "m", "service_tier": ADA, "id": ADA},
]
ANTHROPIC_TEXTS = [
    {"system": [{"type": "text", "text": ADA}], "messages": [{"role": "user", "content": ADA}]},
    {"messages": [{"role": "assistant", "content": f"Dear {ADA}"}]},
    {
        "messages": [
            {"content": [{"type": "tool_use", "id": "t", "name": "f", "input": {"to": [ADA]}}]}
        ]
    },
    {"messages": [{"content": [{"type": "tool_result", "tool_use_id": "t", "content": ADA}]}]},
    {"messages": [{"content": [{"type": "thinking", "thinking": ADA, "signature": "s"}]}]},
    {
        "messages": [
            {
                "content": [
                    {"type": "document", "title": ADA, "source": {"type": "text", "data": ADA}}
                ]
            }
        ]
    },
    {"stop_sequences": [ADA], "metadata": {"user_id": ADA}},
]


@pytest.mark.parametrize(
    ("body", "fields"),
    [(body, OPENAI) for body in OPENAI_TEXTS] + [(body, ANTHROPIC) for body in ANTHROPIC_TEXTS],
)
def test_every_text_in_a_request_is_cleansed(body: Any, fields: Any) -> None:
    before = json.dumps(body)
    cleansed = json.dumps(sent(body, fields))
    assert "Lovelace" not in cleansed
    assert "PERSON_0" in cleansed
    assert json.dumps(body) == before


@pytest.mark.parametrize(
    "body",
    [
        {"model": MAIL},
        {"messages": [{"role": "tool", "tool_call_id": MAIL, "content": ""}]},
        {"tools": [{"type": "function", "function": {"name": MAIL}}]},
        {"tools": [{"type": "function", "function": {"parameters": {"$ref": MAIL}}}]},
        {"tools": [{"type": "mcp", "server_url": f"https://example.com/?u={MAIL}"}]},
        {"tools": [{"type": "mcp", "headers": {"x-user": MAIL}}]},
        {"tools": [{"type": "file_search", "filters": {"type": "eq", "key": MAIL}}]},
        {"tools": [{"type": "web_search", "filters": {"allowed_domains": [MAIL]}}]},
        {"messages": [{"role": "tool", "tool_call_id": WEI, "content": ""}]},
        {"messages": [{"role": "User", "name": f"{PHONE}", "content": ""}]},
        {"input": [{"type": "message", "name": f"{PHONE}", "content": ""}]},
        {"messages": [{"role": "assistant", "tool_calls": [tool_call(f'{{"to": {PHONE}}}')]}]},
        {"messages": [{"role": "user", "content": PHONE}]},
        {"metadata": {"of": [PHONE]}},
        {"metadata": {f"of_{PHONE}": 1}},
        {"functions": [{"parameters": {"enum": [PHONE]}}]},
    ],
)
def test_a_string_that_is_not_an_identifier_is_cleansed(body: Any) -> None:
    cleansed = json.dumps(sent(body), ensure_ascii=False)
    assert not any(text in cleansed for text in (MAIL, WEI, str(PHONE)))


def test_references_in_a_schema_follow_the_cleansed_names() -> None:
    schema = {"$defs": {WEI: {}, "Letter": {}}, "$ref": f"#/$defs/{WEI}"}
    made = sent({"functions": [{"parameters": schema}]})["functions"][0]["parameters"]
    assert made == {"$defs": {"PERSON_2": {}, "Letter": {}}, "$ref": "#/$defs/PERSON_2"}
    schema["$ref"] = "#/$defs/Letter"
    made = sent({"functions": [{"parameters": schema}]})["functions"][0]["parameters"]
    assert made["$ref"] == "#/$defs/Letter"


def test_structured_content_stays_structured() -> None:
    parts = [{"type": "text", "text": ADA}, {"type": "text", "text": f"to {ADA}"}]
    body = {"messages": [{"role": "tool", "tool_call_id": "1", "content": parts}]}
    made = sent(body)["messages"][0]["content"]
    assert made == [{"type": "text", "text": "PERSON_0"}, {"type": "text", "text": "to PERSON_0"}]


def test_values_that_are_not_text_are_unchanged() -> None:
    body = {
        "model": "gpt-X",
        "temperature": 0.5,
        "logit_bias": {"50256": -100},
        "stream": True,
        "messages": [{"role": "user", "content": "  "}, {"role": "assistant", "tool_calls": []}],
        "tools": [
            {
                "type": "function",
                "function": {
                    "name": "Send_It",
                    "parameters": {
                        "type": "object",
                        "properties": {"type": {"type": "string", "minLength": 9}},
                        "required": ["type"],
                        "$schema": "https://json-schema.org/draft/2020-12/schema",
                    },
                },
            }
        ],
        "tool_choice": "auto",
        "user": None,
    }
    service = Service()
    assert service.run(Outgoing(OPENAI, Memory(), allow_unchecked=False).request(body)) == body
    assert service.cleansed == []


def test_unchanged_json_keeps_its_bytes() -> None:
    arguments = '{"n" : 1.50,\n"to": "x"}'
    body = {"messages": [{"role": "assistant", "tool_calls": [tool_call(arguments)]}]}
    assert sent(body) == body


@pytest.mark.parametrize(
    ("body", "fields", "place"),
    [
        (
            {"messages": [{}, {"content": [{"type": "image_url", "image_url": {"url": "x"}}]}]},
            OPENAI,
            r"messages\[1\]\.content\[0\]\.image_url",
        ),
        ({"messages": [{"content": [{"input_audio": {"data": "x"}}]}]}, OPENAI, "input_audio.data"),
        ({"input": [{"type": "input_file", "file_id": "x"}]}, OPENAI, "file_id"),
        ({"new_field": ADA}, OPENAI, "new_field"),
        ({"messages": [{"headers": {"a": "b"}}]}, OPENAI, "headers"),
        ({"authorization": "b"}, OPENAI, "authorization"),
        ({"messages": [{"content": [{"source": {"type": "url", "url": "x"}}]}]}, ANTHROPIC, "url"),
        (
            {"messages": [{"content": [{"source": {"type": "base64", "data": "x"}}]}]},
            ANTHROPIC,
            "data",
        ),
    ],
)
def test_an_unknown_field_is_refused_by_its_name(body: Any, fields: Any, place: str) -> None:
    with pytest.raises(LiminalError, match=f"{place} can't be checked") as caught:
        sent(body, fields)
    assert "Ada" not in str(caught.value)
    assert sent(body, fields, allow_unchecked=True) == body


def test_a_text_is_cleansed_once() -> None:
    service, outgoing = Service(), Outgoing(OPENAI, Memory(), allow_unchecked=False)
    for _ in range(3):
        service.run(outgoing.request({"messages": [{"role": "user", "content": ADA}] * 3}))
    assert service.cleansed == [ADA]


def test_the_memory_is_bounded_and_its_repr_shows_no_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_module, "_MAX_TEXTS", 3)
    monkeypatch.setattr(memory_module, "_MAX_CHARACTERS", 10)
    memory = Memory()
    for text in "abc":
        memory.put(text, text)
    assert memory.get("a") == "a"
    memory.put("d", "d")
    assert [memory.get(text) for text in "abcd"] == ["a", None, "c", "d"]
    memory.put("e", "e" * 9)
    assert [memory.get(text) for text in "acde"] == [None, None, "d", "e" * 9]
    assert repr(memory) == "<Memory: 2 texts>"


def test_the_model_s_own_text_is_found_by_its_hydrated_form() -> None:
    memory = Memory()
    memory.put_all({"Ada": ["x", "to Ada", 1]}, {"PERSON_0": ["x", "to PERSON_0", 1]})
    assert [memory.get(text) for text in ("Ada", "to Ada", "x")] == [
        "PERSON_0",
        "to PERSON_0",
        None,
    ]
