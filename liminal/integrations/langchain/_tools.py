"""Cleanses what an agent's tool sees, and hydrates its result."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from langchain.agents.middleware import ToolCallRequest
from langchain_core.messages import BaseMessage, ToolMessage
from langgraph.types import Command

from liminal.errors import LiminalError
from liminal.integrations._protection.incoming import Incoming
from liminal.integrations._protection.steps import Steps
from liminal.integrations._protection.values import Json, a_list, an_object

from ._outgoing import conversation
from ._session import Session


def cleansed_call(session: Session, request: ToolCallRequest) -> Steps[ToolCallRequest]:
    """Return the request with placeholders in the tool's arguments and state."""
    given: Any = request  # whose generic parts have no parameters
    call = request.tool_call
    made = yield from session.outgoing().request({"args": call["args"]})
    state = yield from _cleansed_state(session, request.state)
    runtime = given.runtime
    if runtime is not None:
        runtime = replace(runtime, state=state)
    return replace(request, tool_call={**call, "args": made["args"]}, state=state, runtime=runtime)


def _cleansed_state(session: Session, state: Any) -> Steps[Any]:
    """Cleanse messages and JSON. Leave out other values, which can't be checked."""
    given = an_object(state)
    if given is None:
        raise LiminalError(
            "an agent's state must be a dict to be cleansed, so the tool wasn't called: trust the"
            " tool, or use a TypedDict as state"
        )
    made: Json = {}
    for name, value in given.items():
        if _are_messages(value):
            made[name] = yield from conversation(session, value)
        elif _is_json(value):
            made[name] = (yield from session.outgoing().request({"args": value}))["args"]
    return made


def _are_messages(value: Any) -> bool:
    items = a_list(value)
    return bool(items) and all(isinstance(item, BaseMessage) for item in items or ())


def _is_json(value: Any) -> bool:
    try:
        json.dumps(value)
    except (TypeError, ValueError, RecursionError):
        return False
    return True


def hydrated_result(session: Session, result: Any) -> Steps[Any]:
    """Return the result of a tool, with the original text for the agent's state."""
    return (yield from _hydrated(session.incoming(), result))


def _hydrated(incoming: Incoming, value: Any) -> Steps[Any]:
    fields, items = an_object(value), a_list(value)
    if isinstance(value, ToolMessage):
        return value.model_copy(update={"content": (yield from _content(incoming, value.content))})
    if isinstance(value, BaseMessage):
        return value.model_copy(update={"content": (yield from incoming.data(value.content))})
    if isinstance(value, Command):
        return (yield from _hydrated_command(incoming, value))
    if items is not None:
        made: list[Any] = []
        for item in items:
            made.append((yield from _hydrated(incoming, item)))  # noqa: PERF401 - can't yield
        return made
    if fields is not None:
        parts: Json = {}
        for name, item in fields.items():
            parts[name] = yield from _hydrated(incoming, item)
        return parts
    return (yield from incoming.data(value))


def _hydrated_command(incoming: Incoming, command: Any) -> Steps[Any]:
    return replace(command, update=(yield from _hydrated(incoming, command.update)))


def _content(incoming: Incoming, content: Any) -> Steps[Any]:
    """Hydrate a result, which is often JSON source, and stays JSON."""
    if isinstance(content, str) and content.lstrip()[:1] in {"{", "["} and _is_source(content):
        return (yield from incoming.text(content, "json"))
    return (yield from incoming.data(content))


def _is_source(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
