"""What changed between two Python surfaces, and what that means to callers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from scripts.codegen.report.lines import Change, Place, split
from scripts.codegen.report.python.annotations import Fit, core, fit
from scripts.codegen.report.python.surface import Name, Parameter, Surface

GIVEN = {Fit.MORE: "takes-more", Fit.LESS: "takes-less", Fit.OTHER: "type-changed"}
# What is said of a field of a model that callers make, in place of a parameter.
FIELDS = {
    "parameter-added": "new optional field {}",
    "parameter-demanded": "new required field {}",
    "parameter-required": "{} is now required",
    "parameter-optional": "{} is now optional",
}
GOT = {Fit.MORE: "gives-more", Fit.LESS: "gives-less", Fit.OTHER: "type-changed"}


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

    def changes(self) -> Iterator[Change]:
        """List what changed, each thing once, under the first of its names."""
        seen: set[tuple[object, ...]] = set()
        for change in _merged([*self._all()]):
            key = self._key(change)
            if key not in seen:
                seen.add(key)
                yield change

    def _key(self, change: Change) -> tuple[object, ...]:
        """Identify the thing that a line is about, which may have several names."""
        owner, _, last = change.subject.rpartition(".")
        known = self.new.get(owner) or self.old.get(owner)
        home = known.home if known else owner
        return change.rule_id, change.place, change.detail, home, last, _variant(change.subject)

    def _all(self) -> Iterator[Change]:
        gained, lost, kept = split(self.old, self.new)
        # Members come and go with their owners, which are reported alone.
        added = _tops(self.new, set(gained))
        removed = _tops(self.old, set(lost))
        renamed = self._renamed(removed, added)
        for name in removed:
            if name.path in renamed:
                new = renamed[name.path].rpartition(".")[2]
                yield self._line("name-renamed", name, new, old=True)
            else:
                yield self._line("name-removed", name, old=True)
        for name in added:
            if name.path not in renamed.values() and self._model(name) not in self.sent:
                yield self._line("name-added", name)
        for path in kept:
            yield from self._same(self.old[path], self.new[path])

    def _line(self, rule: str, name: Name, detail: str = "", *, old: bool = False) -> Change:
        return Change(rule, name.path, detail, self.place(name, old), "python")

    def _renamed(self, removed: list[Name], added: list[Name]) -> dict[str, str]:
        """Match a removed name with the only new name beside it that has the same definition."""
        found: dict[str, str] = {}
        for name in removed:
            beside = [one for one in added if one.owner == name.owner]
            alike = [
                one.path
                for one in beside
                if _definition(one, self.new) == _definition(name, self.old)
            ]
            if len(alike) == 1 and alike[0] not in found.values():
                found[name.path] = alike[0]
        return found

    def _same(self, old: Name, new: Name) -> Iterator[Change]:
        if old.kind != new.kind:
            yield self._line("name-changed", new, f"{old.kind} → {new.kind}")
            return
        for base in (base for base in old.bases if base not in new.bases):
            yield self._line("base-removed", new, base)
        if new.is_model and new.path not in self.sent:
            return
        yield from self._parameters(old, new)
        if new.kind in {"function", "attribute"}:
            yield from self._type(old, new)

    def _type(self, old: Name, new: Name) -> Iterator[Change]:
        # A field of a model that is only sent is judged as an argument of the constructor.
        if old.type and new.type and self._model(new) not in self.sent - self.answered:
            found = fit(old.type, new.type)
            if found is not Fit.SAME:
                detail = f"{core(old.type)} → {core(new.type)}"
                yield self._line(GOT[found], new, detail)
        if new.kind == "attribute" and not (old.type or new.type) and old.value != new.value:
            yield self._line("value-changed", new, f"{old.value} → {new.value}")

    def _model(self, name: Name) -> str:
        """Name the model that an attribute is a field of."""
        owner = self.new.get(name.owner)
        return name.owner if owner and owner.is_model and name.kind == "attribute" else ""

    def _parameters(self, old: Name, new: Name) -> Iterator[Change]:
        before = {one.name: one for one in old.parameters}
        after = {one.name: one for one in new.parameters}
        gained, lost, kept = split(before, after)
        for key in list(lost) if not new.is_model else ():
            alike = [one for one in gained if replace(before[key], name=one) == after[one]]
            if len(alike) == 1:
                yield self._line("parameter-renamed", new, f"{key} → {alike[0]}")
                gained.remove(alike[0])
                lost.remove(key)
        for key in gained:
            rule = "parameter-demanded" if after[key].required else "parameter-added"
            yield self._of(new, rule, key)
        for key in (key for key in lost if not new.is_model):
            yield self._line("parameter-removed", new, key)
        for key in kept:
            yield from self._parameter(new, before[key], after[key])
        order = [[key for key in one if key in two and "positional" in one[key].kind]
                 for one, two in ((before, after), (after, before))]  # fmt: skip
        if order[0] != order[1] and set(order[0]) == set(order[1]):
            yield self._line("parameter-kind", new, f"order {', '.join(order[1])}")

    def _parameter(self, name: Name, old: Parameter, new: Parameter) -> Iterator[Change]:
        if old.required != new.required:
            rule = "parameter-required" if new.required else "parameter-optional"
            yield self._of(name, rule, new.name)
        elif (old.default, new.default) == ("None", "NOT_GIVEN"):
            pass  # To leave it out means what it meant; `takes-more` tells of null.
        elif old.default != new.default:
            yield self._of(name, "parameter-default", new.name, f"{old.default} → {new.default}")
        if old.kind != new.kind:
            yield self._of(name, "parameter-kind", new.name, f"{old.kind} → {new.kind}")
        found = fit(old.type, new.type)
        if found is not Fit.SAME:
            yield self._of(name, GIVEN[found], new.name, f"{core(old.type)} → {core(new.type)}")

    def _of(self, name: Name, rule: str, parameter: str, detail: str = "") -> Change:
        """Make a line on a parameter; that of a model's constructor is a field, too."""
        own = replace(name, path=f"{name.path}.{parameter}", home=f"{name.home}.{parameter}")
        if name.is_model:
            change = self._line(rule, own, detail)
            return replace(change, says=FIELDS.get(rule, ""))
        told = f"{parameter}: {detail}" if detail else parameter
        return replace(self._line(rule, own, told), subject=name.path)


def _tops(names: Surface, paths: set[str]) -> list[Name]:
    """Leave out what belongs to another of these."""
    return [name for path, name in names.items() if path in paths and name.owner not in paths]


def _variant(path: str) -> str:
    """Tell the two clients apart: their twins stand in different files, but for inherited ones."""
    return path.split(".")[1] if path.startswith(("liminal.Client", "liminal.SyncClient")) else ""


def _definition(name: Name, names: Surface) -> object:
    """Describe a name and all its members, without the name itself."""
    prefix = f"{name.path}."
    own = name.path.rpartition(".")[2]
    inner = [
        (path.removeprefix(prefix), one.kind, one.type.replace(own, "."), one.parameters)
        for path, one in names.items()
        if path.startswith(prefix)
    ]
    return name.kind, name.type, name.parameters, name.bases, sorted(inner, key=str)


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
