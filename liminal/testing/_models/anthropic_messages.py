"""Anthropic's messages, whole and streamed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from liminal.errors import LiminalError
from liminal.testing._models.ledger import Message, text_of
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

    from liminal.testing._models.reply import Reply
    from liminal.testing._models.wire import Turn

_STOPS = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "content_filter": "refusal",
}


class Messages(Wire):
    """``POST /v1/messages``."""

    api = "messages"

    def check(self, body: dict[str, Any]) -> None:
        """Refuse what the service refuses: no ``max_tokens``, wrong roles, wrong results."""
        require_model(body)
        most = body.get("max_tokens")
        require(isinstance(most, int) and most >= 1, "max_tokens: a positive number is required.")
        messages = objects(body.get("messages"), "messages")
        require(messages, "messages: at least one is required.")
        called: set[object] = set()
        for message in messages:
            require(message.get("role") in ("user", "assistant"), "messages: unexpected role.")
            for block in _blocks(message):
                if block.get("type") == "tool_use":
                    called.add(block.get("id"))
                result = block.get("type") == "tool_result"
                known = block.get("tool_use_id") in called
                require(not result or known, "messages: a tool_result must follow its tool_use.")
        for tool in objects(body.get("tools") or [], "tools"):
            require_tool_name(tool.get("name"))

    def messages(self, body: dict[str, Any]) -> Iterator[Message]:
        """The system prompt, then each message; each tool result is a separate message."""
        if body.get("system"):
            yield Message("system", text_of(body["system"]))
        for each in body["messages"]:
            results = [block for block in _blocks(each) if block.get("type") == "tool_result"]
            for result in results:
                yield Message("tool", content_of(result))
            rest = [block for block in _blocks(each) if block.get("type") != "tool_result"]
            if rest or not results:
                yield Message(each["role"], text_of(rest))

    def whole(self, turn: Turn) -> dict[str, Any]:
        """A ``message``."""
        (reply,) = turn.replies[:1]
        blocks = [whole for _, whole, _ in _content(turn, reply)]
        usage = _usage(turn, reply.words)
        return {**_head(turn), "content": blocks, "stop_reason": _stop(reply), "usage": usage}

    def events(self, turn: Turn) -> Iterator[Event]:
        """Each event named by its type, from ``message_start`` to ``message_stop``."""
        (reply,) = turn.replies[:1]
        message: dict[str, Any] = {
            **_head(turn),
            "content": [],
            "stop_reason": None,
            "usage": _usage(turn, 1),
        }
        yield _event("message_start", message=message)
        yield _event("ping")
        for index, (opening, _, deltas) in enumerate(_content(turn, reply)):
            yield _event("content_block_start", index=index, content_block=opening)
            for delta in deltas:
                piece = delta["type"] != "signature_delta"
                yield _event("content_block_delta", piece=piece, index=index, delta=delta)
            yield _event("content_block_stop", index=index)
        end = {"stop_reason": _stop(reply), "stop_sequence": None}
        yield _event("message_delta", delta=end, usage={"output_tokens": reply.words})
        yield _event("message_stop")

    def failure(self, message: str, sent: int) -> Event:
        """An event named ``error``."""
        return _event("error", error={"type": "overloaded_error", "message": message})


def _event(kind: str, *, piece: bool = False, **fields: object) -> Event:
    return Event({"type": kind, **fields}, kind, piece)


def _blocks(message: dict[str, Any]) -> list[dict[str, Any]]:
    content: object = message.get("content")
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return objects(content, "messages: content")


def _head(turn: Turn) -> dict[str, Any]:
    return {
        "id": f"msg_fake{turn.number}",
        "type": "message",
        "role": "assistant",
        "model": turn.model,
        "stop_sequence": None,
    }


def _usage(turn: Turn, output: int) -> dict[str, Any]:
    return {
        "input_tokens": turn.asked,
        "output_tokens": output,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "service_tier": "standard",
    }


def _stop(reply: Reply) -> str:
    return "refusal" if reply.refusal else _STOPS[reply.finish_reason]


_Block = tuple[dict[str, Any], dict[str, Any], list[dict[str, Any]]]


def _content(turn: Turn, reply: Reply) -> Iterator[_Block]:
    """Yield each block as a stream opens it, its final form, and the deltas in between."""
    block: dict[str, Any]
    if reply.thinking:
        block = {"type": "thinking", "thinking": reply.thinking, "signature": "fake-signature"}
        deltas = [_delta("thinking", piece) for piece in turn.pieces(reply.thinking)]
        signature = {"type": "signature_delta", "signature": "fake-signature"}
        yield {**block, "thinking": "", "signature": ""}, block, [*deltas, signature]
    for text in filter(None, (reply.text, reply.refusal)):
        deltas = [_delta("text", piece) for piece in turn.pieces(text)]
        yield {"type": "text", "text": ""}, {"type": "text", "text": text}, deltas
    for number, call in enumerate(reply.tool_calls):
        arguments = call.arguments_json
        head = {"type": "tool_use", "id": turn.call_id("toolu", 0, number), "name": call.name}
        streamed = turn.body.get("stream")
        block = {**head, "input": {} if streamed else _object(arguments)}
        deltas = [
            {"type": "input_json_delta", "partial_json": piece}
            for piece in ("", *turn.pieces(arguments))
        ]
        yield {**head, "input": {}}, block, deltas


def _delta(kind: str, piece: str) -> dict[str, Any]:
    return {"type": f"{kind}_delta", kind: piece}


def _object(arguments: str) -> dict[str, Any]:
    try:
        found = json.loads(arguments)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise LiminalError("Anthropic's tool arguments have to be a JSON object.")
    return cast("dict[str, Any]", found)
