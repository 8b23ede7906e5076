"""What is different between two schemas, not judged: what more, what less they let through."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from itertools import chain
from typing import Any

from scripts.codegen.contract import Where
from scripts.codegen.report.forms import TYPES, Form, Part


class What(Enum):
    """What happened to a value."""

    ADDED = auto()  # optional
    DEMANDED = auto()  # added, and required
    REMOVED = auto()  # was optional
    MISSING = auto()  # removed, and was required
    REQUIRED = auto()  # from now on
    OPTIONAL = auto()  # from now on
    MORE = auto()  # it may be something that it could not be before
    LESS = auto()


@dataclass(frozen=True)
class Difference:
    """Something that is different, and where: a removed thing is in the old contract."""

    what: What
    subject: str
    detail: str
    where: Where
    old: bool = False
    # For MORE and LESS: clients keep what they don't know ("open"), or don't look ("limit").
    cause: str = ""
    closed: bool = False  # unknown fields are refused


def compare(old: Part, new: Part, subject: str, *, required: bool = True) -> Iterator[Difference]:
    """Compare two schemas. ``required`` says that the value was always there."""
    yield from _Comparison(set()).schemas(old, new, subject, required=required)


@dataclass(frozen=True)
class _Comparison:
    seen: set[tuple[Where, Where]]

    def schemas(
        self, old: Part, new: Part, subject: str, *, required: bool = True
    ) -> Iterator[Difference]:
        if (old.where, new.where) not in self.seen:
            self.seen.add((old.where, new.where))
            before, after = Form(old), Form(new)
            yield from _values(before, after, subject, required=required)
            if not (before.variants or after.variants):
                yield from self._parts(before, after, subject)

    def _parts(self, old: Form, new: Form, subject: str) -> Iterator[Difference]:
        yield from _gained(old, new, subject)
        yield from _lost(old, new, subject)
        for key in (key for key in new.properties if key in old.properties):
            one, other, name = old.properties[key], new.properties[key], f"{subject}.{key}"
            was, now = key in old.required, key in new.required
            if was != now:
                what = What.REQUIRED if now else What.OPTIONAL
                yield Difference(what, name, "", other.where)
            yield from self._inner(one, other, name, required=was)
        if old.items and new.items:
            yield from self._inner(old.items, new.items, f"{subject}[]", required=True)
        if isinstance(old.unknown, Part) and isinstance(new.unknown, Part):
            yield from self._inner(old.unknown, new.unknown, f"{subject}.*", required=True)

    def _inner(self, old: Part, new: Part, subject: str, *, required: bool) -> Iterator[Difference]:
        """Leave out what has a name of its own: it is compared under that name."""
        if old.name and old.name == new.name:
            if required and Form(old).nullable != Form(new).nullable:
                yield from _nulls(Form(old), Form(new), subject)
        else:
            yield from self.schemas(old, new, subject, required=required)


def _gained(old: Form, new: Form, subject: str) -> Iterator[Difference]:
    for key in (key for key in new.properties if key not in old.properties):
        what = What.DEMANDED if key in new.required else What.ADDED
        yield Difference(what, f"{subject}.{key}", "", new.properties[key].where)


def _lost(old: Form, new: Form, subject: str) -> Iterator[Difference]:
    for key in (key for key in old.properties if key not in new.properties):
        what = What.MISSING if key in old.required else What.REMOVED
        where = old.properties[key].where
        yield Difference(what, f"{subject}.{key}", "", where, old=True, closed=new.closed)


def _values(old: Form, new: Form, subject: str, *, required: bool) -> Iterator[Difference]:
    if old.variants or new.variants:
        yield from _variants(old, new, subject)
    else:
        rules = (_types, _formats, _constants, _enumerations, _unknown)
        yield from chain.from_iterable(rule(old, new, subject) for rule in rules)
    yield from _limits(old, new, subject)
    if required and old.nullable != new.nullable:
        yield from _nulls(old, new, subject)


def _nulls(old: Form, new: Form, subject: str) -> Iterator[Difference]:
    del old
    what, detail = (What.MORE, "null") if new.nullable else (What.LESS, "never null")
    yield Difference(what, subject, detail, new.part.where)


def _types(old: Form, new: Form, subject: str) -> Iterator[Difference]:
    before, after = _all(old.types), _all(new.types)
    shape = {bool(one.properties) for one in (old, new)} == {True, False}
    other = before == after == {"object"} and shape
    detail = "fields ↔ any keys" if other else f"{old.shown} → {new.shown}"
    if after - before or other:
        yield Difference(What.MORE, subject, detail, new.part.where)
    if before - after or other:
        yield Difference(What.LESS, subject, detail, new.part.where)


def _all(types: frozenset[str]) -> frozenset[str]:
    """An integer is a number; without a type, all are meant."""
    return (types | {"integer"} if "number" in types else types) or TYPES


def _formats(old: Form, new: Form, subject: str) -> Iterator[Difference]:
    if old.format != new.format and old.types == new.types:
        detail = f"{old.format or 'string'} → {new.format or 'string'}"
        if old.format:
            yield Difference(What.MORE, subject, detail, new.part.where)
        if new.format:
            yield Difference(What.LESS, subject, detail, new.part.where)


def _constants(old: Form, new: Form, subject: str) -> Iterator[Difference]:
    if old.fixed != new.fixed:
        detail = " → ".join("anything" if f is None else repr(f) for f in (old.fixed, new.fixed))
        if old.fixed is not None:
            yield Difference(What.MORE, subject, detail, new.part.where)
        if new.fixed is not None:
            yield Difference(What.LESS, subject, detail, new.part.where)


def _enumerations(old: Form, new: Form, subject: str) -> Iterator[Difference]:
    """Compare known values; that others may come is the service's right in every enumeration."""
    if old.fixed is not None or new.fixed is not None:
        return
    if old.values == new.values and old.open == new.open:
        return
    before, after = old.values, new.values
    accepts_all = new.open or after is None
    gained, lost = _beyond(after, before), _beyond(before, after)
    if gained and before is not None:
        yield Difference(What.MORE, subject, ", ".join(gained), new.part.where, cause="open")
    elif accepts_all and before is not None and not old.open:
        yield Difference(What.MORE, subject, "any value", new.part.where, cause="open")
    if not accepts_all and (before is None or old.open):
        yield Difference(What.LESS, subject, "only what is listed", new.part.where)
    elif lost and after is not None:
        cause = "open" if new.open else ""
        detail = f"no {', '.join(lost)}"
        yield Difference(What.LESS, subject, detail, new.part.where, cause=cause)


def _beyond(some: frozenset[Any] | None, others: frozenset[Any] | None) -> list[str]:
    """List the values that others don't have, for people."""
    return sorted(map(str, (some or frozenset()) - (others or frozenset())))


def _unknown(old: Form, new: Form, subject: str) -> Iterator[Difference]:
    before, after = bool(old.unknown), bool(new.unknown)
    if before != after and (old.properties or new.properties):
        what = What.MORE if after else What.LESS
        detail = "unknown fields are kept" if after else "unknown fields are not kept"
        cause = "open" if after or not new.closed else ""
        yield Difference(what, subject, detail, new.part.where, cause=cause)


def _variants(old: Form, new: Form, subject: str) -> Iterator[Difference]:
    before, after = (set(one.variants) or {one.part.name or one.shown} for one in (old, new))
    tagged = old.discriminator is not None and old.discriminator == new.discriminator
    moved = old.discriminator != new.discriminator and bool(old.variants and new.variants)
    if after - before or moved:
        detail = ", ".join(sorted(after - before)) or "told apart by another property"
        cause = "open" if tagged else ""
        yield Difference(What.MORE, subject, detail, new.part.where, cause=cause)
    if before - after:
        detail = f"no {', '.join(sorted(before - after))}"
        yield Difference(What.LESS, subject, detail, new.part.where)
    if tagged:
        yield from _tags(old, new, subject)


def _tags(old: Form, new: Form, subject: str) -> Iterator[Difference]:
    """Compare by what known variants are told apart; clients keep one whose tag they don't know."""
    known = old.tags.keys() & new.tags.keys()
    kept = set(old.variants) & set(new.variants)
    gained = sorted(tag for tag, name in new.tags.items() if tag not in known and name in kept)
    lost = sorted(tag for tag, name in old.tags.items() if tag not in known and name in kept)
    moved = sorted(tag for tag in known if old.tags[tag] != new.tags[tag])
    if gained:
        yield Difference(
            What.MORE, subject, f"tag {', '.join(gained)}", new.part.where, cause="open"
        )
    if lost:
        yield Difference(What.LESS, subject, f"no tag {', '.join(lost)}", new.part.where)
    for what in (What.MORE, What.LESS) if moved else ():
        detail = f"tag {', '.join(moved)} of another variant"
        yield Difference(what, subject, detail, new.part.where)


def _limits(old: Form, new: Form, subject: str) -> Iterator[Difference]:
    for key in sorted(old.limits.keys() | new.limits.keys()):
        before, after = old.limits.get(key), new.limits.get(key)
        if before != after:
            what = What.MORE if _is_looser(key, before, after) else What.LESS
            shown = ["none" if one is None else str(one) for one in (before, after)]
            detail = f"{key} {shown[0]} → {shown[1]}"
            yield Difference(what, subject, detail, new.part.where, cause="limit")


def _is_looser(key: str, before: float | None, after: float | None) -> bool:
    if before is None or after is None:
        return after is None
    if key.startswith(("max", "exclusiveMax")):
        return after > before
    return key.startswith(("min", "exclusiveMin")) and after < before
