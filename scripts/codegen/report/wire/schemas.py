"""How two schemas differ: which values are new or gone, and what that means to clients."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from scripts.codegen.contract.document import Where
from scripts.codegen.report.lines import Change, split
from scripts.codegen.report.wire.forms import TYPES, Form, Part

# Rules by what happened to a value and why; any other is called "argument-…" or "field-…".
_RULES: Final = {
    "sent": {
        "missing": "argument-removed",
        "missing closed": "argument-refused",
        "removed closed": "argument-refused",
        "narrower open": "field-narrower",
    },
    "answered": {
        "demanded": "field-added",
        "default": "words",
        "wider limit": "field-limits",
        "narrower limit": "field-limits",
        "wider open": "field-open",
    },
}


def rule_of(way: str, what: str, cause: str = "") -> str:
    """Name the rule for a change of what is "sent" or "answered".

    The causes: clients keep what they don't know ("open"), they don't check it ("limit"), or the
    service refuses what it doesn't know ("closed").
    """
    rules = _RULES[way]
    usual = f"{'argument' if way == 'sent' else 'field'}-{what}"
    return rules.get(f"{what} {cause}", rules.get(what, usual))


class Difference(NamedTuple):
    """One respect in which two schemas differ; ``says`` is more precise than the rule's words."""

    says: str
    detail: str = ""
    more: object = False
    less: object = False
    cause: str = ""


_PLAIN = Difference("")


@dataclass(frozen=True)
class Comparison:
    """Compares schemas; ``ways`` are how their values travel: "sent", "answered", or both."""

    ways: tuple[str, ...]
    seen: set[tuple[Where, Where]] = field(default_factory=set)

    def compare(
        self, old: Part, new: Part, subject: str, *, required: bool = True
    ) -> Iterator[Change]:
        """Compare two schemas; ``required`` says that the value was always there."""
        if (old.where, new.where) not in self.seen:
            self.seen.add((old.where, new.where))
            before, after = Form(old), Form(new)
            yield from self._values(before, after, subject, required=required)
            other = before.types and after.types and not before.types & after.types
            if not (before.variants or after.variants or other):
                yield from self._parts(before, after, subject)

    def _inner(
        self, old: Part, new: Part, subject: str, *, required: bool = True
    ) -> Iterator[Change]:
        """Compare schemas inside others; one with a name is compared under that name."""
        if not old.name or old.name != new.name:
            yield from self.compare(old, new, subject, required=required)
        elif required:
            yield from self._differences([_nulls], Form(old), Form(new), subject)

    def _values(self, old: Form, new: Form, subject: str, *, required: bool) -> Iterator[Change]:
        respects = _OF_UNIONS if old.variants or new.variants else _OF_OTHERS
        nulls = [_nulls] if required else []
        yield from self._differences([*respects, _limits, *nulls], old, new, subject)
        if old.default != new.default and None in {old.default, new.default}:
            yield new.part.change("words", subject)
        elif old.default != new.default:
            found = Difference("", f"{old.default} → {new.default}")
            yield from self._lines(subject, new.part, "default", found=found)

    def _parts(self, old: Form, new: Form, subject: str) -> Iterator[Change]:
        gained, lost, kept = split(old.properties, new.properties)
        for key in gained:
            what = "demanded" if key in new.required else "added"
            yield from self._lines(f"{subject}.{key}", new.properties[key], what)
        for key in lost:
            what = "missing" if key in old.required else "removed"
            found = Difference("", cause="closed" if new.closed else "")
            yield from self._lines(f"{subject}.{key}", old.properties[key], what, found=found)
        for key in kept:
            one, other, name = old.properties[key], new.properties[key], f"{subject}.{key}"
            was, now = key in old.required, key in new.required
            if was != now:
                yield from self._lines(name, other, "required" if now else "optional")
            yield from self._inner(one, other, name, required=was)
        if old.items and new.items:
            yield from self._inner(old.items, new.items, f"{subject}[]")
        if old.unknown and new.unknown:
            yield from self._inner(old.unknown, new.unknown, f"{subject}.*")

    def _differences(
        self, respects: Iterable[Respect], old: Form, new: Form, subject: str
    ) -> Iterator[Change]:
        for one in (found for respect in respects for found in respect(old, new)):
            happened = ["wider"] * bool(one.more) + ["narrower"] * bool(one.less)
            yield from self._lines(subject, new.part, *happened, found=one)

    def _lines(
        self, subject: str, at: Part, *happened: str, found: Difference = _PLAIN
    ) -> Iterable[Change]:
        """Write the lines for what happened; of one that breaks, not the half that is safe."""
        pairs = [(way, what) for what in happened for way in self.ways]
        rules = dict.fromkeys(rule_of(way, what, found.cause) for way, what in pairs)
        lines = [at.change(rule, subject, found.detail, says=found.says) for rule in rules]
        return [one for one in lines if one.breaking and found.detail] or lines


Respect = Callable[[Form, Form], Iterator[Difference]]


def _nulls(old: Form, new: Form) -> Iterator[Difference]:
    if old.nullable != new.nullable:
        says = "{} is now nullable" if new.nullable else "{} is no longer nullable"
        yield Difference(says, more=new.nullable, less=old.nullable)


def _types(old: Form, new: Form) -> Iterator[Difference]:
    before, after = _all(old.types), _all(new.types)
    shape = {bool(one.properties) for one in (old, new)} == {True, False}
    other = before == after == {"object"} and shape
    detail = "fields ↔ any keys" if other else f"{old.shown} → {new.shown}"
    more, less = after - before or other, before - after or other
    yield Difference("{} has a different type: {detail}", detail, more, less)


def _all(types: frozenset[str]) -> frozenset[str]:
    """An integer is a number; without a type, all are meant."""
    return (types | {"integer"} if "number" in types else types) or TYPES


def _formats(old: Form, new: Form) -> Iterator[Difference]:
    if old.types == new.types:
        says = "{} has a different format: {detail}"
        yield _of_one(says, "string", old.format, new.format)


def _constants(old: Form, new: Form) -> Iterator[Difference]:
    fixed = (None if one is None else repr(one) for one in (old.fixed, new.fixed))
    listed = _beyond(old.values or new.values, None)
    free = f"one of {listed}" if listed else "anything"
    yield _of_one("{} has a different fixed value: {detail}", free, *fixed)


def _of_one(says: str, free: str, old: str | None, new: str | None) -> Difference:
    """Compare what allows one thing alone, or else is ``free``."""
    differ = old != new
    detail = f"{old or free} → {new or free}"
    return Difference(says, detail, differ and old is not None, differ and new is not None)


def _values_listed(old: Form, new: Form) -> Iterator[Difference]:
    """Compare known values; that others may come is the service's right in every enumeration."""
    before, after = old.values, new.values
    is_fixed = old.fixed is not None or new.fixed is not None
    if is_fixed or (before == after and old.open == new.open):
        return
    accepts_all = new.open or after is None
    gained, lost = _beyond(after, before), _beyond(before, after)
    if gained and before is not None:
        yield Difference("{} has new values: {detail}", gained, more=True, cause="open")
    elif accepts_all and before is not None and not old.open:
        yield Difference("{} can now be any value", more=True, cause="open")
    if not accepts_all and (before is None or old.open):
        yield Difference("{} can now only be one of the listed values", less=True)
    elif lost and after is not None:
        cause = "open" if new.open else ""
        yield Difference("{} no longer has the values {detail}", lost, less=True, cause=cause)


def _beyond(some: frozenset[Any] | None, others: frozenset[Any] | None) -> str:
    """List the values that others don't have."""
    return ", ".join(sorted(map(str, (some or frozenset()) - (others or frozenset()))))


def _keys(old: Form, new: Form) -> Iterator[Difference]:
    before, after = old.keeps_unknown, new.keeps_unknown
    if before != after and (old.properties or new.properties):
        says = "{} now keeps unknown fields" if after else "{} no longer keeps unknown fields"
        yield Difference(says, "", after, before, "open" if after or not new.closed else "")


def _variants(old: Form, new: Form) -> Iterator[Difference]:
    before, after = (frozenset(one.variants or [one.part.name or one.shown]) for one in (old, new))
    moved = old.discriminator != new.discriminator and bool(old.variants and new.variants)
    gained, lost = _beyond(after, before), _beyond(before, after)
    says = "{} has new variants: {detail}" if gained else "{} has a different discriminator"
    cause = "open" if _is_tagged(old, new) else ""
    yield Difference(says, gained, more=gained or moved, cause=cause)
    yield Difference("{} no longer has the variants {detail}", lost, less=lost)


def _is_tagged(old: Form, new: Form) -> bool:
    return old.discriminator is not None and old.discriminator == new.discriminator


def _tags(old: Form, new: Form) -> Iterator[Difference]:
    """Compare by what known variants are told apart; clients keep one whose tag they don't know."""
    if _is_tagged(old, new):
        variants = old.variants.keys() & new.variants.keys()
        gained, lost, kept = split(old.tags, new.tags)
        more = ", ".join(sorted(tag for tag in gained if new.tags[tag] in variants))
        less = ", ".join(sorted(tag for tag in lost if old.tags[tag] in variants))
        moved = ", ".join(sorted(tag for tag in kept if old.tags[tag] != new.tags[tag]))
        yield Difference("{} has new tags: {detail}", more, more=more, cause="open")
        yield Difference("{} no longer has the tags {detail}", less, less=less)
        yield Difference("{} has tags that now mean other variants: {detail}", moved, moved, moved)


def _limits(old: Form, new: Form) -> Iterator[Difference]:
    for key in sorted(old.limits.keys() | new.limits.keys()):
        before, after = old.limits.get(key), new.limits.get(key)
        if before != after:
            shown = ["none" if one is None else str(one) for one in (before, after)]
            looser, detail = _is_looser(key, before, after), f"{key} {' → '.join(shown)}"
            yield Difference(
                "{} has a different limit: {detail}", detail, looser, not looser, "limit"
            )


def _is_looser(key: str, before: float | None, after: float | None) -> bool:
    if before is None or after is None:
        return after is None
    if key.startswith(("max", "exclusiveMax")):
        return after > before
    return key.startswith(("min", "exclusiveMin")) and after < before


_OF_UNIONS = (_variants, _tags)
_OF_OTHERS = (_types, _formats, _constants, _values_listed, _keys)
