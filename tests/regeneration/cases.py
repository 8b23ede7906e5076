"""Every kind of change that a contract can go through, and what a service sends after it.

One table, used twice: the report has to name the rule, and the client generated before the change
has to get along with the service after it, unless the rule says that the change is breaking.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from tests.generated.making import read

BASE = Path(__file__).with_name("things.yaml")

Data = dict[str, Any]

CIRCLE = {"shape": "circle", "radius": 1.5}
THING: Data = {
    "id": 7,
    "name": "Lamp",
    "tag": "a",
    "made": "2024-05-14T09:26:53Z",
    "state": "new",
    "kind": "thing",
    "figure": CIRCLE,
    "items": ["bulb"],
    "parts": {"bulb": 1},
    "weight": 1.5,
    "either": 7,
}


@cache
def base() -> Data:
    """Give the contract before every change; not to be changed."""
    return read(BASE)


@dataclass(frozen=True, eq=False)
class Case:
    """A change: ``answer`` is what the service may send after it (None: nothing), as far as new.

    ``felt`` says whether a breaking change shows in a single call.
    """

    rule: str
    name: str
    edit: Callable[[Data], object]
    call: str = "get_thing"
    answer: Any = field(default_factory=dict)
    status: int = 200
    felt: bool = True

    def __str__(self) -> str:
        return f"{self.rule}: {self.name}"

    def after(self) -> Data:
        """Give the contract after the change."""
        data = deepcopy(base())
        self.edit(data)
        return data


def schema(name: str, *steps: str) -> Callable[[Data], Any]:
    """Find a schema, or a part of it."""

    def find(data: Data) -> Any:
        found = data["components"]["schemas"][name]
        for step in steps:
            found = found[step]
        return found

    return find


def operation(path: str, method: str) -> Callable[[Data], Any]:
    return lambda data: data["paths"][path][method]


thing, new_thing = schema("Thing"), schema("NewThing")
fields, arguments = schema("Thing", "properties"), schema("NewThing", "properties")
get, create = operation("/things/{thingId}", "get"), operation("/things", "post")
watch, touch = operation("/events", "post"), operation("/things/{thingId}/touch", "post")
note, delete = operation("/things/{thingId}/note", "put"), operation("/things/{thingId}", "delete")


def parameter(index: int) -> Callable[[Data], Any]:
    return lambda data: get(data)["parameters"][index]


def optional(name: str, of: Callable[[Data], Any] = thing) -> Callable[[Data], None]:
    return lambda data: of(data)["required"].remove(name)


def required(name: str, of: Callable[[Data], Any] = thing) -> Callable[[Data], None]:
    return lambda data: of(data)["required"].append(name)


def without(name: str, of: Callable[[Data], Any] = thing) -> Callable[[Data], None]:
    def edit(data: Data) -> None:
        del of(data)["properties"][name]
        of(data)["required"] = [one for one in of(data)["required"] if one != name]

    return edit


def put(of: Callable[[Data], Any], **values: Any) -> Callable[[Data], None]:
    return lambda data: of(data).update(values)


def drop(of: Callable[[Data], Any], *keys: str) -> Callable[[Data], None]:
    return lambda data: [of(data).pop(key) for key in keys] and None


def renamed_schema(data: Data) -> None:
    schemas = data["components"]["schemas"]
    schemas["Mark"] = schemas.pop("Label")
    fields(data)["label"] = {"$ref": "#/components/schemas/Mark"}


def triangle(data: Data) -> None:
    schemas = data["components"]["schemas"]
    schemas["Triangle"] = {
        "type": "object",
        "required": ["shape"],
        "properties": {"shape": {"type": "string", "const": "triangle"}},
    }
    reference = {"$ref": "#/components/schemas/Triangle"}
    schemas["Figure"]["oneOf"].append(reference)
    schemas["Figure"]["discriminator"]["mapping"]["triangle"] = reference["$ref"]


def moved(old: str, new: str) -> Callable[[Data], None]:
    return lambda data: data["paths"].update({new: data["paths"].pop(old)})


def renamed_path_parameter(data: Data) -> None:
    item = data["paths"].pop("/things/{thingId}/touch")
    item["post"]["parameters"][0]["name"] = "id"
    data["paths"]["/things/{id}/touch"] = item


def with_form(data: Data) -> None:
    content = create(data)["requestBody"]["content"]
    content["application/x-www-form-urlencoded"] = content.pop("application/json")


def answering(
    status: str, of: Callable[[Data], Any] = get, name: str = ""
) -> Callable[[Data], None]:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}
    response: Data = {"description": "So."} | ({"content": content} if name else {})
    return lambda data: of(data)["responses"].update({status: response})


def response(of: Callable[[Data], Any], status: str = "200") -> Callable[[Data], Any]:
    return lambda data: of(data)["responses"][status]


def content(of: Callable[[Data], Any], status: str = "200") -> Callable[[Data], Any]:
    return lambda data: of(data)["responses"][status]["content"]


TEXT = {"type": "string"}
TOKEN, SESSION = {"token": list[str]()}, {"session": list[str]()}
NEW_OPERATION = {
    "operationId": "list_things",
    "tags": ["shelf"],
    "responses": {"200": {"description": "Them."}},
}

OPERATION_CASES = [
    Case("operation-added", "a new one with a new tag",
         lambda data: data["paths"]["/things"].update(get=NEW_OPERATION)),
    Case("operation-removed", "one is gone", drop(lambda data: data["paths"], "/events"),
         call="watch_things"),
    Case("operation-moved", "another path", moved("/events", "/happenings"), call="watch_things"),
    Case("operation-renamed", "another operationId", put(touch, operationId="tap_thing"),
         call="touch_thing"),
    Case("operation-regrouped", "another tag", put(touch, tags=["hand"]), call="touch_thing"),
    Case("operation-deprecated", "on its way out", put(touch, deprecated=True), call="touch_thing"),
    Case("operation-restored", "not on its way out any longer", drop(delete, "deprecated"),
         call="touch_thing"),
    Case("repeatable", "a POST that may be repeated", put(touch, **{"x-liminal-repeatable": True}),
         call="touch_thing"),
    Case("not-repeatable", "it must not be repeated any longer",
         put(watch, **{"x-liminal-repeatable": False}), call="watch_things", felt=False),
    Case("other-credentials", "another scheme", put(touch, security=[TOKEN]), call="touch_thing"),
    Case("fewer-credentials", "a choice of schemes", put(touch, security=[SESSION, TOKEN]),
         call="touch_thing"),
    Case("fewer-credentials", "none any longer", put(touch, security=[]), call="touch_thing"),
    Case("answer-added", "another status with the same body", answering("202", name="Thing"),
         status=202),
    Case("answer-unreadable", "204 where a body is read", answering("204"), status=204,
         answer=None),
    Case("answer-unreadable", "another status with another body", answering("202", name="Event"),
         status=202, answer={"what": "made"}),
    Case("answer-removed", "a status is gone", drop(lambda data: delete(data)["responses"], "202"),
         call="touch_thing"),
    Case("body-added", "a body where there was none", answering("200", touch, "Event"),
         call="touch_thing", answer={"what": "touched"}),
    Case("body-removed", "no body where there was one", drop(response(get), "content"),
         answer=None),
    Case("media-added", "a stream beside the whole",
         put(content(get), **{"text/event-stream": {}})),
    Case("stream-removed", "one of two formats", drop(content(watch), "text/event-stream"),
         call="watch_things"),
    Case("media-removed", "no stream at all",
         drop(content(watch), "text/event-stream", "application/x-ndjson"), call="watch_things"),
]  # fmt: skip

SENT_CASES = [
    Case("argument-added", "a field of a body", put(arguments, hue=TEXT), call="create_thing"),
    Case("argument-added", "a query array",
         lambda data: get(data)["parameters"].append(
             {"name": "also", "in": "query", "schema": {"type": "array", "items": TEXT}})),
    Case("argument-added", "a header",
         lambda data: get(data)["parameters"].append(
             {"name": "X-Way", "in": "header", "schema": TEXT})),
    Case("argument-demanded", "a required field",
         lambda data: (put(arguments, hue=TEXT)(data), required("hue", new_thing)(data)),
         call="create_thing"),
    Case("argument-demanded", "a required query parameter",
         lambda data: get(data)["parameters"].append(
             {"name": "way", "in": "query", "required": True, "schema": TEXT})),
    Case("argument-demanded", "a body where there was none",
         put(touch, requestBody={"required": True, "content": {"text/plain": {"schema": TEXT}}}),
         call="touch_thing"),
    Case("argument-removed", "a field", without("size", new_thing), call="create_thing"),
    Case("argument-removed", "a query parameter", lambda data: get(data)["parameters"].pop(1)),
    Case("argument-refused", "a field, where unknown ones are refused",
         lambda data: (without("size", new_thing)(data),
                       put(new_thing, additionalProperties=False)(data)), call="create_thing"),
    Case("argument-required", "a field", required("size", new_thing), call="create_thing"),
    Case("argument-required", "a query parameter", put(parameter(1), required=True)),
    Case("argument-required", "a body", put(lambda data: note(data)["requestBody"], required=True),
         call="note_thing"),
    Case("argument-optional", "a field", optional("name", new_thing), call="create_thing"),
    Case("argument-optional", "a header", put(parameter(4), required=False)),
    Case("argument-wider", "an integer or any number",
         put(schema("NewThing", "properties", "size"), type="number"), call="create_thing"),
    Case("argument-wider", "one value more",
         lambda data: schema("Order")(data)["enum"].append("a")),
    Case("argument-wider", "null, too", put(schema("NewThing", "properties", "name"),
         type=["string", "null"]), call="create_thing"),
    Case("argument-wider", "a higher maximum",
         put(lambda data: parameter(1)(data)["schema"], maximum=200)),
    Case("argument-narrower", "a lower maximum",
         put(lambda data: parameter(1)(data)["schema"], maximum=50)),
    Case("argument-narrower", "a value less", lambda data: schema("Order")(data)["enum"].pop()),
    Case("argument-narrower", "a string that becomes one of a few",
         put(schema("NewThing", "properties", "free"), enum=["a", "b"]), call="create_thing"),
    Case("argument-narrower", "no null",
         put(schema("NewThing", "properties", "tag"), type="string"),
         call="create_thing"),
    Case("argument-narrower", "another type",
         put(schema("NewThing", "properties", "size"), type="boolean"), call="create_thing"),
    Case("argument-elsewhere", "a form in place of JSON", with_form, call="create_thing"),
    Case("argument-elsewhere", "an array in one piece",
         put(parameter(3), explode=False), felt=False),
]  # fmt: skip

ANSWERED_CASES = [
    Case("field-added", "a new field", put(fields, hue=TEXT), answer={"hue": "red"}),
    Case("field-added", "a new field that is required",
         lambda data: (put(fields, hue=TEXT)(data), required("hue")(data)), answer={"hue": "red"}),
    Case("field-added", "a field of what allOf brings in",
         put(schema("Named", "properties"), title=TEXT),
         answer={"label": {"name": "a", "title": "b"}}),
    Case("field-removed", "an optional field", without("weight"), answer={"weight": ...}),
    Case("field-missing", "a required field", without("state"), answer={"state": ...}),
    Case("field-optional", "a required field may be absent", optional("name"),
         answer={"name": ...}),
    Case("field-required", "an optional field is always there", required("weight")),
    Case("field-wider", "null in a required field",
         put(schema("Thing", "properties", "name"), type=["string", "null"]),
         answer={"name": None}),
    Case("field-wider", "an integer that becomes a number",
         put(schema("Thing", "properties", "id"), type="number"), answer={"id": 1.5}),
    Case("field-wider", "a time that becomes any string",
         drop(schema("Thing", "properties", "made"), "format"), answer={"made": "yesterday"}),
    Case("field-wider", "a constant that is none",
         drop(schema("Thing", "properties", "kind"), "const"), answer={"kind": "other"}),
    Case("field-wider", "one type more",
         put(schema("Thing", "properties", "either"), type=["integer", "string", "boolean"]),
         answer={"either": True}),
    Case("field-wider", "other items",
         put(schema("Thing", "properties", "items", "items"), type=["string", "null"]),
         answer={"items": [None]}),
    Case("field-wider", "other values in a map",
         put(schema("Thing", "properties", "parts", "additionalProperties"), type="string"),
         answer={"parts": {"bulb": "one"}}),
    Case("field-wider", "a union without a tag",
         put(fields, weight={"oneOf": [{"type": "number"}, {"type": "string"}]}),
         answer={"weight": "much"}),
    Case("field-wider", "a map in place of fields",
         put(fields, label={"type": "object", "additionalProperties": TEXT}),
         answer={"label": {"a": "b"}}),
    Case("field-narrower", "a number that becomes an integer",
         put(schema("Thing", "properties", "weight"), type="integer"), answer={"weight": 2}),
    Case("field-narrower", "no null any longer",
         put(schema("Thing", "properties", "tag"), type="string")),
    Case("field-narrower", "a string that becomes a time",
         put(schema("Thing", "properties", "secret"), format="date-time"),
         answer={"secret": "2024-05-14T09:26:53Z"}),
    Case("field-narrower", "a value less",
         lambda data: fields(data)["state"]["enum"].remove("used")),
    Case("field-narrower", "a variant less",
         lambda data: schema("Figure")(data)["oneOf"].pop()),
    Case("field-limits", "a longer text", put(schema("Thing", "properties", "name"), maxLength=99),
         answer={"name": "a" * 50}),
    Case("field-open", "a new value", lambda data: fields(data)["state"]["enum"].append("lost"),
         answer={"state": "lost"}),
    Case("field-open", "any value", drop(schema("Thing", "properties", "state"), "enum"),
         answer={"state": "whatever"}),
    Case("field-open", "a new variant of a union with a tag", triangle,
         answer={"figure": {"shape": "triangle"}}),
]  # fmt: skip

SCHEMA_CASES = [
    Case("schema-added", "a new one", lambda data: data["components"]["schemas"].update(More=TEXT)),
    Case("schema-removed", "one is gone",
         lambda data: (data["components"]["schemas"].pop("Label"), fields(data).pop("label"))),
    Case("schema-renamed", "another name", renamed_schema, answer={"label": {"name": "a"}}),
    Case("field-deprecated", "on its way out", put(schema("Thing", "properties", "weight"),
         deprecated=True)),
    Case("field-restored", "not on its way out any longer",
         drop(schema("Thing", "properties", "day"), "deprecated")),
    Case("not-sensitive", "to be printed",
         drop(schema("Thing", "properties", "secret"), "x-liminal-sensitive")),
    Case("sensitive", "not to be printed", put(schema("Thing", "properties", "name"),
         **{"x-liminal-sensitive": True})),
    Case("words", "another description", put(thing, description="What there is.")),
]  # fmt: skip

CASES = [*OPERATION_CASES, *SENT_CASES, *ANSWERED_CASES, *SCHEMA_CASES]
