"""What is safe and what is breaking: the rules of the report, all of them, each with its reason.

A change of the contract is *breaking* when a client generated before it no longer works with the
service after it. A change of the Python surface is breaking when it stops a caller's code, or makes
a strict type checker complain. Everything else is *safe*. tests/regeneration has examples of all.

Not counted: the bodies of failures (clients read the status alone), headers of responses, servers,
and constructors of models that are only received.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What happened to a thing."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True)
class Rule:
    """What one kind of change means to users, and why.

    ``says`` is a sentence about ``{}``, the thing that changed; ``{detail}`` is what is particular.
    """

    kind: Kind
    breaking: bool
    says: str
    why: str


ADDED, CHANGED, REMOVED = Kind
SAFE, BREAKING = False, True


def _rules(*rows: tuple[str, Kind, bool, str, str]) -> dict[str, Rule]:
    return {name: Rule(kind, breaking, says, why) for name, kind, breaking, says, why in rows}


OPERATIONS: Final = _rules(
    ("operation-added", ADDED, SAFE, "new operation {}: {detail}", "nobody calls it yet"),
    ("operation-removed", REMOVED, BREAKING, "{} was removed", "the service answers 404"),
    ("operation-moved", CHANGED, BREAKING, "{} moved: {detail}", "old clients call the old path"),
    ("operation-renamed", CHANGED, SAFE, "{} was renamed to {detail}", "names are not sent"),
    ("operation-regrouped", CHANGED, SAFE, "{} has a new tag: {detail}", "tags are not sent"),
    ("operation-deprecated", CHANGED, SAFE, "{} is deprecated", "it still works"),
    ("operation-restored", CHANGED, SAFE, "{} is no longer deprecated", "it works as before"),
    ("repeatable", CHANGED, SAFE, "{} is now retried after failures", "old clients retry less"),
    ("not-repeatable", CHANGED, BREAKING, "{} must no longer be retried after failures",
     "old clients retry it"),
    ("other-credentials", CHANGED, BREAKING, "{} now requires other credentials",
     "old clients send the former ones"),
    ("fewer-credentials", CHANGED, SAFE, "{} now accepts more credentials",
     "the former ones are among them"),
    ("answer-added", ADDED, SAFE, "{} can now answer {detail}",
     "old clients read it like the other answers"),
    ("answer-unreadable", ADDED, BREAKING, "{} can now answer {detail} with another kind of body",
     "old clients read it as something that it is not"),
    ("answer-removed", REMOVED, SAFE, "{} no longer answers {detail}",
     "what never comes need not be read"),
    ("body-added", ADDED, SAFE, "{} now answers {detail} with a body", "old clients ignore it"),
    ("body-removed", REMOVED, BREAKING, "{} now answers {detail} without a body",
     "old clients read the body"),
    ("media-added", ADDED, SAFE, "{} can now stream {detail}",
     "old clients ask for the types that they know"),
    ("media-removed", REMOVED, BREAKING, "{} no longer streams {detail}",
     "old clients know no other type"),
    ("stream-removed", REMOVED, SAFE, "{} no longer streams {detail}",
     "old clients know another type too"),
)  # fmt: skip

SENT: Final = _rules(
    ("argument-added", ADDED, SAFE, "new optional argument {}", "old clients leave it out"),
    ("argument-demanded", ADDED, BREAKING, "new required argument {}", "old clients don't send it"),
    ("argument-removed", REMOVED, SAFE, "{} is now ignored", "the service ignores what it is sent"),
    ("argument-refused", REMOVED, BREAKING, "{} is now refused", "old clients may send it"),
    ("argument-required", CHANGED, BREAKING, "{} is now required", "old clients may leave it out"),
    ("argument-optional", CHANGED, SAFE, "{} is now optional", "old clients still send it"),
    ("argument-wider", CHANGED, SAFE, "{} accepts more", "what old clients send is among it"),
    ("argument-narrower", CHANGED, BREAKING, "{} accepts less", "old clients may send the rest"),
    ("argument-default", CHANGED, BREAKING, "{} has another default: {detail}",
     "requests without it mean something else"),
    ("argument-elsewhere", CHANGED, BREAKING, "{} is now sent in another form",
     "old clients send it as before"),
)  # fmt: skip

ANSWERED: Final = _rules(
    ("field-added", ADDED, SAFE, "new response field {}", "clients ignore unknown fields"),
    ("field-removed", REMOVED, SAFE, "{} was removed", "it was optional: old clients read None"),
    ("field-missing", REMOVED, BREAKING, "{} was removed", "old clients require it"),
    ("field-optional", CHANGED, BREAKING, "{} is now optional", "old clients require it"),
    ("field-required", CHANGED, SAFE, "{} is now always there", "old clients read it if it is"),
    ("field-wider", CHANGED, BREAKING, "{} can hold more", "old clients can't decode the rest"),
    ("field-narrower", CHANGED, SAFE, "{} can hold less", "old clients decode what is left"),
    ("field-limits", CHANGED, SAFE, "{} has other limits", "clients don't check them in responses"),
    ("field-open", CHANGED, SAFE, "{} can hold more", "unknown values and variants are kept"),
)

SCHEMAS: Final = _rules(
    ("schema-added", ADDED, SAFE, "new schema {}", "only what is new or changed refers to it"),
    ("schema-removed", REMOVED, SAFE, "{} was removed", "names of schemas are not sent"),
    ("schema-renamed", CHANGED, SAFE, "{} was renamed to {detail}",
     "names of schemas are not sent"),
    ("field-deprecated", CHANGED, SAFE, "{} is deprecated", "it is still there"),
    ("field-restored", CHANGED, SAFE, "{} is no longer deprecated", "it was there all along"),
    ("sensitive", CHANGED, SAFE, "{} is now hidden in reprs", "it is sent as before"),
    ("not-sensitive", CHANGED, SAFE, "{} is now shown in reprs", "it is sent as before"),
    ("words", CHANGED, SAFE, "{} has a new description", "docstrings change with it"),
)  # fmt: skip

PYTHON: Final = _rules(
    ("name-added", ADDED, SAFE, "new name {}", "nobody uses it yet"),
    ("name-removed", REMOVED, BREAKING, "{} was removed", "code that uses it fails"),
    ("name-renamed", CHANGED, BREAKING, "{} was renamed to {detail}",
     "code that uses the old name fails"),
    ("name-changed", CHANGED, BREAKING, "{} changed: {detail}", "code uses it as what it was"),
    ("base-removed", CHANGED, BREAKING, "{} no longer inherits from {detail}",
     "code may catch or check the base class"),
    ("value-changed", CHANGED, BREAKING, "{} has another value: {detail}",
     "code may compare with the old one"),
    ("parameter-added", ADDED, SAFE, "{} has a new optional parameter {detail}",
     "calls without it mean what they meant"),
    ("parameter-demanded", ADDED, BREAKING, "{} has a new required parameter {detail}",
     "existing calls don't pass it"),
    ("parameter-removed", REMOVED, BREAKING, "{} no longer has the parameter {detail}",
     "calls that pass it fail"),
    ("parameter-renamed", CHANGED, BREAKING, "{} has a renamed parameter: {detail}",
     "calls pass it by the old name"),
    ("parameter-required", CHANGED, BREAKING, "{} now requires the parameter {detail}",
     "calls may leave it out"),
    ("parameter-optional", CHANGED, SAFE, "{} no longer requires the parameter {detail}",
     "calls still pass it"),
    ("parameter-default", CHANGED, BREAKING, "{} has another default: {detail}",
     "calls that leave it out mean something else"),
    ("parameter-kind", CHANGED, BREAKING, "{} takes a parameter in another way: {detail}",
     "calls pass it by position, or by name"),
    ("takes-more", CHANGED, SAFE, "{} accepts more: {detail}", "what is passed so far is among it"),
    ("takes-less", CHANGED, BREAKING, "{} accepts less: {detail}", "calls may pass the rest"),
    ("gives-more", CHANGED, BREAKING, "{} can be more: {detail}", "code doesn't expect the rest"),
    ("gives-less", CHANGED, SAFE, "{} can be less: {detail}", "code expects what is left"),
    ("type-changed", CHANGED, BREAKING, "{} has another type: {detail}",
     "neither type holds all of the other"),
)  # fmt: skip

# Of the SDK itself, in the work tree: users never see it, since the build fails before.
FACADE: Final = _rules(
    ("import-broken", REMOVED, BREAKING, "{} imports what was removed: {detail}",
     "the SDK itself can't be imported"),
)  # fmt: skip

RULES: Final = OPERATIONS | SENT | ANSWERED | SCHEMAS | PYTHON | FACADE
DEPRECATIONS: Final = frozenset({"operation-deprecated", "field-deprecated"})
