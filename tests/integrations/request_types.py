"""Walks through the fields of a package's request types, with their types."""

from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

import pydantic
import typing_extensions

from liminal import LiminalError
from liminal.integrations._protection.memory import Memory
from liminal.integrations._protection.outgoing import Fields, Outgoing

from .driving import ADA, Service


def fields_of(
    kind: Any, owner: str = "", seen: set[Any] | None = None
) -> Iterator[tuple[str, str, bool]]:
    """Yield the owner and name of every field, and whether it may contain free text."""
    seen = set() if seen is None else seen
    if not typing_extensions.is_typeddict(kind):
        for part in get_args(kind):
            if not isinstance(part, str | int):
                yield from fields_of(part, owner, seen)
        return
    if (kind, owner) in seen:
        return
    seen.add((kind, owner))
    hints = typing_extensions.get_type_hints(kind)
    tag = next((hints[key] for key in ("type", "role") if key in hints), None)
    tags = [one for one in get_args(tag) if isinstance(one, str)] or [owner]
    for name, hint in hints.items():
        for one in tags:
            yield one, name, _holds_text(hint)
        yield from fields_of(hint, name, seen)


def _holds_text(hint: Any) -> bool:
    if get_origin(hint) in {Literal, typing_extensions.Literal} or typing_extensions.is_typeddict(
        hint
    ):
        return False
    if hint in {str, object, Any}:
        return True
    return any(_holds_text(part) for part in get_args(hint) if not isinstance(part, str | int))


def lets_through(fields: Fields, body: Any) -> bool:
    """Whether a name in a request reaches the model: it is neither cleansed nor refused."""
    outgoing = Outgoing(fields, Memory(), allow_unchecked=False)
    try:
        return ADA in repr(Service().run(outgoing.request(body)))
    except LiminalError as refused:
        return "can't be checked" not in str(refused)


def answer_fields_of(
    kind: Any, owner: str = "", seen: set[Any] | None = None
) -> Iterator[tuple[str, str]]:
    """Yield the owner and name of every field of an answer's type, as in JSON."""
    seen = set() if seen is None else seen
    if not (isinstance(kind, type) and issubclass(kind, pydantic.BaseModel)):
        for part in get_args(kind):
            if not isinstance(part, str | int):
                yield from answer_fields_of(part, owner, seen)
        return
    if (kind, owner) in seen:
        return
    seen.add((kind, owner))
    fields = kind.model_fields
    tag = next((fields[key].annotation for key in ("type", "role") if key in fields), None)
    tags = [one for one in get_args(tag) if isinstance(one, str)] or [owner]
    for name, field in fields.items():
        for one in tags:
            yield one, field.alias or name
        yield from answer_fields_of(field.annotation, name, seen)
