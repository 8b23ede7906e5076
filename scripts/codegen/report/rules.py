"""What is safe and what is breaking: the rules of the report, all of them, each with its reason.

A change of the contract is *breaking* when a client generated before it no longer gets along with
the service after it, and a change of the Python surface when it stops a caller's code, or has a
strict type checker complain. Everything else is *safe*. tests/regeneration has an example of each.

What does not count, on purpose: what a failure answers (clients read its status alone), headers of
answers, servers, and constructors of models that are only answered (the client makes those).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What became of a thing."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True)
class Rule:
    """What one kind of change means to users, and why."""

    kind: Kind
    breaking: bool
    says: str
    why: str


def _safe(kind: Kind, says: str, why: str) -> Rule:
    return Rule(kind, breaking=False, says=says, why=why)


def _breaking(kind: Kind, says: str, why: str) -> Rule:
    return Rule(kind, breaking=True, says=says, why=why)


ADDED, CHANGED, REMOVED = Kind

OPERATIONS: Final = {
    "operation-added": _safe(ADDED, "is new", "nobody calls it yet"),
    "operation-removed": _breaking(REMOVED, "is gone", "the service answers 404"),
    "operation-moved": _breaking(CHANGED, "is elsewhere", "old clients ask at the old place"),
    "operation-renamed": _safe(CHANGED, "has another name", "names are not sent"),
    "operation-regrouped": _safe(CHANGED, "has another tag", "tags are not sent"),
    "operation-deprecated": _safe(CHANGED, "is deprecated", "it still works"),
    "operation-restored": _safe(CHANGED, "is no longer deprecated", "it works as before"),
    "repeatable": _safe(CHANGED, "may be repeated", "old clients repeat less than they may"),
    "not-repeatable": _breaking(
        CHANGED, "must not be repeated", "old clients retry it after a failure"
    ),
    "other-credentials": _breaking(
        CHANGED, "asks for other credentials", "old clients send those of before"
    ),
    "fewer-credentials": _safe(CHANGED, "accepts more credentials", "those of before still do"),
    "answer-added": _safe(ADDED, "may answer", "old clients read it as they read the others"),
    "answer-unreadable": _breaking(
        ADDED, "may answer", "old clients read it as something that it is not"
    ),
    "answer-removed": _safe(REMOVED, "no longer answers", "what never comes need not be read"),
    "body-added": _safe(ADDED, "answers with a body", "old clients pass over it"),
    "body-removed": _breaking(REMOVED, "answers without a body", "old clients read the body"),
    "media-added": _safe(ADDED, "also speaks", "old clients ask for the types that they know"),
    "media-removed": _breaking(REMOVED, "no longer speaks", "old clients know only that"),
    "stream-removed": _safe(REMOVED, "no longer streams", "old clients know another format, too"),
}

SENT: Final = {
    "argument-added": _safe(ADDED, "may be sent", "old clients leave it out"),
    "argument-demanded": _breaking(ADDED, "has to be sent", "old clients don't know it"),
    "argument-removed": _safe(
        REMOVED, "is no longer read", "the service passes over what it doesn't know"
    ),
    "argument-refused": _breaking(
        REMOVED, "is no longer accepted", "additionalProperties: false refuses what is unknown"
    ),
    "argument-required": _breaking(CHANGED, "has to be sent now", "old clients may leave it out"),
    "argument-optional": _safe(CHANGED, "may be left out now", "old clients still send it"),
    "argument-wider": _safe(CHANGED, "accepts more", "what old clients send is among it"),
    "argument-narrower": _breaking(CHANGED, "accepts less", "old clients may send the rest"),
    "argument-elsewhere": _breaking(
        CHANGED, "is sent in another way", "old clients send it as before"
    ),
}

ANSWERED: Final = {
    "field-added": _safe(ADDED, "is answered", "clients pass over fields they don't know"),
    "field-removed": _safe(REMOVED, "is gone", "it was optional: old clients read None"),
    "field-missing": _breaking(REMOVED, "is gone", "old clients require it"),
    "field-optional": _breaking(CHANGED, "may be absent now", "old clients require it"),
    "field-required": _safe(CHANGED, "is always there now", "old clients read it if it is there"),
    "field-wider": _breaking(CHANGED, "may be more", "old clients can't decode the rest"),
    "field-narrower": _safe(CHANGED, "may be less", "old clients decode all that is left"),
    "field-limits": _safe(CHANGED, "has other limits", "clients don't check those of answers"),
    "field-open": _safe(
        CHANGED, "may be more", "unknown values and variants are kept as they came"
    ),
}

SCHEMAS: Final = {
    "schema-added": _safe(ADDED, "is new", "nothing refers to it but what is new or changed"),
    "schema-removed": _safe(REMOVED, "is gone", "names of schemas are not sent"),
    "schema-renamed": _safe(CHANGED, "has another name", "names of schemas are not sent"),
    "field-deprecated": _safe(CHANGED, "is deprecated", "it is still there"),
    "field-restored": _safe(CHANGED, "is no longer deprecated", "it was there all the time"),
    "sensitive": _safe(CHANGED, "is left out of reprs", "it is sent as before"),
    "not-sensitive": _safe(CHANGED, "is shown in reprs", "it is sent as before"),
    "words": _safe(CHANGED, "is described in other words", "docstrings change with it"),
}

PYTHON: Final = {
    "name-added": _safe(ADDED, "is new", "nobody uses it yet"),
    "name-removed": _breaking(REMOVED, "is gone", "code that names it fails"),
    "name-renamed": _breaking(CHANGED, "has another name", "code that uses the old one fails"),
    "name-changed": _breaking(CHANGED, "is another kind of thing", "code uses it as what it was"),
    "base-removed": _breaking(CHANGED, "lost a base class", "code may catch or check the base"),
    "value-changed": _breaking(CHANGED, "has another value", "code may compare with the old one"),
    "parameter-added": _safe(ADDED, "may be given", "calls that leave it out mean what they meant"),
    "parameter-demanded": _breaking(ADDED, "has to be given", "calls so far don't"),
    "parameter-removed": _breaking(REMOVED, "is gone", "calls that give it fail"),
    "parameter-renamed": _breaking(CHANGED, "has another name", "calls give it by the old one"),
    "parameter-required": _breaking(CHANGED, "has to be given now", "calls may leave it out"),
    "parameter-optional": _safe(CHANGED, "may be left out now", "calls still give it"),
    "parameter-default": _breaking(
        CHANGED, "has another default", "calls that leave it out mean something else"
    ),
    "parameter-kind": _breaking(
        CHANGED, "is given in another way", "calls give it by place, or by name"
    ),
    "takes-more": _safe(CHANGED, "takes more", "what is given so far is among it"),
    "takes-less": _breaking(CHANGED, "takes less", "calls may give the rest"),
    "gives-more": _breaking(CHANGED, "may be more", "code does not expect the rest"),
    "gives-less": _safe(CHANGED, "may be less", "code expects all that is left"),
    "type-changed": _breaking(CHANGED, "has another type", "neither holds all of the other"),
}

# Of the SDK itself, in the work tree: users never see it, since the build fails before.
FACADE: Final = {
    "import-broken": _breaking(REMOVED, "imports what is gone", "the SDK itself can't be imported"),
}

RULES: Final = OPERATIONS | SENT | ANSWERED | SCHEMAS | PYTHON | FACADE
