"""A small contract, and ways to change it."""

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
