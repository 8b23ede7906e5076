"""OpenAI's responses, whole and streamed."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from liminal.testing._models.ledger import Message, text_of
from liminal.testing._models.wire import (
    Event,
    Wire,
    objects,
    require,
    require_model,
    require_tool_name,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from liminal.testing._models.reply import Reply
    from liminal.testing._models.wire import Turn

_ROLES = {"assistant": "assistant", "developer": "system", "system": "system", "user": "user"}
_STATUS = {"length": "max_output_tokens", "content_filter": "content_filter"}
# The fields of a request that are repeated in the answer, with their defaults.
_REPEATED: dict[str, Any] = {
    "instructions": None,
    "max_output_tokens": None,
    "metadata": {},
    "parallel_tool_calls": True,
    "previous_response_id": None,
    "reasoning": {"effort": None, "summary": None},
    "store": True,
    "temperature": 1.0,
    "text": {"format": {"type": "text"}},
    "tool_choice": "auto",
    "tools": [],
    "top_p": 1.0,
    "truncation": "disabled",
}


class Responses(Wire):
    """``POST /v1/responses``. Conversations are not stored: each request must contain its own."""

    api = "responses"

    def check(self, body: dict[str, Any]) -> None:
        """Refuse what the service refuses: no input, wrong roles, outputs without a call."""
        require_model(body)
        called: set[object] = set()
        for item in _items(body):
            kind = _kind(item)
            require(kind != "message" or item.get("role") in _ROLES, "input: unknown role.")
            if kind == "function_call":
                called.add(item.get("call_id"))
            known = item.get("call_id") in called or body.get("previous_response_id")
            result = kind == "function_call_output"
            require(not result or known, "input: there is no tool call for an output.")
        for tool in objects(body.get("tools") or [], "tools"):
            if tool.get("type") == "function":
                require_tool_name(tool.get("name"))

    def messages(self, body: dict[str, Any]) -> Iterator[Message]:
        """The instructions, then each item of the input."""
        if body.get("instructions"):
            yield Message("system", text_of(body["instructions"]))
        for item in _items(body):
            result = _kind(item) == "function_call_output"
            role = "tool" if result else _ROLES.get(str(item.get("role")), "assistant")
            yield Message(role, text_of(item))

    def whole(self, turn: Turn) -> dict[str, Any]:
        """A ``response``."""
        (reply,) = turn.replies[:1]
        return _response(turn, reply, [item for item, _ in _output(turn, reply)])

    def events(self, turn: Turn) -> Iterator[Event]:
        """Numbered events, from ``response.created`` to ``response.completed``."""
        for number, (kind, fields, piece) in enumerate(_steps(turn)):
            yield Event({"type": kind, "sequence_number": number, **fields}, kind, piece)

    def failure(self, message: str, sent: int) -> Event:
        """An event named ``error``."""
        error = {"code": "server_error", "message": message, "param": None}
        return Event({"type": "error", "sequence_number": sent, **error}, "error")


def _items(body: dict[str, Any]) -> list[dict[str, Any]]:
    given: object = body.get("input")
    if isinstance(given, str):
        return [{"type": "message", "role": "user", "content": given}]
    items = objects(given, "input")
    require(items, "input: at least one item is required.")
    return items


def _kind(item: dict[str, Any]) -> str:
    return str(item.get("type") or "message")


def _response(turn: Turn, reply: Reply | None, output: list[dict[str, Any]]) -> dict[str, Any]:
    """A response, which is in progress until there is a reply."""
    reason = _STATUS.get(reply.finish_reason) if reply else None
    status = "incomplete" if reason else "completed" if reply else "in_progress"
    given = {
        name: turn.body.get(name) if turn.body.get(name) is not None else value
        for name, value in _REPEATED.items()
    }
    return {
        "id": f"resp_fake{turn.number}",
        "object": "response",
        "created_at": turn.created,
        "status": status,
        "background": False,
        "error": None,
        "incomplete_details": {"reason": reason} if reason else None,
        "model": turn.model,
        "output": output,
        "usage": _usage(turn, reply) if reply else None,
        "user": None,
        **given,
    }


def _usage(turn: Turn, reply: Reply) -> dict[str, Any]:
    asked, answered = turn.asked, reply.words
    return {
        "input_tokens": asked,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": answered,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": asked + answered,
    }


_Step = tuple[str, dict[str, Any], bool]


def _steps(turn: Turn) -> Iterator[_Step]:
    (reply,) = turn.replies[:1]
    started = _response(turn, None, [])
    yield "response.created", {"response": started}, False
    yield "response.in_progress", {"response": started}, False
    items: list[dict[str, Any]] = []
    for index, (item, steps) in enumerate(_output(turn, reply)):
        opening = {**item, "status": "in_progress", **_EMPTY[item["type"]]}
        yield "response.output_item.added", {"output_index": index, "item": opening}, False
        for kind, fields, piece in steps:
            yield kind, {"item_id": item["id"], "output_index": index, **fields}, piece
        yield "response.output_item.done", {"output_index": index, "item": item}, False
        items.append(item)
    ended = _response(turn, reply, items)
    yield f"response.{ended['status']}", {"response": ended}, False


# Fields that an item lacks until the stream has completed it.
_EMPTY: dict[str, dict[str, Any]] = {
    "reasoning": {"summary": []},
    "message": {"content": []},
    "function_call": {"arguments": ""},
}


def _output(turn: Turn, reply: Reply) -> Iterator[tuple[dict[str, Any], Iterator[_Step]]]:
    """Yield each complete item of the output, and the steps by which a stream fills it."""
    number = count()
    status = "incomplete" if reply.finish_reason in _STATUS else "completed"

    def head(prefix: str, kind: str) -> dict[str, Any]:
        made = f"{prefix}_fake{turn.number}_{next(number)}"
        return {"id": made, "type": kind, "status": status}

    part: dict[str, Any]
    if reply.thinking:
        part = {"type": "summary_text", "text": reply.thinking}
        steps = _part_steps(turn, part, "reasoning_summary_part", "reasoning_summary_text")
        yield {**head("rs", "reasoning"), "summary": [part]}, steps
    if reply.refusal:
        part = {"type": "refusal", "refusal": reply.refusal}
        yield _message(head("msg", "message"), part), _part_steps(turn, part)
    elif reply.text or not reply.tool_calls:
        part = {"type": "output_text", "text": reply.text, "annotations": [], "logprobs": []}
        yield _message(head("msg", "message"), part), _part_steps(turn, part)
    for index, call in enumerate(reply.tool_calls):
        arguments = call.arguments_json
        item = {
            **head("fc", "function_call"),
            "call_id": turn.call_id("call", 0, index),
            "name": call.name,
            "arguments": arguments,
        }
        yield item, _argument_steps(turn, call.name, arguments)


def _message(head: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    return {**head, "role": "assistant", "content": [part]}


def _part_steps(
    turn: Turn, part: dict[str, Any], part_kind: str = "content_part", text_kind: str = ""
) -> Iterator[_Step]:
    """The steps of one part: a text, a refusal, or a summary of reasoning."""
    field = "refusal" if part["type"] == "refusal" else "text"
    kind = text_kind or part["type"]
    place = {"summary_index" if text_kind else "content_index": 0}
    more: dict[str, Any] = {"logprobs": []} if kind == "output_text" else {}
    yield f"response.{part_kind}.added", {**place, "part": {**part, field: ""}}, False
    for piece in turn.pieces(part[field]):
        yield f"response.{kind}.delta", {**place, "delta": piece, **more}, True
    yield f"response.{kind}.done", {**place, field: part[field], **more}, False
    yield f"response.{part_kind}.done", {**place, "part": part}, False


def _argument_steps(turn: Turn, name: str, arguments: str) -> Iterator[_Step]:
    kind = "response.function_call_arguments"
    for piece in turn.pieces(arguments):
        yield f"{kind}.delta", {"delta": piece}, True
    yield f"{kind}.done", {"arguments": arguments, "name": name}, False
