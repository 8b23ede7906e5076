"""What changed between the operations of two contracts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from scripts.codegen.client.prepare import is_json
from scripts.codegen.contract.document import Contract, Where
from scripts.codegen.contract.operations import Operation, operations
from scripts.codegen.contract.stream_items import STREAM_TYPES
from scripts.codegen.report.lines import Change
from scripts.codegen.report.pairs import split, switched
from scripts.codegen.report.wire.contracts import WORDS, Pair
from scripts.codegen.report.wire.parameters import parameter_places

Answer = tuple[str | None, Any]  # the media type of the body, and what the contract says of it


def changed_operations(pair: Pair) -> Iterator[Change]:
    """Compare the operations, each known by its id, or else by its method and path."""
    old, new = ({one.id: one for one in operations(each)} for each in (pair.old, pair.new))
    gained, lost, _ = split(old, new)
    places = {_place(old[name]): old[name] for name in lost}
    renamed = {name: places[at] for name in gained if (at := _place(new[name])) in places}
    for name, operation in new.items():
        before = old.get(name) or renamed.get(name)
        if before is None:
            detail = f"{operation.method} {operation.path}"
            yield pair.change("operation-added", name, operation.where, detail)
        else:
            yield from _Operations(pair, before, operation).compare()
    for name in lost:
        if old[name] not in renamed.values():
            yield pair.change("operation-removed", name, old[name].where, old=True)


def _place(operation: Operation) -> tuple[str, str]:
    """Return method and path, without the names of its parameters, which are not sent."""
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
        marks = ("operation-deprecated", "operation-restored")
        for rule in switched(old.deprecated, new.deprecated, *marks):
            yield self._line(rule)
        for rule in switched(old.repeatable, new.repeatable, "repeatable", "not-repeatable"):
            yield self._line(rule, "", "x-liminal-repeatable")
        if any(old.data.get(word) != new.data.get(word) for word in WORDS):
            yield self._line("words")

    def _credentials(self) -> Iterator[Change]:
        before = _credentials(self.pair.old, self.old)
        after = _credentials(self.pair.new, self.new)
        if before != after:
            served = all(any(one <= given for one in after) for given in before)
            yield self._line("fewer-credentials" if served else "other-credentials", "", "security")

    # ---- requests

    def _parameters(self) -> Iterator[Change]:
        old, new = _named(self.pair.old, self.old), _named(self.pair.new, self.new)
        gained, lost, kept = split(old, new)
        for where, parameter in (new[key] for key in gained):
            rule = "argument-demanded" if parameter.get("required") else "argument-added"
            yield self.pair.change(rule, f"{self.new.id} {parameter['name']}", where)
        for where, parameter in (old[key] for key in lost):
            subject = f"{self.new.id} {parameter['name']}"
            yield self.pair.change("argument-removed", subject, where, old=True)
        for key in kept:
            yield from self._parameter(*old[key], *new[key])

    def _parameter(
        self, place: Where, old: dict[str, Any], where: Where, new: dict[str, Any]
    ) -> Iterator[Change]:
        subject, required = f"{self.new.id} {new['name']}", bool(old.get("required"))
        for rule in switched(required, new.get("required"), *_REQUIRED):
            yield self.pair.change(rule, subject, where)
        if any(old.get(key) != new.get(key) for key in ("style", "explode")):
            yield self.pair.change("argument-elsewhere", subject, where)
        values = (place, old.get("schema", {})), (where, new.get("schema", {}))
        yield from self.pair.compare(*values, subject, "sent", required=required)

    def _body(self) -> Iterator[Change]:
        old = self.pair.old.resolve(self.old.data.get("requestBody", {}))
        new = self.pair.new.resolve(self.new.data.get("requestBody", {}))
        if not old and new:
            yield self._of_body("argument-demanded" if new.get("required") else "argument-added")
        elif old and not new:
            yield self._of_body("argument-removed", old=True)
        elif old:
            for rule in switched(old.get("required"), new.get("required"), *_REQUIRED):
                yield self._of_body(rule)
            yield from self._content(old["content"], new["content"])

    def _of_body(self, rule: str, detail: str = "", *, old: bool = False) -> Change:
        where = (*(self.old if old else self.new).where, "requestBody")
        says = "{} now has a different media type: {detail}" if detail else ""
        return self.pair.change(rule, f"{self.new.id} body", where, detail, old=old, says=says)

    def _content(self, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Change]:
        media_type = next(iter(old))
        if media_type in new:
            steps = ("requestBody", "content", media_type)
            yield from self._inline(old[media_type], new[media_type], "body", steps, "sent")
        else:
            yield self._of_body("argument-elsewhere", f"{media_type} → {', '.join(new)}")

    def _inline(
        self, old: Any, new: Any, subject: str, steps: tuple[str, ...], direction: str
    ) -> Iterator[Change]:
        """Compare schemas that stand in an operation."""
        before = (*self.old.where, *steps, "schema"), old.get("schema", {})
        after = (*self.new.where, *steps, "schema"), new.get("schema", {})
        yield from self.pair.compare(before, after, f"{self.new.id} {subject}", direction)

    # ---- answers

    def _answers(self) -> Iterator[Change]:
        old, new = dict(_read(self.old)), dict(_read(self.new))
        gained, lost, _ = split(old, new)
        for status in lost:
            yield self._line("answer-removed", status, "responses", status, old=True)
        for status, answer in new.items():
            former = old.get(status, _general(old))
            yield from self._answer(status, former, answer, is_new=status in gained)

    def _answer(self, status: str, old: Answer, new: Answer, *, is_new: bool) -> Iterator[Change]:
        """Check whether a client that expects the old answer reads the new one correctly."""
        before, after = (_reading(media_type) for media_type, _ in (old, new))
        found: list[Change] = []
        if before == after == "json":
            steps = ("responses", status, "content", new[0] or "")
            found = [*self._inline(old[1], new[1], "answer", steps, "answered")]
        if is_new:
            breaks = before != after or any(change.breaking for change in found)
            rule = "answer-unreadable" if before and breaks else "answer-added"
            yield self._line(rule, status, "responses", status)
        elif before != after:
            rule = "answer-unreadable" if before and after else ""
            rule = rule or ("body-removed" if before else "body-added")
            yield self._line(rule, status, "responses", status)
        yield from () if is_new else found

    def _media(self) -> Iterator[Change]:
        old, new = self.old.streams, self.new.streams
        gained, lost, kept = split(old, new)
        for name in gained:
            yield self._line("media-added", name, "responses")
        for name in lost:
            rule = "stream-removed" if kept else "media-removed"
            yield self._line(rule, name, "responses", old=True)
        for name in kept:
            before = self.old.where, old[name].schema or {}
            after = self.new.where, new[name].schema or {}
            yield from self.pair.compare(before, after, f"{self.new.id} chunk", "answered")


_REQUIRED = ("argument-required", "argument-optional")


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


def _read(operation: Operation) -> Iterator[tuple[str, Answer]]:
    for status in operation.successes:
        content = operation.responses.get(status, {}).get("content", {})
        whole = [name for name in content if name not in STREAM_TYPES]
        if whole or not content:
            yield status, (whole[0], content[whole[0]]) if whole else (None, {})


def _general(answers: dict[str, Answer]) -> Answer:
    """Return the answer that a client assumes for an unknown status."""
    for status in ("2XX", "200", "default"):
        if status in answers:
            return answers[status]
    return next(reversed(answers.values()), (None, {}))


def _reading(media_type: str | None) -> str:
    """Return how a body is read; nothing if there is none."""
    if media_type is None:
        return ""
    if is_json(media_type):
        return "json"
    return "text" if media_type.startswith("text/") else "bytes"
