"""What changed between two contracts, and whether clients of the old one work with the new."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from scripts.codegen.contract.document import Contract, Where, walk
from scripts.codegen.contract.operations import operations
from scripts.codegen.report.lines import Change, place
from scripts.codegen.report.pairs import split, switched
from scripts.codegen.report.wire.forms import Part, part
from scripts.codegen.report.wire.schemas import Difference, What, compare

# What has no rule of its own: a required argument is removed as any other, and so on.
_SAME_AS = {
    "argument-missing": "argument-removed",
    "field-demanded": "field-added",
    "field-default": "words",
}
WORDS = ("summary", "description", "title")


@dataclass(frozen=True)
class Pair:
    """Two contracts, the older one by the name of its revision."""

    old: Contract
    new: Contract
    revision: str

    def change(
        self,
        rule: str,
        subject: str,
        where: Where,
        detail: str = "",
        *,
        old: bool = False,
        says: str = "",
    ) -> Change:
        """Make a line; ``old`` says that ``where`` is in the older contract."""
        spot = place(self.old, where, self.revision) if old else place(self.new, where)
        section = "operations" if where[:1] != ("components",) else "schemas"
        return Change(rule, subject, detail, spot, section, says=says)

    def compare(
        self,
        old: tuple[Where, Any],
        new: tuple[Where, Any],
        subject: str,
        direction: str,
        *,
        required: bool = True,
    ) -> Iterator[Change]:
        """Compare schemas where they stand; what has a name is compared under it."""
        before, after = part(self.old, *old), part(self.new, *new)
        if not before.name or before.name != after.name:
            found = compare(before, after, subject, required=required)
            yield from self.differences(found, direction)

    def differences(self, found: Iterable[Difference], *directions: str) -> Iterator[Change]:
        """Judge differences of schemas, which are sent, answered, or both."""
        for one in found:
            for rule in dict.fromkeys(_rule(one, direction) for direction in directions):
                yield self.change(
                    rule, one.subject, one.where, one.detail, old=one.old, says=one.says
                )


def _rule(found: Difference, direction: str) -> str:
    if direction == "sent":
        if found.closed:
            return "argument-refused"
        if (found.cause, found.what) == ("open", What.LESS):
            return "field-narrower"
        rule = f"argument-{found.what}"
    else:
        if found.cause == "limit":
            return "field-limits"
        if (found.cause, found.what) == ("open", What.MORE):
            return "field-open"
        rule = f"field-{found.what}"
    return _SAME_AS.get(rule, rule)


def schemas(pair: Pair) -> Iterator[Change]:
    """Compare the schemas that have a name."""
    old, new = _schemas(pair.old), _schemas(pair.new)
    gained, lost, kept = split(old, new)
    same = {_canonical(new[name], name): name for name in gained}
    renamed = {name: same.get(_canonical(old[name], name)) for name in lost}
    former = {new_name: name for name, new_name in renamed.items()}
    for name in gained:
        if name in former:
            yield pair.change("schema-renamed", former[name], _where(name), name)
        else:
            yield pair.change("schema-added", name, _where(name))
    for name in (name for name in lost if renamed[name] is None):
        yield pair.change("schema-removed", name, _where(name), old=True)
    ways = [directions(contract) for contract in (pair.old, pair.new)]
    for name in kept:
        used = [way for way in ("sent", "answered") if any(name in one[way] for one in ways)]
        before = part(pair.old, _where(name), old[name])
        after = part(pair.new, _where(name), new[name])
        yield from pair.differences(compare(before, after, name), *(used or ["answered"]))
        yield from _notes(pair, name, before, after)


def _schemas(contract: Contract) -> Mapping[str, Any]:
    found: Mapping[str, Any] = contract.data.get("components", {}).get("schemas", {})
    return found


def _where(name: str) -> Where:
    return ("components", "schemas", name)


def _canonical(schema: Any, name: str) -> str:
    return json.dumps(schema, sort_keys=True, default=str).replace(f"schemas/{name}", "schemas/.")


def directions(contract: Contract) -> dict[str, set[str]]:
    """Name the schemas that are sent, and those that are read in answers of success."""
    ways: dict[str, set[str]] = {"sent": set(), "answered": set()}  # references
    for operation in operations(contract):
        request = contract.resolve(operation.data.get("requestBody", {}))
        for asked in (request, list(operation.parameters.values())):
            _collect_refs(contract, asked, ways["sent"])
        for status in operation.successes:
            _collect_refs(contract, operation.responses.get(status, {}), ways["answered"])
    prefix = "#/components/schemas/"
    return {
        way: {one.removeprefix(prefix) for one in found if one.startswith(prefix)}
        for way, found in ways.items()
    }


def _collect_refs(contract: Contract, data: Any, references: set[str]) -> None:
    for _, found in walk(data):
        reference = found.get("$ref")
        if isinstance(reference, str) and reference not in references:
            references.add(reference)
            _collect_refs(contract, contract.resolve(found), references)


def _notes(pair: Pair, name: str, old: Part, new: Part) -> Iterator[Change]:
    """Compare what is said of a schema and its own properties, beside what they let through."""
    before, after = (one.data.get("properties", {}) for one in (old, new))
    pairs = [(name, new.where, old.data, new.data)]
    for key in split(before, after)[2]:
        where = (*new.where, "properties", key)
        pairs.append((f"{name}.{key}", where, before[key], after[key]))
    for subject, where, was, now in pairs:
        deprecated, sensitive = (
            (was.get(key), now.get(key)) for key in ("deprecated", "x-liminal-sensitive")
        )
        for rule in (
            *switched(*deprecated, "field-deprecated", "field-restored"),
            *switched(*sensitive, "sensitive", "not-sensitive"),
        ):
            yield pair.change(rule, subject, where)
    if any(was.get(word) != now.get(word) for *_, was, now in pairs for word in WORDS):
        yield pair.change("words", name, new.where)
