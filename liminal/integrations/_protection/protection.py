"""Protects the requests and answers of one model's API, in one conversation."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from liminal._streams.resolver import Resolver
from liminal.errors import LiminalError

from .envelope import check_headers, check_query
from .events.chat import ChatEvents
from .events.messages import MessageEvents
from .events.responses import ResponseEvents
from .events.stream import EventHydrator
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
# A list of models, or one. The only content of such a request is the model's name.
_MODELS: Final = re.compile(r"/models(/[\w.:-]{1,200})?\Z", re.ASCII)


class Rules(NamedTuple):
    """The options of the user, and the defaults of the protected client."""

    instructions: str | None = INSTRUCTIONS
    allow_unchecked: bool = False
    lenient: bool = False
    default_headers: Mapping[str, Any] = MappingProxyType({})
    default_query: Mapping[str, Any] = MappingProxyType({})


class Sent(NamedTuple):
    """A request of the library, as it would be sent."""

    method: str
    path: str
    query: str
    headers: Sequence[tuple[str, str]]
    body: bytes


class Operation(NamedTuple):
    """One operation of an API."""

    fields: Fields
    instruct: Callable[[Json, str], None]
    """Adds the instructions to a request."""
    output_format: Sequence[str]
    """The path at which a request says that the answer's text is JSON."""
    events: type[EventHydrator]
    stored: Sequence[str] = ()
    """Fields that refer to earlier turns which the API has stored."""


class Exchange(NamedTuple):
    """A protected request, and how to hydrate its answer."""

    body: bytes
    incoming: Incoming
    events: type[EventHydrator]

    def answer(self, body: bytes) -> Steps[bytes]:
        """Hydrate a whole answer; anything but JSON stays unchanged."""
        try:
            value = json.loads(body)
        except (ValueError, RecursionError):
            return body
        hydrated = yield from self.incoming.body(value)
        return body if hydrated == value else json.dumps(hydrated).encode()


class Protection:
    """The state of one conversation: its placeholders and cleansed texts."""

    def __init__(
        self,
        resolver: Resolver,
        operations: Mapping[str, Operation],
        rules: Rules,
        *,
        is_shared: bool,
    ) -> None:
        self._resolver = resolver
        self._operations = operations
        self._rules = rules
        self._is_shared = is_shared
        self._memory = Memory()

    def request(self, sent: Sent) -> Steps[Exchange]:
        """Cleanse a request. If that fails, LiminalError is raised and nothing is sent."""
        operation, rules = self._operation(sent), self._rules
        if not rules.allow_unchecked:
            check_query(sent.query, rules.default_query)
            check_headers(sent.headers, rules.default_headers)
        if operation is None:
            return Exchange(sent.body, self._incoming(is_json=False), ChatEvents)
        given = _decoded(sent.body)
        self._check_stored(operation, given)
        outgoing = Outgoing(operation.fields, self._memory, allow_unchecked=rules.allow_unchecked)
        cleansed = None
        with contextlib.suppress(RecursionError):
            cleansed = yield from outgoing.request(given)
        if cleansed is None:
            raise LiminalError("the request is nested too deeply to be cleansed, so it wasn't sent")
        if rules.instructions:
            operation.instruct(cleansed, rules.instructions)
        is_json = any(has_json_format(given, place) for place in operation.output_format)
        incoming = self._incoming(is_json=is_json)
        return Exchange(json.dumps(cleansed).encode(), incoming, operation.events)

    def _incoming(self, *, is_json: bool) -> Incoming:
        return Incoming(self._resolver, self._memory, is_json=is_json, lenient=self._rules.lenient)

    def _operation(self, sent: Sent) -> Operation | None:
        """Return the operation; None for one that sends no text."""
        path = sent.path.rstrip("/")
        if sent.method == "POST":
            for ending, operation in self._operations.items():
                if path.endswith(ending):
                    return operation
        is_list = sent.method == "GET" and not sent.body and _MODELS.search(path)
        if self._rules.allow_unchecked or is_list:
            return None
        raise LiminalError(
            f"this operation ({sent.method}) isn't protected, so nothing was sent: call it on the"
            " client itself, if what it sends isn't sensitive"
        )

    def _check_stored(self, operation: Operation, given: Json) -> None:
        for name in operation.stored:
            if _at(given, name) is not None and not self._is_shared:
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
    """Whether a request says at this path that the answer's text is JSON."""
    return str(_at(given, f"{place}.type")).startswith("json")


def _at(given: Json, place: str) -> Any:
    value: Any = given
    for name in place.split("."):
        value = (an_object(value) or {}).get(name)
    return value


def _instruct_chat(body: Json, text: str) -> None:
    messages = a_list(body.get("messages"))
    if messages is None:  # the API refuses it with a reason
        return
    first = an_object(messages[0] if messages else None) or {}
    content = first.get("content")
    if first.get("role") in {"system", "developer"} and isinstance(content, str | list):
        joined = _joined(content, text, {"type": "text", "text": text})
        body["messages"] = [{**first, "content": joined}, *messages[1:]]
    else:
        body["messages"] = [{"role": "system", "content": text}, *messages]


def _instruct_responses(body: Json, text: str) -> None:
    part = {"role": "developer", "content": text}
    body["instructions"] = _joined(body.get("instructions"), text, part)


def _instruct_messages(body: Json, text: str) -> None:
    body["system"] = _joined(body.get("system"), text, {"type": "text", "text": text})


def _joined(given: Any, text: str, part: Json) -> Any:
    """Append the text to a content: as a separate part if it consists of parts."""
    parts = a_list(given)
    if parts is not None:
        return [*parts, part]
    if isinstance(given, str) and given:
        return f"{given}\n\n{text}"
    return given or text  # any other content is refused by the API


_MESSAGES: Final = Operation(
    ANTHROPIC,
    _instruct_messages,
    ("output_config.format", "output_format"),
    MessageEvents,
    stored=("thread.previous_message_id",),
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
