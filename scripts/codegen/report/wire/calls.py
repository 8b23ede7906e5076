"""What changed between the operations of two contracts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from scripts.codegen.client.prepare import is_json
from scripts.codegen.client.stream_items import STREAM_TYPES
from scripts.codegen.contract.document import Contract, Where
from scripts.codegen.contract.operations import Operation, operations
from scripts.codegen.report.lines import Change
from scripts.codegen.report.wire.contracts import WORDS, Pair
from scripts.codegen.report.wire.forms import part
from scripts.codegen.report.wire.parameters import parameter_places
from scripts.codegen.report.wire.schemas import compare


def changed_operations(pair: Pair) -> Iterator[Change]:
    """Compare the operations, each known by its id, or else by its method and path."""
    old = {one.id: one for one in operations(pair.old)}
    new = {one.id: one for one in operations(pair.new)}
    places = {_place(one): one for one in old.values() if one.id not in new}
    renamed = {
        one.id: places[_place(one)]
        for one in new.values()
        if one.id not in old and _place(one) in places
    }
    for name, operation in new.items():
        before = old.get(name) or renamed.get(name)
        if before is None:
            detail = f"{operation.method} {operation.path}"
            yield pair.change("operation-added", name, operation.where, detail)
        else:
            yield from _Operations(pair, before, operation).compare()
    kept = {one.id for one in renamed.values()}
    for name in (name for name in old if name not in new and name not in kept):
        yield pair.change("operation-removed", name, old[name].where, old=True)


def _place(operation: Operation) -> tuple[str, str]:
    """Give method and path; what a parameter of the path is called is not sent."""
    return operation.method, re.sub(r"\{[^}]*\}", "{}", operation.path)


class _Operations:
    """The same operation, before and after."""

    def __init__(self, pair: Pair, old: Operation, new: Operation) -> None:
        self.pair, self.old, self.new = pair, old, new

    def compare(self) -> Iterator[Change]:
        yield from self._itself()
        yield from self._credentials()
        yield from self._parameters()
        yield from self._body()
        yield from self._answers()
        yield from self._media()

    def _line(self, rule: str, detail: str = "", *steps: str, old: bool = False) -> Change:
        where = (self.old if old else self.new).where
        return self.pair.change(rule, self.new.id, (*where, *steps), detail, old=old)

    def _itself(self) -> Iterator[Change]:
        old, new = self.old, self.new
        if old.id != new.id:
            yield self.pair.change("operation-renamed", old.id, new.where, new.id)
        if _place(old) != _place(new):
            detail = f"{old.method} {old.path} → {new.method} {new.path}"
            yield self._line("operation-moved", detail)
        if old.data.get("tags", [])[:1] != new.data.get("tags", [])[:1]:
            yield self._line("operation-regrouped", ", ".join(new.data.get("tags", [])), "tags")
        if old.deprecated != new.deprecated:
            yield self._line("operation-deprecated" if new.deprecated else "operation-restored")
        if old.repeatable != new.repeatable:
            rule = "repeatable" if new.repeatable else "not-repeatable"
            yield self._line(rule, "", "x-liminal-repeatable")
        if any(old.data.get(word) != new.data.get(word) for word in WORDS):
            yield self._line("words")

    def _credentials(self) -> Iterator[Change]:
        before, after = (
            _credentials(contract, one)
            for contract, one in ((self.pair.old, self.old), (self.pair.new, self.new))
        )
        if before != after:
            served = all(any(one <= given for one in after) for given in before)
            yield self._line("fewer-credentials" if served else "other-credentials", "", "security")

    def _parameters(self) -> Iterator[Change]:
        old, new = _named(self.pair.old, self.old), _named(self.pair.new, self.new)
        for key in (key for key in new if key not in old):
            where, parameter = new[key]
            rule = "argument-demanded" if parameter.get("required") else "argument-added"
            yield self.pair.change(rule, f"{self.new.id} {parameter['name']}", where)
        for key in (key for key in old if key not in new):
            where, parameter = old[key]
            subject = f"{self.new.id} {parameter['name']}"
            yield self.pair.change("argument-removed", subject, where, old=True)
        for key in (key for key in new if key in old):
            yield from self._parameter(old[key], new[key])

    def _parameter(
        self, old: tuple[Where, dict[str, Any]], new: tuple[Where, dict[str, Any]]
    ) -> Iterator[Change]:
        (place, before), (where, after) = old, new
        subject = f"{self.new.id} {after['name']}"
        was, now = bool(before.get("required")), bool(after.get("required"))
        if was != now:
            rule = "argument-required" if now else "argument-optional"
            yield self.pair.change(rule, subject, where)
        if any(before.get(key) != after.get(key) for key in ("style", "explode")):
            yield self.pair.change("argument-elsewhere", subject, where)
        one = part(self.pair.old, place, before.get("schema", {}))
        other = part(self.pair.new, where, after.get("schema", {}))
        found = compare(one, other, subject, required=was)
        yield from self.pair.differences(
            found if one.name != other.name or not one.name else (), "sent"
        )

    def _body(self) -> Iterator[Change]:
        before = self.pair.old.resolve(self.old.data.get("requestBody", {}))
        after = self.pair.new.resolve(self.new.data.get("requestBody", {}))
        was, now = bool(before.get("required")), bool(after.get("required"))
        if not before and after:
            yield self._of_body("argument-demanded" if now else "argument-added")
        elif before and not after:
            yield self._of_body("argument-removed", old=True)
        elif before:
            if was != now:
                rule = "argument-required" if now else "argument-optional"
                yield self._of_body(rule)
            yield from self._content(before["content"], after["content"])

    def _of_body(self, rule: str, detail: str = "", *, old: bool = False) -> Change:
        where = (*(self.old if old else self.new).where, "requestBody")
        says = "{} now has another media type: {detail}" if detail else ""
        subject = f"{self.new.id} body"
        return self.pair.change(rule, subject, where, detail, old=old, says=says)

    def _content(self, before: dict[str, Any], after: dict[str, Any]) -> Iterator[Change]:
        media_type = next(iter(before))
        steps = ("requestBody", "content", media_type)
        if media_type not in after:
            detail = f"{media_type} → {', '.join(after)}"
            yield self._of_body("argument-elsewhere", detail)
            return
        subject = f"{self.new.id} body"
        yield from self._inline(before[media_type], after[media_type], subject, steps, "sent")

    def _inline(
        self, old: Any, new: Any, subject: str, steps: tuple[str, ...], direction: str
    ) -> Iterator[Change]:
        """Compare schemas that stand in an operation; what has a name is compared under it."""
        one = part(self.pair.old, (*self.old.where, *steps, "schema"), old.get("schema", {}))
        other = part(self.pair.new, (*self.new.where, *steps, "schema"), new.get("schema", {}))
        if not one.name or one.name != other.name:
            yield from self.pair.differences(compare(one, other, subject), direction)

    # ---- what is answered

    def _answers(self) -> Iterator[Change]:
        old, new = (dict(_read(one)) for one in (self.old, self.new))
        for status in (status for status in old if status not in new):
            yield self._line("answer-removed", status, "responses", status, old=True)
        for status, (media_type, schema) in new.items():
            former = old.get(status, _general(old))
            yield from self._answer(status, former, (media_type, schema), is_new=status not in old)

    def _answer(
        self,
        status: str,
        old: tuple[str | None, Any],
        new: tuple[str | None, Any],
        *,
        is_new: bool,
    ) -> Iterator[Change]:
        """Ask whether an answer is read as it should be by a client that expects the old one."""
        kinds = [None if media is None else _reading(media) for media, _ in (old, new)]
        steps = ("responses", status, "content", new[0] or "")
        found = []
        if kinds[0] == kinds[1] == "json":
            subject = f"{self.new.id} answer"
            found = list(self._inline(old[1], new[1], subject, steps, "answered"))
        unreadable = kinds[0] is not None and (
            kinds[0] != kinds[1] or any(change.breaking for change in found)
        )
        if is_new:
            rule = "answer-unreadable" if unreadable else "answer-added"
            yield self._line(rule, status, "responses", status)
        elif kinds[0] != kinds[1]:
            rule = "body-added" if kinds[0] is None else "body-removed"
            rule = "answer-unreadable" if None not in kinds else rule
            yield self._line(rule, status, "responses", status)
        else:
            yield from found

    def _media(self) -> Iterator[Change]:
        old, new = self.old.streams, self.new.streams
        for name in (name for name in new if name not in old):
            yield self._line("media-added", name, "responses")
        for name in (name for name in old if name not in new):
            rule = "stream-removed" if old.keys() & new.keys() else "media-removed"
            yield self._line(rule, name, "responses", old=True)
        for name in (name for name in new if name in old):
            one = part(self.pair.old, self.old.where, old[name].schema or {})
            other = part(self.pair.new, self.new.where, new[name].schema or {})
            if not one.name or one.name != other.name:
                found = compare(one, other, f"{self.new.id} chunk")
                yield from self.pair.differences(found, "answered")


def _named(
    contract: Contract, operation: Operation
) -> dict[tuple[str, str], tuple[Where, dict[str, Any]]]:
    """Map parameters by what tells them apart on the wire: those of the path by their order."""
    order = re.findall(r"\{([^}]*)\}", operation.path)
    places = parameter_places(contract, operation)
    return {
        (kind, str(order.index(name)) if kind == "path" else name): (places[kind, name], parameter)
        for (kind, name), parameter in operation.parameters.items()
    }


def _credentials(contract: Contract, operation: Operation) -> list[frozenset[str]]:
    """List the choices of credentials, each as what is sent where."""
    schemes = contract.data.get("components", {}).get("securitySchemes", {})
    choices = operation.data.get("security", contract.data.get("security", []))
    return [
        frozenset(
            " ".join(str(schemes[name].get(key, "")) for key in ("type", "in", "name", "scheme"))
            for name in choice
        )
        for choice in choices or [{}]
    ]


def _read(operation: Operation) -> Iterator[tuple[str, tuple[str | None, Any]]]:
    for status in operation.successes:
        content = operation.responses.get(status, {}).get("content", {})
        whole = [name for name in content if name not in STREAM_TYPES]
        if whole or not content:
            yield status, (whole[0], content[whole[0]]) if whole else (None, {})


def _general(answers: dict[str, tuple[str | None, Any]]) -> tuple[str | None, Any]:
    """Give the answer that a client takes one for whose status it doesn't know."""
    for status in ("2XX", "200", "default"):
        if status in answers:
            return answers[status]
    return next(reversed(answers.values()), (None, {}))


def _reading(media_type: str) -> str:
    if is_json(media_type):
        return "json"
    return "text" if media_type.startswith("text/") else "bytes"
