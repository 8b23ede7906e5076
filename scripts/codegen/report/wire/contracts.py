"""What changed between two contracts, and whether clients of the old one work with the new."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from scripts.codegen.contract.document import Contract, walk
from scripts.codegen.contract.operations import operations
from scripts.codegen.report.lines import Change, split, switched
from scripts.codegen.report.wire.forms import WORDS, Part
from scripts.codegen.report.wire.operations import changed_operations
from scripts.codegen.report.wire.schemas import Comparison

# What is said of a schema or a property, beside what it lets through.
_MARKS = {
    "deprecated": ("field-deprecated", "field-restored"),
    "x-liminal-sensitive": ("sensitive", "not-sensitive"),
}


def changes(old: Contract, new: Contract, revision: str) -> Iterator[Change]:
    """Compare two contracts; ``revision`` names the older one."""
    before, after = Part(old, revision), Part(new)
    yield from changed_operations(before, after)
    yield from _changed_schemas(before, after)


def _changed_schemas(whole_old: Part, whole_new: Part) -> Iterator[Change]:
    """Compare the schemas that have a name."""
    old, new = whole_old.schemas(), whole_new.schemas()
    gained, lost, kept = split(old, new)
    same = {_canonical(name, new[name]): name for name in gained}
    renamed = {name: same[text] for name in lost if (text := _canonical(name, old[name])) in same}
    for former, name in renamed.items():
        yield new[name].change("schema-renamed", former, name)
    for name in (name for name in gained if name not in renamed.values()):
        yield new[name].change("schema-added", name)
    for name in (name for name in lost if name not in renamed):
        yield old[name].change("schema-removed", name)
    ways = [directions(whole.contract) for whole in (whole_old, whole_new)]
    for name in kept:
        used = [way for way in ("sent", "answered") if any(name in one[way] for one in ways)]
        comparison = Comparison(tuple(used or ["answered"]))
        yield from comparison.compare(old[name], new[name], name)
        yield from _notes(name, old[name], new[name])


def _canonical(name: str, schema: Part) -> str:
    text = json.dumps(schema.data, sort_keys=True, default=str)
    return text.replace(f'schemas/{name}"', 'schemas/."')


def directions(contract: Contract) -> dict[str, set[str]]:
    """Name the schemas that are sent, and those that are read in answers of success."""
    ways: dict[str, set[str]] = {"sent": set(), "answered": set()}
    for operation in operations(contract):
        body = operation.data.get("requestBody", {})
        _collect(contract, [body, *operation.parameters.values()], ways["sent"])
        answers = [operation.responses.get(status, {}) for status in operation.successes]
        _collect(contract, answers, ways["answered"])
    prefix = "#/components/schemas/"
    return {
        way: {one.removeprefix(prefix) for one in found if one.startswith(prefix)}
        for way, found in ways.items()
    }


def _collect(contract: Contract, data: Any, references: set[str]) -> None:
    for _, found in walk(data):
        reference = found.get("$ref")
        if isinstance(reference, str) and reference not in references:
            references.add(reference)
            _collect(contract, contract.resolve(found), references)


def _notes(name: str, old: Part, new: Part) -> Iterator[Change]:
    """Compare what is said of a schema and its own properties."""
    before, after = (one.data.get("properties", {}) for one in (old, new))
    pairs = [(name, new, old.data, new.data)]
    for key in split(before, after)[2]:
        part = replace(new, where=(*new.where, "properties", key))
        pairs.append((f"{name}.{key}", part, before[key], after[key]))
    for subject, part, was, now in pairs:
        for mark, rules in _MARKS.items():
            for rule in switched(was.get(mark), now.get(mark), *rules):
                yield part.change(rule, subject)
    if any(was.get(word) != now.get(word) for *_, was, now in pairs for word in WORDS):
        yield new.change("words", name)
