"""A small contract, and ways to change it: each part is named by a path from what it belongs to.

A path such as "get_thing parameters 1" begins with the name of an operation or of a schema.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scripts.codegen.contract.document import Contract
from scripts.codegen.report.lines import Change, Place
from scripts.codegen.report.wire.contracts import changes
from tests.generated.making import read

BASE = Path(__file__).with_name("things.yaml")

Data = dict[str, Any]
Edit = Callable[[Data], object]

THING: Data = {
    "id": 7,
    "name": "Lamp",
    "tag": "a",
    "made": "2024-05-14T09:26:53Z",
    "state": "new",
    "kind": "thing",
    "figure": {"shape": "circle", "radius": 1.5},
    "items": ["bulb"],
    "parts": {"bulb": 1},
    "weight": 1.5,
    "either": 7,
}


CALLED = {"NewThing": "create_thing", "delete_thing": "touch_thing"}
CALLED |= {name: name for name in ("touch_thing", "note_thing", "watch_things", "create_thing")}


@dataclass(frozen=True, eq=False)
class Case:
    """A change: ``answer`` is what the service may send after it (None: nothing), as far as new.

    ``shows`` says whether a breaking change shows in a single call.
    """

    rule: str
    name: str
    edit: Edit
    call: str = ""  # by default, what has to do with what is edited
    answer: Any = field(default_factory=dict)
    status: int = 200
    shows: bool = True

    @property
    def operation(self) -> str:
        edited = getattr(self.edit, "path", "").partition(" ")[0]
        return self.call or CALLED.get(edited, "get_thing")

    def __str__(self) -> str:
        return f"{self.rule}: {self.name}"

    def changes(self) -> list[Change]:
        """List what the report says of the contract and of clients of the old one."""
        return wire_changes(read(BASE), edited(self.edit))


def edited(*edits: Edit) -> Data:
    """Give the contract after edits."""
    data = read(BASE)
    for edit in edits:
        edit(data)
    return data


def at(data: Data, path: str) -> Any:
    """Find a part of a contract."""
    name, *steps = path.split()
    operations = {
        one["operationId"]: one for item in data["paths"].values() for one in item.values()
    }
    found = operations[name] if name in operations else data["components"]["schemas"][name]
    for step in steps:
        found = found[int(step) if isinstance(found, list) else step]
    return found


@dataclass(frozen=True, eq=False)
class At:
    """An edit of a part of the contract."""

    path: str
    change: Callable[[Any], object]

    def __call__(self, data: Data) -> object:
        return self.change(at(data, self.path))


def put(path: str, **values: Any) -> Edit:
    """Give a part other values, by their keys."""
    return At(path, lambda part: part.update(values))


def drop(path: str, *keys: str) -> Edit:
    return At(path, lambda part: [part.pop(key) for key in keys])


def append(path: str, value: Any) -> Edit:
    return At(path, lambda part: part.append(value))


def remove(path: str, value: Any) -> Edit:
    return At(path, lambda part: part.remove(value))


def together(*edits: Edit) -> Edit:
    return lambda data: [edit(data) for edit in edits]


def without(schema: str, name: str) -> Edit:
    """Drop a property, required or not."""

    def change(part: Data) -> None:
        del part["properties"][name]
        part["required"] = [one for one in part["required"] if one != name]

    return At(schema, change)


def moved(old: str, new: str) -> Edit:
    return lambda data: data["paths"].update({new: data["paths"].pop(old)})


def answering(status: str, operation: str = "get_thing", schema: str = "") -> Edit:
    """Have an operation answer with this status, too, and with what has this schema."""
    content = {"application/json": {"schema": reference(schema)}}
    response: Data = {"description": "So."} | ({"content": content} if schema else {})
    return put(f"{operation} responses", **{status: response})


def reference(schema: str) -> Data:
    return {"$ref": f"#/components/schemas/{schema}"}


class Unwritten(Contract):
    """A contract that is in no file, so that nothing has to be parsed: all of it is in line 1."""

    def __init__(self, data: Data) -> None:
        self.path = Path("openapi", "liminal.yaml")
        self.data = json.loads(json.dumps(data))

    def _line(self, _: object) -> int:
        return 1


def wire_changes(old: Data, new: Data) -> list[Change]:
    return [*changes(Unwritten(old), Unwritten(new), "before")]


def git(folder: Path, *arguments: str) -> None:
    settings = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *settings, *arguments], cwd=folder, check=True, capture_output=True)


def made(rule: str) -> Change:
    """Make a line up."""
    return Change(rule, "it", "", Place("a", 1), "operations")
