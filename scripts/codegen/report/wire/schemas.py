"""How two schemas differ, not yet judged: which values are new, and which are gone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from scripts.codegen.contract.document import Where
from scripts.codegen.report.pairs import split, switched
from scripts.codegen.report.wire.forms import TYPES, Form, Part


class What(StrEnum):
    """What happened to a value; the rules are named after it."""

    ADDED = "added"  # optional
    DEMANDED = "demanded"  # added, and required
    REMOVED = "removed"  # was optional
    MISSING = "missing"  # removed, and was required
    REQUIRED = "required"  # from now on
    OPTIONAL = "optional"  # from now on
    MORE = "wider"  # it may be something that it could not be before
    LESS = "narrower"
    DEFAULT = "default"  # stands in for what is left out


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
    says: str = ""  # in words, if it can be said more precisely than by ``what``


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
        gained, lost, kept = split(old.properties, new.properties)
        for key in gained:
            what = What.DEMANDED if key in new.required else What.ADDED
            yield Difference(what, f"{subject}.{key}", "", new.properties[key].where)
        for key in lost:
            what = What.MISSING if key in old.required else What.REMOVED
            where = old.properties[key].where
            yield Difference(what, f"{subject}.{key}", "", where, old=True, closed=new.closed)
        for key in kept:
            one, other, name = old.properties[key], new.properties[key], f"{subject}.{key}"
            was, now = key in old.required, key in new.required
            for found in switched(was, now, What.REQUIRED, What.OPTIONAL):
                yield Difference(What(found), name, "", other.where)
            yield from self._inner(one, other, name, required=was)
        if old.items and new.items:
            yield from self._inner(old.items, new.items, f"{subject}[]", required=True)
        if isinstance(old.unknown, Part) and isinstance(new.unknown, Part):
            yield from self._inner(old.unknown, new.unknown, f"{subject}.*", required=True)

    def _inner(self, old: Part, new: Part, subject: str, *, required: bool) -> Iterator[Difference]:
        """Leave out what has a name of its own: it is compared under that name."""
        if old.name and old.name == new.name:
            if required:
                yield from _differences([_nulls], Form(old), Form(new), subject)
        else:
            yield from self.schemas(old, new, subject, required=required)


def _values(old: Form, new: Form, subject: str, *, required: bool) -> Iterator[Difference]:
    is_union = old.variants or new.variants
    rules = (
        [_variants, _tags] if is_union else [_types, _formats, _constants, _values_listed, _keys]
    )
    yield from _differences([*rules, _limits], old, new, subject)
    if required:
        yield from _differences([_nulls], old, new, subject)
    if None not in {old.default, new.default} and old.default != new.default:
        detail = f"{old.default} → {new.default}"
        yield Difference(What.DEFAULT, subject, detail, new.part.where)


class Aspect(NamedTuple):
    """One respect in which two schemas differ: in words, and whether it is more, less, or both."""

    says: str
    detail: str = ""
    more: object = False
    less: object = False
    cause: str = ""


Rule = Callable[[Form, Form], Iterator[Aspect]]


def _differences(rules: Iterable[Rule], old: Form, new: Form, subject: str) -> Iterator[Difference]:
    for says, detail, more, less, cause in (found for rule in rules for found in rule(old, new)):
        for what, holds in ((What.MORE, more), (What.LESS, less)):
            if holds:
                yield Difference(what, subject, detail, new.part.where, cause=cause, says=says)


def _nulls(old: Form, new: Form) -> Iterator[Aspect]:
    if old.nullable != new.nullable:
        says = "{} is now nullable" if new.nullable else "{} is no longer nullable"
        yield Aspect(says, more=new.nullable, less=old.nullable)


def _types(old: Form, new: Form) -> Iterator[Aspect]:
    before, after = _all(old.types), _all(new.types)
    shape = {bool(one.properties) for one in (old, new)} == {True, False}
    other = before == after == {"object"} and shape
    detail = "fields ↔ any keys" if other else f"{old.shown} → {new.shown}"
    more, less = after - before or other, before - after or other
    yield Aspect("{} has a different type: {detail}", detail, more, less)


def _all(types: frozenset[str]) -> frozenset[str]:
    """An integer is a number; without a type, all are meant."""
    return (types | {"integer"} if "number" in types else types) or TYPES


def _formats(old: Form, new: Form) -> Iterator[Aspect]:
    if old.format != new.format and old.types == new.types:
        detail = f"{old.format or 'string'} → {new.format or 'string'}"
        yield Aspect("{} has a different format: {detail}", detail, old.format, new.format)


def _constants(old: Form, new: Form) -> Iterator[Aspect]:
    if old.fixed != new.fixed:
        detail = " → ".join("anything" if f is None else repr(f) for f in (old.fixed, new.fixed))
        more, less = old.fixed is not None, new.fixed is not None
        yield Aspect("{} has a different fixed value: {detail}", detail, more, less)


def _values_listed(old: Form, new: Form) -> Iterator[Aspect]:
    """Compare known values; that others may come is the service's right in every enumeration."""
    before, after = old.values, new.values
    is_fixed = old.fixed is not None or new.fixed is not None
    if is_fixed or (before == after and old.open == new.open):
        return
    accepts_all = new.open or after is None
    gained, lost = _beyond(after, before), _beyond(before, after)
    if gained and before is not None:
        yield Aspect("{} has new values: {detail}", gained, more=True, cause="open")
    elif accepts_all and before is not None and not old.open:
        yield Aspect("{} can now be any value", more=True, cause="open")
    if not accepts_all and (before is None or old.open):
        yield Aspect("{} can now only be one of the listed values", less=True)
    elif lost and after is not None:
        cause = "open" if new.open else ""
        yield Aspect("{} no longer has the values {detail}", lost, less=True, cause=cause)


def _beyond(some: frozenset[Any] | None, others: frozenset[Any] | None) -> str:
    """List the values that others don't have."""
    return ", ".join(sorted(map(str, (some or frozenset()) - (others or frozenset()))))


def _keys(old: Form, new: Form) -> Iterator[Aspect]:
    before, after = bool(old.unknown), bool(new.unknown)
    if before != after and (old.properties or new.properties):
        says = "{} now keeps unknown fields" if after else "{} no longer keeps unknown fields"
        yield Aspect(says, "", after, before, "open" if after or not new.closed else "")


def _variants(old: Form, new: Form) -> Iterator[Aspect]:
    before, after = (frozenset(one.variants or [one.part.name or one.shown]) for one in (old, new))
    moved = old.discriminator != new.discriminator and bool(old.variants and new.variants)
    gained, lost = _beyond(after, before), _beyond(before, after)
    says = "{} has new variants: {detail}" if gained else "{} has a different discriminator"
    yield Aspect(says, gained, more=gained or moved, cause="open" if _is_tagged(old, new) else "")
    yield Aspect("{} no longer has the variants {detail}", lost, less=lost)


def _is_tagged(old: Form, new: Form) -> bool:
    return old.discriminator is not None and old.discriminator == new.discriminator


def _tags(old: Form, new: Form) -> Iterator[Aspect]:
    """Compare by what known variants are told apart; clients keep one whose tag they don't know."""
    if _is_tagged(old, new):
        variants = old.variants.keys() & new.variants.keys()
        gained, lost, kept = split(old.tags, new.tags)
        more = ", ".join(sorted(tag for tag in gained if new.tags[tag] in variants))
        less = ", ".join(sorted(tag for tag in lost if old.tags[tag] in variants))
        moved = ", ".join(sorted(tag for tag in kept if old.tags[tag] != new.tags[tag]))
        yield Aspect("{} has new tags: {detail}", more, more=more, cause="open")
        yield Aspect("{} no longer has the tags {detail}", less, less=less)
        yield Aspect("{} has tags that now mean other variants: {detail}", moved, moved, moved)


def _limits(old: Form, new: Form) -> Iterator[Aspect]:
    for key in sorted(old.limits.keys() | new.limits.keys()):
        before, after = old.limits.get(key), new.limits.get(key)
        if before != after:
            shown = ["none" if one is None else str(one) for one in (before, after)]
            looser, detail = _is_looser(key, before, after), f"{key} {' → '.join(shown)}"
            yield Aspect("{} has a different limit: {detail}", detail, looser, not looser, "limit")


def _is_looser(key: str, before: float | None, after: float | None) -> bool:
    if before is None or after is None:
        return after is None
    if key.startswith(("max", "exclusiveMax")):
        return after > before
    return key.startswith(("min", "exclusiveMin")) and after < before
