"""What changed between the operations of two contracts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from scripts.codegen.client.paging import paging
from scripts.codegen.client.prepare import is_json
from scripts.codegen.contract.document import Contract, Where
from scripts.codegen.contract.operations import Operation, operations
from scripts.codegen.contract.stream_items import is_stream
from scripts.codegen.operation_rules import STYLES
from scripts.codegen.report.lines import Change, split, switched
from scripts.codegen.report.wire.forms import WORDS, Part
from scripts.codegen.report.wire.schemas import Comparison

# What tells schemes of credentials apart on the wire.
_SCHEME = ("type", "in", "name", "scheme")


def changed_operations(old: Part, new: Part) -> Iterator[Change]:
    """Compare the operations, each known by its id, or else by its method and path."""
    before, after = (
        {one.id: Call(whole.at(one.where, one.data), one) for one in operations(whole.contract)}
        for whole in (old, new)
    )
    gained, lost, _ = split(before, after)
    routes = {before[name].route: before[name] for name in lost}
    renamed = {name: routes[at] for name in gained if (at := after[name].route) in routes}
    for name, call in after.items():
        former = before.get(name) or renamed.get(name)
        if former is None:
            yield call.part.change("operation-added", name, call.shown)
        else:
            yield from _Calls(former, call).changes()
    for name in lost:
        if before[name] not in renamed.values():
            yield before[name].part.change("operation-removed", name)


@dataclass(frozen=True, eq=False)
class Call:
    """An operation of a contract."""

    part: Part
    operation: Operation

    @property
    def shown(self) -> str:
        return f"{self.operation.method} {self.operation.path}"

    @property
    def route(self) -> str:
        """Return method and path, without the names of its parameters, which are not sent."""
        return re.sub(r"\{[^}]*\}", "{}", self.shown)

    def credentials(self) -> list[frozenset[str]]:
        """List the choices of credentials, each as what is sent where."""
        data = self.part.contract.data
        schemes = data.get("components", {}).get("securitySchemes", {})
        choices = self.operation.data.get("security", data.get("security", []))
        return [
            frozenset(
                " ".join(str(schemes[name].get(key, "")) for key in _SCHEME) for name in choice
            )
            for choice in choices or [{}]
        ]

    def arguments(self) -> dict[object, Part]:
        """Map parameters by what tells them apart on the wire: those of the path by their order.

        The body is among them, written like a parameter.
        """
        order = re.findall(r"\{([^}]*)\}", self.operation.path)
        found: dict[object, Part] = {}
        for (kind, name), where in parameter_places(self.part.contract, self.operation).items():
            data = self.operation.parameters[kind, name]
            found[kind, order.index(name) if kind == "path" else name] = self.part.at(where, data)
        body = self.part.contract.resolve(self.operation.data.get("requestBody"))
        if body:
            where = (*self.part.where, "requestBody")
            found["body"] = self.part.at(where, body | {"name": "body"})
        return found

    def answers(self) -> dict[str, Part]:
        """Map statuses of success to what is read as a whole, which may be nothing."""
        found: dict[str, Part] = {}
        for status in self.operation.successes:
            answer = self.operation.responses.get(status, {})
            part = self.part.at((*self.part.where, "responses", status), answer)
            content = answer.get("content", {})
            whole = next((name for name in content if not is_stream(name)), None)
            if whole or not content:
                found[status] = part.child("content", whole) if whole else part
        return found


@dataclass(frozen=True)
class _Calls:
    """The same operation, before and after."""

    old: Call
    new: Call

    def changes(self) -> Iterator[Change]:
        yield from self._itself()
        yield from self._arguments()
        yield from self._answers()
        yield from self._streams()

    def _line(self, rule: str, detail: str = "", *steps: str, call: Call | None = None) -> Change:
        part = (call or self.new).part
        return part.at((*part.where, *steps), {}).change(rule, self.new.operation.id, detail)

    def _itself(self) -> Iterator[Change]:
        old, new = self.old.operation, self.new.operation
        if old.id != new.id:
            yield self.new.part.change("operation-renamed", old.id, new.id)
        if self.old.route != self.new.route:
            yield self._line("operation-moved", f"{self.old.shown} → {self.new.shown}")
        if old.data.get("tags", [])[:1] != new.data.get("tags", [])[:1]:
            yield self._line("operation-regrouped", ", ".join(new.data.get("tags", [])), "tags")
        marks = ("operation-deprecated", "operation-restored")
        for rule in switched(old.deprecated, new.deprecated, *marks):
            yield self._line(rule)
        for rule in switched(old.repeatable, new.repeatable, "repeatable", "not-repeatable"):
            yield self._line(rule, "", "x-liminal-repeatable")
        before, after = (paging(one.part.contract, one.operation) for one in (self.old, self.new))
        if before and after and after.parameter and not before.parameter:
            yield self._line("operation-paged")
        if any(old.data.get(word) != new.data.get(word) for word in WORDS):
            yield self._line("words")
        needed, needs = self.old.credentials(), self.new.credentials()
        if needed != needs:
            served = all(any(one <= given for one in needs) for given in needed)
            yield self._line("fewer-credentials" if served else "other-credentials", "", "security")

    def _arguments(self) -> Iterator[Change]:
        old, new = self.old.arguments(), self.new.arguments()
        gained, lost, kept = split(old, new)
        added, removed = ({self._subject(all_[key]): all_[key] for key in keys}
                          for all_, keys in ((new, gained), (old, lost)))  # fmt: skip
        for subject, one in added.items():
            if subject in removed:
                says = f"{{}} is now sent in the {one.data.get('in', 'body')}"
                yield one.change("argument-elsewhere", subject, says=says)
            else:
                rule = "argument-demanded" if one.data.get("required") else "argument-added"
                yield one.change(rule, subject)
        for subject in split(added, removed)[0]:
            yield removed[subject].change("argument-removed", subject)
        for key in kept:
            yield from self._argument(old[key], new[key], is_body=key == "body")

    def _subject(self, argument: Part) -> str:
        return f"{self.new.operation.id} {argument.data['name']}"

    def _argument(self, old: Part, new: Part, *, is_body: bool) -> Iterator[Change]:
        subject, required = self._subject(new), old.data.get("required", False)
        rules = ("argument-required", "argument-optional")
        for rule in switched(required, new.data.get("required"), *rules):
            yield new.change(rule, subject)
        marks = ("field-deprecated", "field-restored")
        for rule in switched(old.data.get("deprecated"), new.data.get("deprecated"), *marks):
            yield new.change(rule, subject)
        if old.data.get("description") != new.data.get("description"):
            yield new.change("words", subject)
        if is_body:
            yield from self._body(old, new, subject)
        else:
            if _style(old.data) != _style(new.data):
                yield new.change("argument-elsewhere", subject)
            before, after = (one.at(one.where, one.data.get("schema", {})) for one in (old, new))
            yield from _schemas("sent", before, after, subject, required=required)

    def _body(self, old: Part, new: Part, subject: str) -> Iterator[Change]:
        before, after = old.data["content"], new.data["content"]
        media_type = next(iter(before), "none")
        if media_type in before and media_type in after:
            schema, other = (_schema(one.child("content", media_type)) for one in (old, new))
            yield from _schemas("sent", schema, other, subject)
        elif before.keys() != after.keys():
            detail = f"{media_type} → {', '.join(after) or 'none'}"
            says = "{} now has a different media type: {detail}"
            yield new.change("argument-elsewhere", subject, detail, says=says)

    def _answers(self) -> Iterator[Change]:
        old, new = self.old.answers(), self.new.answers()
        for status in split(old, new)[1]:
            yield self._line("answer-removed", status, "responses", status, call=self.old)
        for status, answer in new.items():
            if status in old:
                yield from self._answer(status, old[status], answer)
            else:
                yield self._new_answer(status, _assumed(old), answer)

    def _answer(self, status: str, old: Part, new: Part) -> Iterator[Change]:
        before, after = _reading(old), _reading(new)
        if before != after:
            rule = "body-removed" if before else "body-added"
            rule = "answer-unreadable" if before and after else rule
            yield self._line(rule, status, "responses", status)
        elif before == "json":
            subject = f"{self.new.operation.id} answer"
            yield from _schemas("answered", _schema(old), _schema(new), subject)

    def _new_answer(self, status: str, assumed: Part | None, new: Part) -> Change:
        """Judge whether a client that expects the known answers reads a further one correctly."""
        found = self._answer(status, assumed, new) if assumed else ()
        unreadable = any(change.breaking for change in found)
        rule = "answer-unreadable" if unreadable else "answer-added"
        return self._line(rule, status, "responses", status)

    def _streams(self) -> Iterator[Change]:
        old, new = self.old.operation.streams, self.new.operation.streams
        gained, lost, kept = split(old, new)
        for name in gained:
            yield self._line("media-added", name, "responses")
        for name in lost:
            rule = "stream-removed" if kept else "media-removed"
            yield self._line(rule, name, "responses", call=self.old)
        for name in kept:
            before, after = (
                call.part.at(call.part.where, call.operation.streams[name].schema or {})
                for call in (self.old, self.new)
            )
            yield from _schemas("answered", before, after, f"{self.new.operation.id} chunk")


def _schema(holder: Part) -> Part:
    return holder.at((*holder.where, "schema"), holder.data.get("schema", {}))


def _schemas(
    way: str, old: Part, new: Part, subject: str, *, required: bool = True
) -> Iterator[Change]:
    """Compare schemas that stand in an operation; one with a name is compared under that name."""
    if not old.name or old.name != new.name:
        yield from Comparison((way,)).compare(old, new, subject, required=required)


def _style(parameter: dict[str, Any]) -> tuple[str, bool]:
    """Return how lists and objects are written, by default or not."""
    style = parameter.get("style", STYLES[parameter["in"]][0])
    return style, style == "deepObject" or parameter.get("explode", style == "form")


def _assumed(answers: dict[str, Part]) -> Part | None:
    """Return the answer that a client assumes for an unknown status."""
    usual = (answers[status] for status in ("2XX", "200", "default") if status in answers)
    return next(usual, None) or next(reversed(answers.values()), None)


def _reading(answer: Part) -> str:
    """Return how an answer is read; nothing if it has no body."""
    if answer.where[-2] != "content":
        return ""
    media_type = str(answer.where[-1])
    if is_json(media_type):
        return "json"
    return "text" if media_type.startswith("text/") else "bytes"


def parameter_places(contract: Contract, operation: Operation) -> dict[tuple[str, str], Where]:
    """Map parameters by kind and name to their items, be they references or not."""
    _, path, _ = operation.where
    items = contract.data["paths"][path]
    return {
        (found["in"], found["name"]): (*where, "parameters", index)
        for where, data in ((("paths", path), items), (operation.where, operation.data))
        for index, one in enumerate(data.get("parameters", []))
        if (found := contract.resolve(one))
    }
