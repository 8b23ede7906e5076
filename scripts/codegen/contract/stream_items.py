"""What the items of a streamed answer are: the schema of each, and the events that carry them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scripts.codegen.contract.document import Contract

EVENT_STREAM = "text/event-stream"
# Answers of these types are streams.
STREAM_TYPES = (EVENT_STREAM, "application/x-ndjson", "application/jsonl")

# The fields of a server-sent event (WHATWG HTML, section 9.2.6). OpenAPI 3.2 describes an event of
# a stream as an object of these, whose `data` is a string that may hold JSON.
EVENT_FIELDS = {"data", "event", "id", "retry"}
ANY_EVENT = "*"


@dataclass(frozen=True)
class Items:
    """The items of a stream of one media type. Without ``schema`` each is a plain text."""

    schema: dict[str, Any] | None
    events: tuple[str, ...] = ("message",)


def plain(media_type: str) -> str:
    """Return a media type without its parameters, such as ``charset=utf-8``."""
    return media_type.partition(";")[0].strip().lower()


def is_stream(media_type: str) -> bool:
    """Return whether a body of this type is a stream."""
    return plain(media_type) in STREAM_TYPES


def items(contract: Contract, media_type: str, body: dict[str, Any]) -> Items:
    """Read `itemSchema` (OpenAPI 3.2); `schema` means the same, for the data of an event."""
    found = body.get("itemSchema", body.get("schema", {}))
    schema = contract.resolve(found) if isinstance(found, dict) else {}
    if "itemSchema" not in body or plain(media_type) != EVENT_STREAM:
        return Items(found)
    choices = [
        contract.resolve(one) for one in schema.get("oneOf", schema.get("anyOf", [])) or [{}]
    ]
    events = [{**schema.get("properties", {}), **one.get("properties", {})} for one in choices]
    if not all(_is_event(contract, one) for one in events):
        return Items(found)  # what the events carry, as `schema` says it
    contents = [contract.resolve(one["data"]).get("contentSchema") for one in events]
    names = tuple(dict.fromkeys(name for one in events for name in _names(contract, one)))
    distinct = [one for index, one in enumerate(contents) if one not in contents[:index]]
    if None in distinct:
        return Items(None, names)
    return Items(distinct[0] if len(distinct) == 1 else {"anyOf": distinct}, names)


def _is_event(contract: Contract, properties: dict[str, Any]) -> bool:
    """Return whether a schema describes events, whose data is text, not their payload."""
    if "data" not in properties or not properties.keys() <= EVENT_FIELDS:
        return False
    data = contract.resolve(properties["data"])
    return data.get("type", "string") == "string" and "properties" not in data


def _names(contract: Contract, properties: dict[str, Any]) -> list[str]:
    if "event" not in properties:
        return ["message"]
    event = contract.resolve(properties["event"])
    return [event["const"]] if "const" in event else event.get("enum", [ANY_EVENT])
