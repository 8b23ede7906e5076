"""Chunks of an answer are hydrated however a text is split, and wherever it is."""

import json
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import (
    AIMessageChunk,
    BaseMessageChunk,
    ChatMessageChunk,
    message_chunk_to_message,
)

from liminal.integrations.langchain._answers import Chunks

from ..driving import ADA, QUOTED, Service, incoming

TEXT = "Dear PERSON_0 and PERSON_1, PERSON_0"
SAID = f"Dear {ADA} and {QUOTED}, {ADA}"
ARGUMENTS = json.dumps({"to": "PERSON_1", "PERSON_0": ["PERSON_0"], "name": "PERSON_0"})
CALLED = {"to": QUOTED, ADA: [ADA], "name": ADA}


def text(piece: str) -> AIMessageChunk:
    return AIMessageChunk(piece)


def block(piece: str) -> AIMessageChunk:
    return AIMessageChunk([{"type": "text", "text": piece, "index": 0}])


def unnumbered(piece: str) -> AIMessageChunk:
    return AIMessageChunk([piece])


def refusal(piece: str) -> AIMessageChunk:
    return AIMessageChunk("", additional_kwargs={"refusal": piece})


def chat(piece: str) -> ChatMessageChunk:
    return ChatMessageChunk(content=piece, role="assistant")


def tool(index: int, piece: str) -> AIMessageChunk:
    call = {"name": None, "id": None, "args": piece, "index": index, "type": "tool_call_chunk"}
    return AIMessageChunk("", tool_call_chunks=[call])


def tool_block(piece: str) -> AIMessageChunk:
    return AIMessageChunk([{"type": "input_json_delta", "partial_json": piece, "index": 1}])


def cut_up(whole: str, cuts: set[int]) -> list[str]:
    places = [0, *sorted(cut for cut in cuts if cut < len(whole)), len(whole)]
    return [whole[a:b] for a, b in pairwise(places)]


def hydrated(chunks: Sequence[BaseMessageChunk]) -> Any:
    service, hydrator = Service(), Chunks(incoming())
    made: list[BaseMessageChunk] = []
    for chunk in chunks:
        made += service.run(hydrator.chunk(chunk))
    made += service.run(hydrator.finish())
    return message_chunk_to_message(sum(made[1:], made[0]))


def read(kind: Any, message: Any) -> str:
    if kind is refusal:
        return str(message.additional_kwargs["refusal"])
    if kind is unnumbered:
        return "".join(message.content)
    return str(message.text)


@pytest.mark.parametrize("kind", [text, block, unnumbered, refusal, chat])
@given(cuts=st.sets(st.integers(1, len(TEXT))))
def test_a_text_is_the_same_however_it_is_split(kind: Any, cuts: set[int]) -> None:
    assert read(kind, hydrated([kind(piece) for piece in cut_up(TEXT, cuts)])) == SAID


@given(
    st.sets(st.integers(1, len(ARGUMENTS))), st.sets(st.integers(1, len(ARGUMENTS))), st.booleans()
)
def test_the_arguments_of_several_calls_may_alternate(
    cuts: set[int],
    others: set[int],
    is_first: bool,
) -> None:
    pieces: list[list[AIMessageChunk]] = [
        [tool(n, piece) for piece in cut_up(ARGUMENTS, some)]
        for n, some in enumerate((cuts, others))
    ]
    by_turns = list(_by_turns(*pieces))
    message = hydrated(
        [text("Dear PERSON_0"), *(by_turns if is_first else [*pieces[1], *pieces[0]])]
    )
    assert message.text == f"Dear {ADA}"
    read = [json.loads(call["args"]) for call in message.invalid_tool_calls]
    assert (read or [call["args"] for call in message.tool_calls]) == [CALLED, CALLED]


def _by_turns(first: list[Any], second: list[Any]) -> Iterator[Any]:
    for index in range(max(len(first), len(second))):
        yield from first[index : index + 1]
        yield from second[index : index + 1]


@given(st.sets(st.integers(1, len(ARGUMENTS))))
def test_arguments_in_blocks_are_hydrated(cuts: set[int]) -> None:
    begun = AIMessageChunk([{"type": "tool_use", "name": "f", "id": "1", "input": {}, "index": 1}])
    message = hydrated([begun, *map(tool_block, cut_up(ARGUMENTS, cuts))])
    assert json.loads(message.content[0]["partial_json"]) == CALLED


def test_incomplete_arguments_are_hydrated_up_to_their_end() -> None:
    message = hydrated([tool(0, '{"to": "PERSON'), tool(0, "_0")])
    assert message.tool_calls[0]["args"] == {"to": ADA}


def test_a_complete_text_is_hydrated_at_once() -> None:
    cited = {"type": "citation", "title": "PERSON_0", "cited_text": "PERSON_1"}
    said = {"type": "text", "text": "a", "index": 0, "annotations": [cited]}
    called = {"type": "server_tool_call", "name": "f", "id": "1", "args": {"name": "PERSON_0"}}
    message = hydrated([AIMessageChunk([said, called])])
    assert message.content[0]["annotations"] == [
        {"type": "citation", "title": ADA, "cited_text": QUOTED}
    ]
    assert message.content[1]["args"] == {"name": ADA}


def test_the_rest_of_a_text_comes_before_the_next_text() -> None:
    service, hydrator = Service(), Chunks(incoming())
    assert [one.text for one in service.run(hydrator.chunk(text("to PERSON_0")))] == ["to "]
    rest, call = service.run(hydrator.chunk(tool(0, "{}")))
    assert (rest.text, call.text) == (ADA, "")
