"""Cleanses LangChain's messages, and the options of a call."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final, NamedTuple, TypeVar, cast

from langchain_core.messages import (
    BaseMessage,
    BaseMessageChunk,
    SystemMessage,
    message_chunk_to_message,
)

from liminal.errors import LiminalError
from liminal.integrations._protection.outgoing import is_identifier
from liminal.integrations._protection.steps import Steps
from liminal.integrations._protection.values import Json, a_list, an_object

from ._session import Session

M = TypeVar("M", bound=BaseMessage)

_ROLES: Final = {"human": "user", "ai": "assistant"}
# The fields that are sent to the model.
_SENT: Final = frozenset(
    """
    additional_kwargs content id invalid_tool_calls name role status tool_call_id tool_calls
    """.split()  # noqa: SIM905 - as the fields of the vendors are written
)
# Fields without a user's text, or that integrations don't send.
_KEPT: Final = frozenset({"type", "usage_metadata", "example"})
_EMPTIED: Final = {"artifact": None}
# The parts of an earlier answer that integrations read to refer to it.
_METADATA: Final = frozenset({"id", "model_name", "model_provider", "output_version"})


class Request(NamedTuple):
    """The arguments of a call of a model."""

    messages: list[BaseMessage]
    options: Json


def request(
    session: Session,
    messages: Sequence[BaseMessage],
    options: Json,
    instructions: str | None,
) -> Steps[Request]:
    """A cleansed copy of all that a model is called with. LiminalError for what can't be checked.

    What has been cleansed already stays as it is, without a call.
    """
    cleansed = yield from conversation(session, messages)
    if instructions is not None:
        cleansed = instructed(session, cleansed, instructions)
    options = _plain(session, {name: v for name, v in options.items() if v is not None}, "")
    return Request(cleansed, (yield from session.outgoing().request(options)))


def conversation(session: Session, messages: Sequence[BaseMessage]) -> Steps[list[BaseMessage]]:
    """Return cleansed copies of ``messages``."""
    whole = [message_chunk_to_message(cast("BaseMessageChunk", one)) for one in messages]
    given = [_fields(session, message, f"messages[{index}]") for index, message in enumerate(whole)]
    made = yield from session.outgoing().request({"messages": given})
    _remember(session, given, made["messages"])
    return [
        _rebuilt(message, fields) for message, fields in zip(whole, made["messages"], strict=True)
    ]


def instructed(session: Session, messages: list[BaseMessage], text: str) -> list[BaseMessage]:
    """Return the messages with the instructions, which are added once."""
    first = messages[0] if messages else None
    if not isinstance(first, SystemMessage):
        session.memory.put(text, text)
        return [SystemMessage(text), *messages]
    content: Any = first.content
    if isinstance(content, str):
        content = f"{content}\n\n{text}"
        session.memory.put(content, content)
    else:
        content = [*content, {"type": "text", "text": text}]
        session.memory.put(text, text)
    return [first.model_copy(update={"content": content}), *messages[1:]]


def _fields(session: Session, message: BaseMessage, path: str) -> Json:
    """Return the fields of a message that are sent, as JSON."""
    given: Json = {"role": _ROLES.get(message.type, message.type)}
    for name in type(message).model_fields:
        if name in _SENT:
            given[name] = getattr(message, name)
        elif name not in {*_KEPT, *_EMPTIED, "response_metadata"}:
            given[name] = getattr(message, name)  # of an unknown class, so it is refused
    given.update(message.model_extra or {})
    given["additional_kwargs"] = {
        name: value for name, value in message.additional_kwargs.items() if name != "parsed"
    }
    plain: Json = _plain(session, given, path)
    return plain


def _rebuilt(message: M, fields: Json) -> M:
    kinds = type(message).model_fields
    metadata = {
        name: value
        for name, value in message.response_metadata.items()
        if name in _METADATA and is_identifier(str(value))
    }
    changes = {name: value for name, value in fields.items() if name != "role" or "role" in kinds}
    changes |= {name: value for name, value in _EMPTIED.items() if name in kinds}
    return message.model_copy(update={**changes, "response_metadata": metadata})


def _remember(session: Session, given: object, cleansed: object) -> None:
    """Remember which texts are cleansed already, so that they need no second call."""
    fields, items = an_object(given), a_list(given)
    if fields is not None:  # names may have changed, too; the order is the same
        pairs = zip(fields.items(), (an_object(cleansed) or {}).items(), strict=False)
        for one, other in pairs:
            _remember(session, list(one), list(other))
    elif items is not None:
        for item, made in zip(items, a_list(cleansed) or (), strict=False):
            _remember(session, item, made)
    elif isinstance(cleansed, str) and cleansed != given:
        session.memory.put(cleansed, cleansed)
        source = _read(given), _read(cleansed)
        if None not in source:
            _remember(session, *source)


def _read(text: object) -> object:
    """Return the value of JSON source; None for any other text."""
    try:
        return cast("object", json.loads(str(text)))
    except (ValueError, RecursionError):
        return None


def _plain(session: Session, value: Any, path: str) -> Any:
    """Return the value as JSON; LiminalError for other values, such as a class or bytes."""
    if value is None or isinstance(value, str | int | float):
        return value
    pairs = an_object(value)
    if pairs is not None:
        return {
            name: _plain(session, item, f"{path}.{name}".lstrip("."))
            for name, item in pairs.items()
        }
    if isinstance(value, list | tuple):
        items = cast("Sequence[Any]", value)
        return [_plain(session, item, f"{path}[{index}]") for index, item in enumerate(items)]
    if session.options.allow_unchecked:
        return value
    raise LiminalError(
        f"{path} is no JSON and can't be checked for sensitive text, so nothing was sent: leave it"
        " out, or pass allow_unchecked=True to send it as it is"
    )
