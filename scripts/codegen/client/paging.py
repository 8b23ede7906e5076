"""How the list of an operation comes in pages: as `x-liminal-pagination` says, or by its shape.

On an operation, with names as they are sent, and places in the answer as dotted paths::

    x-liminal-pagination: {items: data, cursor: cursor, next: meta.nextCursor}
    x-liminal-pagination: {items: data, offset: offset, total: total}
    x-liminal-pagination: {items: data, page: page, more: hasMore}
    x-liminal-pagination: false     # not in pages, whatever it looks like

`total` and `more` are optional. A list that no parameter pages through is a single page.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from scripts.codegen.contract.document import Contract
from scripts.codegen.contract.operations import Operation
from scripts.codegen.contract.schema_refs import properties

EXTENSION = "x-liminal-pagination"
WAYS = ("cursor", "offset", "page")
PLACES = ("items", "next", "more", "total")

Path = tuple[str, ...]

# Names of parameters and properties without case and separators, as APIs commonly have them.
_PARAMETERS = {
    "cursor": {"cursor", "pagecursor", "pagetoken", "nexttoken", "after", "startingafter"}
    | {"nextcursor", "continuationtoken"},
    "offset": {"offset", "skip"},
    "page": {"page", "pagenumber"},
}
_NEXT = {"nextcursor", "nextpagetoken", "nexttoken", "endcursor", "next", "continuationtoken"}
_MORE = {"hasmore", "hasnext", "hasnextpage"}
_TOTAL = {"total", "totalcount"}
_AROUND = {"meta", "metadata", "pagination", "paging", "pageinfo"}  # what these may stand in


@dataclass(frozen=True)
class Paging:
    """How a list is paged through. ``parameter`` is the query's; empty for a single page."""

    items: Path
    way: str = ""
    parameter: str = ""
    next: Path | None = None
    more: Path | None = None
    total: Path | None = None


def paging(contract: Contract, operation: Operation) -> Paging | None:
    """Tell how an operation is paged through; None if its answer is no list, or can't be told."""
    answer = _answer(contract, operation)
    said = operation.data.get(EXTENSION)
    if answer is None or operation.streams:
        return None
    if isinstance(said, dict):
        places = {key: tuple(said[key].split(".")) for key in PLACES if key in said}
        way = next(way for way in WAYS if way in said)
        return Paging(way=way, parameter=said[way], **{"items": (), **places})
    return _by_shape(contract, operation, answer, paged=said is not False)


def _answer(contract: Contract, operation: Operation) -> Any:
    """Return the schema of the answer, if there is a single one, in JSON."""
    schemas = [
        body.get("schema")
        for status in operation.successes
        for name, body in operation.responses.get(status, {}).get("content", {}).items()
        if name == "application/json"
    ]
    return contract.resolve(schemas[0]) if len(operation.answers) == len(schemas) == 1 else None


def _by_shape(
    contract: Contract, operation: Operation, answer: dict[str, Any], *, paged: bool
) -> Paging | None:
    lists = [*_lists(contract, answer)]
    ways = [
        (way, name)
        for (location, name), parameter in operation.parameters.items()
        for way in WAYS
        if location == "query" and paged and _plain(name) in _PARAMETERS[way]
        if way == "cursor" or _type(contract, parameter.get("schema")) == "integer"
    ]
    if len(lists) != 1 or len(ways) > 1:
        return None
    if not ways:
        return Paging(lists[0])
    found = {
        key: _find(contract, answer, names, kinds)
        for key, names, kinds in (
            ("next", _NEXT, ("string", "integer")),
            ("more", _MORE, ("boolean",)),
            ("total", _TOTAL, ("integer",)),
        )
    }
    ((way, parameter),) = ways
    if way == "cursor" and found["next"] is None:
        return None
    return Paging(lists[0], way, parameter, **found)


def _lists(contract: Contract, answer: dict[str, Any]) -> Iterator[Path]:
    if _type(contract, answer) == "array":
        yield ()
    for key, found in properties(contract, answer).items():
        if _type(contract, found) == "array":
            yield (key,)


def _find(
    contract: Contract, answer: dict[str, Any], names: set[str], kinds: tuple[str, ...]
) -> Path | None:
    own = properties(contract, answer)
    around = [key for key in own if _plain(key) in _AROUND]
    levels = [((), own), *(((key,), properties(contract, own[key])) for key in around)]
    for path, level in levels:
        for key, found in level.items():
            if _plain(key) in names and _type(contract, found) in kinds:
                return (*path, key)
    return None


def _type(contract: Contract, schema: Any) -> str:
    """Return the type of a value, beside which it may be null."""
    found = contract.resolve(schema)
    if not isinstance(found, dict):
        return ""
    choices = [
        one for one in found.get("anyOf") or found.get("oneOf") or [] if one != {"type": "null"}
    ]
    if len(choices) == 1:
        return _type(contract, choices[0])
    kinds = found.get("type", "")
    kept = [one for one in ([kinds] if isinstance(kinds, str) else kinds) if one != "null"]
    return kept[0] if len(kept) == 1 else ""


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())


def paging_faults(contract: Contract, operation: Operation) -> Iterator[str]:
    """Find what is wrong with an operation's `x-liminal-pagination`."""
    said = operation.data.get(EXTENSION)
    if said is None or said is False:
        return
    ways = [way for way in WAYS if isinstance(said, dict) and way in said]
    if len(ways) != 1 or not said.keys() <= {*WAYS, *PLACES}:
        yield f"must be false, or name one of {', '.join(WAYS)}, beside {', '.join(PLACES)}"
        return
    if not all(isinstance(value, str) for value in said.values()):
        yield "takes names of parameters and dotted paths into the response"
        return
    if ("query", said[ways[0]]) not in operation.parameters:
        yield f"names {said[ways[0]]}, which is not a query parameter"
    if ways == ["cursor"] and "next" not in said:
        yield "must say where in the response the next cursor is: next"
    answer = _answer(contract, operation)
    if operation.streams or answer is None:
        yield "needs a single response, in JSON, and no stream"
        return
    for key in (key for key in PLACES if key in said):
        kind = _type(contract, _at(contract, answer, tuple(said[key].split("."))))
        if kind not in _KINDS[key]:
            yield f"names {said[key]}, whose type in the response is not {' or '.join(_KINDS[key])}"
    if "items" not in said and _type(contract, answer) != "array":
        yield "must say where in the response the list is: items"


_KINDS = {
    "items": ("array",),
    "next": ("string", "integer"),
    "more": ("boolean",),
    "total": ("integer",),
}


def _at(contract: Contract, answer: Any, path: Path) -> Any:
    for key in path:
        answer = properties(contract, answer).get(key, {})
    return answer
