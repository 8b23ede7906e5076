"""What changed between two contracts, and whether clients of the old one get along with the new."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from scripts.codegen.contract.document import Contract, Where, walk
from scripts.codegen.contract.operations import operations
from scripts.codegen.report.lines import Change, place
from scripts.codegen.report.wire.forms import Part, part
from scripts.codegen.report.wire.schemas import Difference, What, compare

SENT_RULES: Mapping[What, str] = {
    What.ADDED: "argument-added",
    What.DEMANDED: "argument-demanded",
    What.REMOVED: "argument-removed",
    What.MISSING: "argument-removed",
    What.REQUIRED: "argument-required",
    What.OPTIONAL: "argument-optional",
    What.MORE: "argument-wider",
    What.LESS: "argument-narrower",
    What.DEFAULT: "argument-default",
}
ANSWERED_RULES: Mapping[What, str] = {
    What.ADDED: "field-added",
    What.DEMANDED: "field-added",
    What.REMOVED: "field-removed",
    What.MISSING: "field-missing",
    What.REQUIRED: "field-required",
    What.OPTIONAL: "field-optional",
    What.MORE: "field-wider",
    What.LESS: "field-narrower",
    What.DEFAULT: "words",
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

    def differences(self, found: Iterable[Difference], *directions: str) -> Iterator[Change]:
        """Judge differences of schemas, which are sent, answered, or both."""
        for one in found:
            rules = dict.fromkeys(_rule(one, direction) for direction in directions)
            for rule in rules:
                yield self.change(
                    rule, one.subject, one.where, one.detail, old=one.old, says=one.says
                )


def _rule(found: Difference, direction: str) -> str:
    if direction == "sent":
        if found.closed:
            return "argument-refused"
        known_only = found.cause == "open" and found.what is What.LESS
        return "field-narrower" if known_only else SENT_RULES[found.what]
    if found.cause == "limit":
        return "field-limits"
    open_to_more = found.cause == "open" and found.what is What.MORE
    return "field-open" if open_to_more else ANSWERED_RULES[found.what]


def schemas(pair: Pair) -> Iterator[Change]:
    """Compare the schemas that have a name."""
    old, new = _schemas(pair.old), _schemas(pair.new)
    renamed = _renamed(old, new)
    for name in (name for name in new if name not in old):
        if name in renamed.values():
            former = next(key for key, value in renamed.items() if value == name)
            yield pair.change("schema-renamed", former, _where(name), name)
        else:
            yield pair.change("schema-added", name, _where(name))
    for name in (name for name in old if name not in new and name not in renamed):
        yield pair.change("schema-removed", name, _where(name), old=True)
    sent, answered = directions(pair.new)
    once_sent, once_answered = directions(pair.old)
    for name in (name for name in new if name in old):
        ways = [
            way
            for way, names in (("sent", sent | once_sent), ("answered", answered | once_answered))
            if name in names
        ]
        before, after = (
            part(contract, _where(name), found)
            for contract, found in ((pair.old, old[name]), (pair.new, new[name]))
        )
        yield from pair.differences(compare(before, after, name), *(ways or ["answered"]))
        yield from _notes(pair, name, before, after)


def _schemas(contract: Contract) -> dict[str, Any]:
    found: dict[str, Any] = contract.data.get("components", {}).get("schemas", {})
    return found


def _where(name: str) -> Where:
    return ("components", "schemas", name)


def _renamed(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, str]:
    """Map schemas that are gone to new ones that say the very same."""
    gained = {_canonical(new[name], name): name for name in new if name not in old}
    lost = {name: _canonical(old[name], name) for name in old if name not in new}
    return {name: gained[text] for name, text in lost.items() if text in gained}


def _canonical(schema: Any, name: str) -> str:
    return json.dumps(schema, sort_keys=True, default=str).replace(f"schemas/{name}", "schemas/.")


def directions(contract: Contract) -> tuple[set[str], set[str]]:
    """Name the schemas that are sent, and those that are read in answers of success."""
    sent, answered = set[str](), set[str]()  # references
    for operation in operations(contract):
        request = contract.resolve(operation.data.get("requestBody", {}))
        for asked in (request, list(operation.parameters.values())):
            _collect_refs(contract, asked, sent)
        for status in operation.successes:
            _collect_refs(contract, operation.responses.get(status, {}), answered)
    return _names(sent), _names(answered)


def _collect_refs(contract: Contract, data: Any, references: set[str]) -> None:
    for _, found in walk(data):
        reference = found.get("$ref")
        if isinstance(reference, str) and reference not in references:
            references.add(reference)
            _collect_refs(contract, contract.resolve(found), references)


def _names(references: set[str]) -> set[str]:
    prefix = "#/components/schemas/"
    return {one.removeprefix(prefix) for one in references if one.startswith(prefix)}


def _notes(pair: Pair, name: str, old: Part, new: Part) -> Iterator[Change]:
    """Compare what is said of a schema and its own properties, beside what they let through."""
    inner = [(f"{name}.{key}", ("properties", key)) for key in new.data.get("properties", {})]
    reworded = False
    for subject, steps in [(name, ()), *inner]:
        if not steps or steps[1] in old.data.get("properties", {}):
            before, after = _raw(old, steps), _raw(new, steps)
            reworded |= any(before.get(word) != after.get(word) for word in WORDS)
            where = (*new.where, *steps)
            if bool(before.get("deprecated")) != bool(after.get("deprecated")):
                rule = "field-deprecated" if after.get("deprecated") else "field-restored"
                yield pair.change(rule, subject, where)
            if before.get("x-liminal-sensitive") != after.get("x-liminal-sensitive"):
                hidden = bool(after.get("x-liminal-sensitive"))
                yield pair.change("sensitive" if hidden else "not-sensitive", subject, where)
    if reworded:
        yield pair.change("words", name, new.where)


def _raw(found: Part, steps: tuple[str, ...]) -> dict[str, Any]:
    data: dict[str, Any] = found.data
    for step in steps:
        data = data[step]
    return data
