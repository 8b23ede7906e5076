"""Every kind of change that a contract can go through, and what a service sends after it.

One table, used twice: the report has to name the rule, and the client generated before the change
has to work with the service after it, unless the rule says that the change is breaking.
"""

from tests.regeneration.changing import (
    Case,
    Data,
    answering,
    append,
    at,
    drop,
    moved,
    put,
    reference,
    remove,
    together,
    without,
)

TEXT = {"type": "string"}
TOKEN, SESSION = {"token": list[str]()}, {"session": list[str]()}
NEW_OPERATION = {
    "operationId": "list_things",
    "tags": ["shelf"],
    "responses": {"200": {"description": "Them."}},
}


def renamed_schema(data: Data) -> None:
    schemas = data["components"]["schemas"]
    schemas["Mark"] = schemas.pop("Label")
    at(data, "Thing properties")["label"] = reference("Mark")


def triangle(data: Data) -> None:
    shape = {"type": "string", "const": "triangle"}
    data["components"]["schemas"]["Triangle"] = {
        "type": "object",
        "required": ["shape"],
        "properties": {"shape": shape},
    }
    at(data, "Figure oneOf").append(reference("Triangle"))
    mapping = at(data, "Figure discriminator mapping")
    mapping["triangle"] = "#/components/schemas/Triangle"


def with_form(data: Data) -> None:
    content = at(data, "create_thing requestBody content")
    content["application/x-www-form-urlencoded"] = content.pop("application/json")


OPERATION_CASES = [
    Case("operation-added", "a new one with a new tag",
         lambda data: data["paths"]["/things"].update(get=NEW_OPERATION)),
    Case("operation-removed", "one is gone", lambda data: data["paths"].pop("/events"),
         call="watch_things"),
    Case("operation-moved", "another path", moved("/events", "/happenings"), call="watch_things"),
    Case("operation-paged", "a list that is given an offset",
         append("get_thing parameters",
                {"name": "offset", "in": "query", "schema": {"type": "integer"}}), shows=False),
    Case("operation-renamed", "another operationId", put("touch_thing", operationId="tap_thing")),
    Case("operation-regrouped", "another tag", put("touch_thing", tags=["hand"])),
    Case("operation-deprecated", "deprecated from now on", put("touch_thing", deprecated=True)),
    Case("operation-restored", "no longer deprecated", drop("delete_thing", "deprecated")),
    Case("repeatable", "a POST that may be repeated",
         put("touch_thing", **{"x-liminal-repeatable": True})),
    Case("not-repeatable", "it must not be repeated any longer",
         put("watch_things", **{"x-liminal-repeatable": False}), shows=False),
    Case("other-credentials", "another scheme", put("touch_thing", security=[TOKEN])),
    Case("fewer-credentials", "a choice of schemes", put("touch_thing", security=[SESSION, TOKEN])),
    Case("fewer-credentials", "none any longer", put("touch_thing", security=[])),
    Case("answer-added", "another status with the same body", answering("202", schema="Thing"),
         status=202),
    Case("answer-unreadable", "204 where a body is read", answering("204"), status=204,
         answer=None),
    Case("answer-unreadable", "another status with another body", answering("202", schema="Event"),
         status=202, answer={"what": "made"}),
    Case("answer-removed", "a status is gone", drop("delete_thing responses", "202")),
    Case("body-added", "a body where there was none", answering("200", "touch_thing", "Event"),
         call="touch_thing", answer={"what": "touched"}),
    Case("body-removed", "no body where there was one", drop("get_thing responses 200", "content"),
         answer=None),
    Case("media-added", "a stream beside the whole",
         put("get_thing responses 200 content", **{"text/event-stream": {}})),
    Case("stream-removed", "one of two formats",
         drop("watch_things responses 200 content", "text/event-stream")),
    Case("media-removed", "no stream at all",
         drop("watch_things responses 200 content", "text/event-stream", "application/x-ndjson")),
]  # fmt: skip

SENT_CASES = [
    Case("argument-added", "a field of a body", put("NewThing properties", hue=TEXT)),
    Case("argument-added", "a query array",
         append("get_thing parameters",
                {"name": "also", "in": "query", "schema": {"type": "array", "items": TEXT}})),
    Case("argument-added", "a header",
         append("get_thing parameters", {"name": "X-Way", "in": "header", "schema": TEXT})),
    Case("argument-demanded", "a required field",
         together(put("NewThing properties", hue=TEXT), append("NewThing required", "hue")),
         call="create_thing"),
    Case("argument-demanded", "a required query parameter",
         append("get_thing parameters",
                {"name": "way", "in": "query", "required": True, "schema": TEXT})),
    Case("argument-demanded", "a body where there was none",
         put("touch_thing",
             requestBody={"required": True, "content": {"text/plain": {"schema": TEXT}}})),
    Case("argument-removed", "a field", without("NewThing", "size")),
    Case("argument-removed", "a query parameter",
         lambda data: at(data, "get_thing parameters").pop(1)),
    Case("argument-refused", "a field, where unknown ones are refused",
         together(without("NewThing", "size"), put("NewThing", additionalProperties=False)),
         call="create_thing"),
    Case("argument-required", "a field", append("NewThing required", "size")),
    Case("argument-required", "a query parameter", put("get_thing parameters 1", required=True)),
    Case("argument-required", "a body", put("note_thing requestBody", required=True)),
    Case("argument-optional", "a field", remove("NewThing required", "name")),
    Case("argument-optional", "a header", put("get_thing parameters 4", required=False)),
    Case("argument-wider", "an integer or any number",
         put("NewThing properties size", type="number")),
    Case("argument-wider", "one value more", append("Order enum", "a")),
    Case("argument-wider", "null, too", put("NewThing properties name", type=["string", "null"])),
    Case("argument-wider", "a higher maximum", put("get_thing parameters 1 schema", maximum=200)),
    Case("argument-narrower", "a lower maximum", put("get_thing parameters 1 schema", maximum=50)),
    Case("argument-narrower", "a value less", remove("Order enum", "oldest")),
    Case("argument-narrower", "a string that becomes one of a few",
         put("NewThing properties free", enum=["a", "b"])),
    Case("argument-narrower", "no null", put("NewThing properties tag", type="string")),
    Case("argument-narrower", "another type", put("NewThing properties size", type="boolean")),
    Case("field-narrower", "a known value less, where others are accepted",
         remove("NewThing properties mood anyOf 0 enum", "loud")),
    Case("argument-removed", "a body", drop("note_thing", "requestBody")),
    Case("argument-default", "another number", put("NewThing properties depth", default=3),
         shows=False),
    Case("argument-elsewhere", "a form in place of JSON", with_form, call="create_thing"),
    Case("argument-elsewhere", "an array in one piece",
         put("get_thing parameters 3", explode=False), shows=False),
]  # fmt: skip

ANSWERED_CASES = [
    Case("field-added", "a new field", put("Thing properties", hue=TEXT), answer={"hue": "red"}),
    Case("field-added", "a new field that is required",
         together(put("Thing properties", hue=TEXT), append("Thing required", "hue")),
         answer={"hue": "red"}),
    Case("field-added", "a field of what allOf brings in", put("Named properties", title=TEXT),
         answer={"label": {"name": "a", "title": "b"}}),
    Case("field-removed", "an optional field", without("Thing", "weight"), answer={"weight": ...}),
    Case("field-missing", "a required field", without("Thing", "state"), answer={"state": ...}),
    Case("field-optional", "a required field may be absent", remove("Thing required", "name"),
         answer={"name": ...}),
    Case("field-required", "an optional field is always there", append("Thing required", "weight")),
    Case("field-wider", "null in a required field",
         put("Thing properties name", type=["string", "null"]), answer={"name": None}),
    Case("field-wider", "an integer that becomes a number",
         put("Thing properties id", type="number"), answer={"id": 1.5}),
    Case("field-wider", "a time that becomes any string",
         drop("Thing properties made", "format"), answer={"made": "yesterday"}),
    Case("field-wider", "a constant that is none", drop("Thing properties kind", "const"),
         answer={"kind": "other"}),
    Case("field-wider", "one type more",
         put("Thing properties either", type=["integer", "string", "boolean"]),
         answer={"either": True}),
    Case("field-wider", "other items", put("Thing properties items items", type=["string", "null"]),
         answer={"items": [None]}),
    Case("field-wider", "other values in a map",
         put("Thing properties parts additionalProperties", type="string"),
         answer={"parts": {"bulb": "one"}}),
    Case("field-wider", "a union without a tag",
         put("Thing properties", weight={"oneOf": [{"type": "number"}, TEXT]}),
         answer={"weight": "much"}),
    Case("field-wider", "a map in place of fields",
         put("Thing properties", label={"type": "object", "additionalProperties": TEXT}),
         answer={"label": {"a": "b"}}),
    Case("field-narrower", "a number that becomes an integer",
         put("Thing properties weight", type="integer"), answer={"weight": 2}),
    Case("field-narrower", "no null any longer", put("Thing properties tag", type="string")),
    Case("field-narrower", "a string that becomes a time",
         put("Thing properties secret", format="date-time"),
         answer={"secret": "2024-05-14T09:26:53Z"}),
    Case("field-narrower", "a value less", remove("Thing properties state enum", "used")),
    Case("field-narrower", "a variant less", lambda data: at(data, "Figure oneOf").pop()),
    Case("field-limits", "a longer text", put("Thing properties name", maxLength=99),
         answer={"name": "a" * 50}),
    Case("field-open", "a new value", append("Thing properties state enum", "lost"),
         answer={"state": "lost"}),
    Case("field-open", "any value", drop("Thing properties state", "enum"),
         answer={"state": "whatever"}),
    Case("field-open", "a new variant of a union with a tag", triangle,
         answer={"figure": {"shape": "triangle"}}),
]  # fmt: skip

SCHEMA_CASES = [
    Case("schema-added", "a new one", lambda data: data["components"]["schemas"].update(More=TEXT)),
    Case("schema-removed", "one is gone",
         together(drop("Thing properties", "label"),
                  lambda data: data["components"]["schemas"].pop("Label"))),
    Case("schema-renamed", "another name", renamed_schema, answer={"label": {"name": "a"}}),
    Case("field-deprecated", "deprecated from now on",
         put("Thing properties weight", deprecated=True)),
    Case("field-restored", "no longer deprecated", drop("Thing properties day", "deprecated")),
    Case("not-sensitive", "to be printed", drop("Thing properties secret", "x-liminal-sensitive")),
    Case("sensitive", "not to be printed",
         put("Thing properties name", **{"x-liminal-sensitive": True})),
    Case("words", "another summary", put("touch_thing", summary="Tap a thing.")),
    Case("words", "another description", put("Thing", description="What there is.")),
]  # fmt: skip

CASES = [*OPERATION_CASES, *SENT_CASES, *ANSWERED_CASES, *SCHEMA_CASES]
