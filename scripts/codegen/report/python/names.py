"""What changed between two Python surfaces, and what that means to callers."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from scripts.codegen.report.lines import Change, Place, split
from scripts.codegen.report.python.annotations import Fit, core, fit
from scripts.codegen.report.python.surface import Name, Surface

GIVEN = {Fit.MORE: "takes-more", Fit.LESS: "takes-less", Fit.OTHER: "type-changed"}
GOT = {Fit.MORE: "gives-more", Fit.LESS: "gives-less", Fit.OTHER: "type-changed"}
# What is said of a field of a model that callers make, in place of a parameter.
FIELDS = {
    "parameter-added": "new optional field {}",
    "parameter-demanded": "new required field {}",
    "parameter-required": "{} is now required",
    "parameter-optional": "{} is now optional",
}


@dataclass(frozen=True)
class Surfaces:
    """The two surfaces; ``place`` tells where the report points for a name of either.

    ``sent`` are the models that callers make, of which the constructor counts; ``answered`` those
    of which callers read the fields.
    """

    old: Surface
    new: Surface
    place: Callable[[Name, bool], Place]
    sent: frozenset[str]
    answered: frozenset[str]

    def changes(self) -> list[Change]:
        """List what changed, each thing once, under the first of its names."""
        return _merged([*self._come_and_gone(), *self._kept()])

    @cached_property
    def _removed(self) -> list[Name]:
        return [*_without(self.old, self.new)]

    @cached_property
    def _added(self) -> list[Name]:
        return [*_without(self.new, self.old)]

    def _come_and_gone(self) -> Iterator[Change]:
        for name in self._removed:
            new = self._renamed.get(name.path)
            if not name.is_parameter:
                rule, detail = ("name-renamed", new.name) if new else ("name-removed", "")
                yield self._line(rule, name, detail, old=True)
            elif new:
                detail = f"{name.name} → {new.name}"
                yield self._line("parameter-renamed", self.new[name.owner], detail)
            else:
                yield self._line("parameter-removed", self.new[name.owner], name.name)
        for name in (name for name in self._added if name not in self._renamed.values()):
            rule = "parameter-demanded" if name.required else "parameter-added"
            yield self._line(rule if self._is_given(name) else "name-added", name)

    def _kept(self) -> Iterator[Change]:
        for path in split(self.old, self.new)[2]:
            old, new = self.old[path], self.new[path]
            if new.home in self.old and new.home != path:
                continue
            if old.kind != new.kind:
                rule = "parameter-kind" if new.is_parameter else "name-changed"
                yield self._line(rule, new, f"{old.kind} → {new.kind}")
            if self._is_given(new):
                yield from self._given(old, new)
            if old.kind == new.kind and not new.is_parameter:
                yield from self._named(old, new)

    def _is_given(self, name: Name) -> bool:
        """Return whether callers give it: a parameter, or a field of a model that they make."""
        return name.is_parameter or (name.required is not None and name.owner in self.sent)

    def _line(self, rule: str, name: Name, detail: str = "", *, old: bool = False) -> Change:
        place = self.place(name, old)
        if name.is_parameter:
            detail = f"{name.name}: {detail}".removesuffix(": ")
            return Change(rule, name.owner, detail, place, "python")
        says = FIELDS.get(rule, "")
        return Change(rule, name.path, detail, place, "python", says=says)

    @cached_property
    def _renamed(self) -> dict[str, Name]:
        """Match a removed name with the only new name beside it that has the same definition."""
        before, after = _members(self.old), _members(self.new)
        found: dict[str, Name] = {}
        for name in self._removed:
            alike = [
                one
                for one in self._added
                if one.owner == name.owner and _definition(one, after) == _definition(name, before)
            ]
            if len(alike) == 1 and alike[0] not in found.values():
                found[name.path] = alike[0]
        return found

    def _given(self, old: Name, new: Name) -> Iterator[Change]:
        if old.required != new.required:
            yield self._line("parameter-required" if new.required else "parameter-optional", new)
        # With NOT_GIVEN in place of None, to leave it out means what it meant.
        elif old.value != new.value and (old.value, new.value) != ("None", "NOT_GIVEN"):
            yield self._line("parameter-default", new, f"{old.value} → {new.value}")
        yield from self._type(GIVEN, old, new)

    def _named(self, old: Name, new: Name) -> Iterator[Change]:
        for base in (base for base in old.bases if base not in new.bases):
            yield self._line("base-removed", new, base)
        # A field of a model that is only sent is judged as an argument of the constructor.
        is_read = new.required is None or new.owner not in self.sent - self.answered
        if old.type and new.type and is_read:
            yield from self._type(GOT, old, new)
        if new.kind == "function":
            before, after = ([key for key in one.positional if key in two.positional]
                             for one, two in ((old, new), (new, old)))  # fmt: skip
            if before != after:
                yield self._line("parameter-kind", new, f"order {', '.join(after)}")
        elif not (old.type or new.type) and old.value != new.value:
            yield self._line("value-changed", new, f"{old.value} → {new.value}")

    def _type(self, rules: dict[Fit, str], old: Name, new: Name) -> Iterator[Change]:
        renamed = [(self.old[path], one) for path, one in self._renamed.items()]
        classes = {one.name: other.name for one, other in renamed if one.kind == "class"}
        found = fit(re.sub(r"\w+", lambda name: classes.get(name[0], name[0]), old.type), new.type)
        if found is not Fit.SAME:
            yield self._line(rules[found], new, f"{core(old.type)} → {core(new.type)}")


def _without(names: Surface, others: Surface) -> Iterator[Name]:
    """List the names that others lack.

    Members come and go with their owners, which are reported alone, and under the first name alone.
    """
    for path, name in names.items():
        owner, other = names.get(name.owner), others.get(name.owner)
        if path in others or (owner and (other is None or other.kind != owner.kind)):
            continue
        is_alias = owner is not None and owner.home != owner.path
        if not (is_alias and name.home in names and name.home not in others):
            yield name


def _members(names: Surface) -> dict[str, list[Name]]:
    found = defaultdict[str, list[Name]](list)
    for name in names.values():
        found[name.owner].append(name)
    return found


def _definition(name: Name, members: dict[str, list[Name]], own: str = "") -> object:
    """Describe a name and all its members, without the name itself."""
    type_ = re.sub(rf"\b{own}\b", ".", name.type) if own else name.type
    own = own or (name.name if name.kind == "class" else "")
    inner = {one.name: _definition(one, members, own) for one in members.get(name.path, ())}
    value = name.value if name.is_parameter else ""
    return name.kind, type_, value, name.required, name.positional, name.bases, inner


def _merged(changes: list[Change]) -> list[Change]:
    """Merge changes that are the same for three or more members of one owner."""
    groups: dict[tuple[object, ...], list[Change]] = {}
    for change in changes:
        owner, _, _ = change.subject.rpartition(".")
        alone = change.rule_id in {"name-added", "name-removed", "name-renamed"}
        key = (change.rule_id, change.subject) if alone else (change.rule_id, owner, change.detail)
        groups.setdefault(key, []).append(change)
    return [
        change
        for group in groups.values()
        for change in (group if len(group) < 3 else [_of_all(group)])
    ]


def _of_all(group: list[Change]) -> Change:
    more = len({change.place for change in group}) - 1
    subject = f"{group[0].subject.rpartition('.')[0]}.*"
    return replace(group[0], subject=subject, more_places=more)
