"""Protects the requests and answers of one model's API, in one conversation."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from liminal._streams.resolver import Resolver
from liminal.errors import LiminalError

from .chat_events import ChatEvents
from .events import EventHydrator, MessageEvents, ResponseEvents
from .fields import ANTHROPIC, OPENAI
from .incoming import Incoming
from .memory import Memory
from .outgoing import Fields, Outgoing
from .steps import Steps
from .values import Json, a_list, an_object

INSTRUCTIONS: Final = (
    "Words in capitals that end in an underscore and a number, such as PERSON_0 or"
    " EMAIL_ADDRESS_1, stand for names and other data. Use them exactly as they are written. Do"
    " not translate, split, explain or renumber them, and do not make up new ones."
)

# All that the vendors' clients add to the URLs of these operations.
KNOWN_QUERY: Final = re.compile(r"(beta=true|api-version=[\w.-]{1,40})?", re.ASCII)


class Operation(NamedTuple):
    """One operation of an API."""

    fields: Fields
    instruct: Callable[[Json, str], None]
    """Adds the instructions to a request."""
    output_format: Sequence[str]
    """Where a request says that the answer's text is JSON."""
    events: type[EventHydrator]
    stored: Sequence[str] = ()
    """Fields that refer to earlier turns which the API has stored."""


class Exchange(NamedTuple):
    """A request as it is sent, and how to read the answer."""

    body: bytes
    incoming: Incoming
    events: type[EventHydrator]

    def answer(self, body: bytes) -> Steps[bytes]:
        """Hydrate a whole answer; what is no JSON stays as it is."""
        try:
            value = json.loads(body)
        except (ValueError, RecursionError):
            return body
        hydrated = yield from self.incoming.body(value)
        return body if hydrated == value else json.dumps(hydrated).encode()


class Protection:
    """What one conversation knows: placeholders, and the texts that it has cleansed."""

    def __init__(
        self,
        resolver: Resolver,
        operations: Mapping[str, Operation],
        *,
        instructions: str | None,
        allow_unchecked: bool,
        is_shared: bool,
    ) -> None:
        self._resolver = resolver
        self._operations = operations
        self._instructions = instructions
        self._allow_unchecked = allow_unchecked
        self._is_shared = is_shared
        self._memory = Memory()

    def request(self, method: str, path: str, query: str, body: bytes) -> Steps[Exchange]:
        """Cleanse a request. LiminalError, and nothing is sent, if that can't be done."""
        operation = self._operation(method, path)
        outgoing = Outgoing(
            {} if operation is None else operation.fields,
            self._memory,
            allow_unchecked=self._allow_unchecked,
        )
        incoming = Incoming(self._resolver, self._memory, is_json=False)
        if operation is None:
            return Exchange(body, incoming, ChatEvents)
        self._check_query(query)
        given = _decoded(body)
        self._check_stored(operation, given)
        cleansed = yield from outgoing.request(given)
        if self._instructions is not None:
            operation.instruct(cleansed, self._instructions)
        is_json = any(has_json_format(given, place) for place in operation.output_format)
        incoming = Incoming(self._resolver, self._memory, is_json=is_json)
        return Exchange(json.dumps(cleansed).encode(), incoming, operation.events)

    def _operation(self, method: str, path: str) -> Operation | None:
        """The operation; None for one that sends no text."""
        path = path.rstrip("/")
        if method == "POST":
            for ending, operation in self._operations.items():
                if path.endswith(ending):
                    return operation
        is_list = path.endswith("/models") or path.rpartition("/")[0].endswith("/models")
        if self._allow_unchecked or (method == "GET" and is_list):
            return None
        raise LiminalError(
            f"this operation ({method}) isn't protected, so nothing was sent: call it on the"
            " client itself, if what it sends isn't sensitive"
        )

    def _check_query(self, query: str) -> None:
        if not self._allow_unchecked and not KNOWN_QUERY.fullmatch(query):
            raise LiminalError(
                "the query string can't be checked for sensitive text, so nothing was sent: leave"
                " it out, or pass allow_unchecked=True to send such fields as they are"
            )

    def _check_stored(self, operation: Operation, given: Json) -> None:
        for name in operation.stored:
            if given.get(name) is not None and not self._is_shared:
                raise LiminalError(
                    f"{name} continues a conversation that the API has stored, so protect the"
                    " client with a conversation: its placeholders have to stay the same"
                )


def _decoded(body: bytes) -> Json:
    try:
        given = an_object(json.loads(body))
    except (ValueError, RecursionError):
        given = None
    if given is None:
        raise LiminalError("the request isn't a JSON object, so it can't be cleansed or sent")
    return given


def has_json_format(given: Json, place: str) -> bool:
    """Whether a request says at this place that the answer's text is JSON."""
    value: Any = given
    for name in place.split("."):
        value = (an_object(value) or {}).get(name)
    return str((an_object(value) or {}).get("type", "")).startswith("json")


def _instruct_chat(body: Json, text: str) -> None:
    messages = list(a_list(body.get("messages")) or ())
    first = an_object(messages[0] if messages else None) or {}
    content = first.get("content")
    if first.get("role") not in {"system", "developer"}:
        body["messages"] = [{"role": "system", "content": text}, *messages]
        return
    parts = a_list(content)
    joined: Any = f"{content}\n\n{text}"
    if parts is not None:
        joined = [*parts, {"type": "text", "text": text}]
    body["messages"] = [{**first, "content": joined}, *messages[1:]]


def _instruct_responses(body: Json, text: str) -> None:
    given = body.get("instructions")
    body["instructions"] = f"{given}\n\n{text}" if given else text


def _instruct_messages(body: Json, text: str) -> None:
    given = body.get("system")
    parts = a_list(given)
    if parts is not None:
        body["system"] = [*parts, {"type": "text", "text": text}]
    else:
        body["system"] = f"{given}\n\n{text}" if given else text


_MESSAGES: Final = Operation(
    ANTHROPIC, _instruct_messages, ("output_config.format", "output_format"), MessageEvents
)
ANTHROPIC_OPERATIONS: Final = {
    "/messages": _MESSAGES,
    "/messages/count_tokens": _MESSAGES,
}
OPENAI_OPERATIONS: Final = {
    "/chat/completions": Operation(OPENAI, _instruct_chat, ("response_format",), ChatEvents),
    "/responses": Operation(
        OPENAI,
        _instruct_responses,
        ("text.format",),
        ResponseEvents,
        stored=("previous_response_id", "conversation"),
    ),
}
