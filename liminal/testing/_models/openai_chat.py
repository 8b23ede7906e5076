"""OpenAI's chat completions, whole and streamed."""

from __future__ import annotations

from itertools import chain, zip_longest
from typing import TYPE_CHECKING, Any

from liminal.sandbox._settings import is_whole
from liminal.testing._models.ledger import Message
from liminal.testing._models.wire import (
    Event,
    Wire,
    content_of,
    objects,
    require,
    require_model,
    require_tool_name,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from liminal.testing._models.wire import Turn

_ROLES = {
    "assistant": "assistant",
    "developer": "system",
    "function": "tool",
    "system": "system",
    "tool": "tool",
    "user": "user",
}
_MOST_CHOICES = 128


class ChatCompletions(Wire):
    """``POST /v1/chat/completions``."""

    api = "chat.completions"

    def check(self, body: dict[str, Any]) -> None:
        """Refuse what the service refuses: no messages, wrong roles, results without a call."""
        require_model(body)
        choices = body.get("n")  # which may be null
        require(choices is None or is_whole(choices, 1, _MOST_CHOICES), "n: expected 1 to 128.")
        messages = objects(body.get("messages"), "messages")
        require(messages, "messages: at least one is required.")
        called: set[object] = set()
        for message in messages:
            require(message.get("role") in _ROLES, "messages: unknown role.")
            called.update(call.get("id") for call in message.get("tool_calls") or ())
            result = message["role"] == "tool"
            require(
                not result or message.get("tool_call_id") in called,
                "messages: one with role 'tool' must answer an earlier one with 'tool_calls'.",
            )
        for tool in objects(body.get("tools") or [], "tools"):
            if tool.get("type") == "function":
                function: dict[str, Any] = tool.get("function") or {}
                require_tool_name(function.get("name"))

    def messages(self, body: dict[str, Any]) -> Iterator[Message]:
        """Each message."""
        return (Message(_ROLES[each["role"]], content_of(each)) for each in body["messages"])

    def choices(self, body: dict[str, Any]) -> int:
        """The request's ``n``."""
        return int(body.get("n") or 1)

    def whole(self, turn: Turn) -> dict[str, Any]:
        """A ``chat.completion``."""
        choices = [_choice(turn, index) for index in range(len(turn.replies))]
        return {**_head(turn, "chat.completion"), "choices": choices, "usage": _usage(turn)}

    def events(self, turn: Turn) -> Iterator[Event]:
        """One ``chat.completion.chunk`` after another; several choices alternate."""
        options: dict[str, Any] = turn.body.get("stream_options") or {}
        usage = {"usage": None} if options.get("include_usage") else {}
        head = {**_head(turn, "chat.completion.chunk"), **usage}
        by_choice = [_deltas(turn, index) for index in range(len(turn.replies))]
        for choice, piece in filter(None, chain.from_iterable(zip_longest(*by_choice))):
            yield Event({**head, "choices": [choice]}, piece=piece)
        if usage:
            yield Event({**head, "choices": [], "usage": _usage(turn)})
        yield Event("[DONE]")

    def failure(self, message: str, sent: int) -> Event:
        """An ``error`` in place of a chunk."""
        error = {"message": message, "type": "server_error", "param": None, "code": None}
        return Event({"error": error})


def _head(turn: Turn, kind: str) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-fake{turn.number}",
        "object": kind,
        "created": turn.created,
        "model": turn.model,
        "service_tier": "default",
        "system_fingerprint": "fp_fake",
    }


def _usage(turn: Turn) -> dict[str, int]:
    asked, answered = turn.asked, turn.answered
    total = asked + answered
    return {"prompt_tokens": asked, "completion_tokens": answered, "total_tokens": total}


def _choice(turn: Turn, index: int) -> dict[str, Any]:
    reply = turn.replies[index]
    silent = reply.tool_calls or reply.refusal
    message: dict[str, Any] = {
        "role": "assistant",
        "content": reply.text or (None if silent else ""),
        "refusal": reply.refusal or None,
        "annotations": [],
    }
    if reply.tool_calls:
        message["tool_calls"] = [
            {**_call(turn, index, number), "function": function}
            for number, function in enumerate(
                {"name": call.name, "arguments": call.arguments_json} for call in reply.tool_calls
            )
        ]
    finish = reply.finish_reason
    return {"index": index, "message": message, "logprobs": None, "finish_reason": finish}


def _call(turn: Turn, choice: int, number: int) -> dict[str, Any]:
    return {"id": turn.call_id("call", choice, number), "type": "function"}


def _deltas(turn: Turn, index: int) -> Iterator[tuple[dict[str, Any], bool]]:
    """One choice's part of each chunk, and whether it is a piece."""

    def choice(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
        return {"index": index, "delta": delta, "logprobs": None, "finish_reason": finish}

    reply = turn.replies[index]
    yield choice({"role": "assistant", "content": "", "refusal": None}), False
    for name, text in (("content", reply.text), ("refusal", reply.refusal)):
        for piece in turn.pieces(text):
            yield choice({name: piece}), True
    for number, call in enumerate(reply.tool_calls):
        opening = {
            "index": number,
            **_call(turn, index, number),
            "function": {"name": call.name, "arguments": ""},
        }
        yield choice({"tool_calls": [opening]}), False
        for piece in turn.pieces(call.arguments_json):
            further = {"index": number, "function": {"arguments": piece}}
            yield choice({"tool_calls": [further]}), True
    yield choice({}, reply.finish_reason), False
