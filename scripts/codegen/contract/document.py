"""The contract as it was read: its values, and the line in the file where each of them stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

Step = str | int
Where = tuple[Step, ...]


class Name(str):
    """A step that is a name which the author chose, not a keyword of OpenAPI."""

    __slots__ = ()


# Objects whose keys are names that the author chose, not words of OpenAPI.
NAMES = {"$defs", "callbacks", "content", "encoding", "headers", "links", "parameters", "pathItems"}
NAMES |= {"paths", "patternProperties", "properties", "requestBodies", "responses", "schemas"}
NAMES |= {"securitySchemes", "variables"}

# The values of these keys are data, even if they look like a schema or a reference.
DATA = {"const", "default", "enum", "example", "examples"}


@dataclass(frozen=True)
class Problem:
    """A problem of the contract, and its place."""

    path: Path
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.path.parent.name}/{self.path.name}:{self.line}: {self.reason}"


class ContractError(Exception):
    """The contract can't be used."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


class Contract:
    """An OpenAPI document, and where its parts stand in the file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            yaml = YAML(typ="safe", pure=True)
            root = yaml.compose(path.read_text(encoding="utf-8"))
            self._refuse_values(root)
            data = yaml.constructor.construct_document(root) if root else None
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = mark.line + 1 if mark else 1
            raise ContractError(Problem(path, line, str(error.problem or error.context))) from None
        except (YAMLError, UnicodeDecodeError, OSError) as error:
            raise ContractError(Problem(path, 1, str(error).splitlines()[0])) from None
        if not isinstance(data, dict):
            raise ContractError(Problem(path, 1, "this is not an OpenAPI document"))
        self.data: dict[str, Any] = data
        self._root: Node = root

    def _refuse_values(self, root: Node | None) -> None:
        """Refuse nodes that YAML allows and JSON doesn't, before they become values."""
        waiting, seen = [root], set[int]()
        while waiting:
            node = waiting.pop()
            if node is None or id(node) in seen:
                continue
            seen.add(id(node))
            reason = _reason(node)
            if reason:
                raise ContractError(Problem(self.path, node.start_mark.line + 1, reason))
            if isinstance(node, ScalarNode):
                continue
            pairs = node.value if isinstance(node, MappingNode) else [node.value]
            parts = [part for pair in pairs for part in pair]
            for part in parts:
                if not isinstance(part, ScalarNode) and _surrounds(part, node):
                    reason = f"the alias *{part.anchor} refers to a part that contains it"
                    raise ContractError(Problem(self.path, part.start_mark.line + 1, reason))
            waiting += parts

    def problem(self, where: Iterable[Step], reason: str) -> Problem:
        """Point at the part of the contract at ``where``."""
        return Problem(self.path, self._line(where), reason)

    def error(self, where: Iterable[Step], reason: str) -> ContractError:
        """Make an error of a single problem."""
        return ContractError(self.problem(where, reason))

    def _line(self, where: Iterable[Step]) -> int:
        """Return the line of a part, or of the innermost existing part on the way to it."""
        node: Node | None = self._root
        line = 1
        for step in where:
            key, node = _child(node, step)
            if node is None:
                break
            line = (key or node).start_mark.line + 1
        return line

    def resolve(self, found: Any) -> Any:
        """Return what ``follow`` does, without its place."""
        return self.follow((), found)[1]

    def follow(self, where: Where, found: Any) -> tuple[Where, Any]:
        """Return the target of a reference such as ``{$ref: "#/components/schemas/Thread"}``.

        Anything else, which is at ``where``, is returned unchanged. Raises KeyError if the target
        does not exist, and RecursionError if the reference leads back to itself.
        """
        seen: set[str] = set()
        while isinstance(found, dict) and isinstance(found.get("$ref"), str):
            reference: str = found["$ref"]
            if reference in seen:
                raise RecursionError(reference)
            seen.add(reference)
            if not reference.startswith("#/"):
                raise KeyError(reference)
            steps = reference.removeprefix("#/").split("/")
            where = tuple(step.replace("~1", "/").replace("~0", "~") for step in steps)
            found = self.data
            for step in where:
                found = found[step]
        return where, found


def read(path: Path) -> Contract:
    """Read a contract, which must not be modified: the same text is parsed only once."""
    try:
        return _same(path, path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, OSError):
        return Contract(path)  # its error says what is wrong


_known: dict[str, Contract] = {}


def _same(path: Path, text: str) -> Contract:
    if text not in _known:
        _known[text] = Contract(path)
    return _known[text]


def _reason(node: Node) -> str | None:
    """Return why a node can't be part of a contract, or None."""
    if not isinstance(node, ScalarNode):
        return None
    if node.tag == "tag:yaml.org,2002:timestamp":
        return f"{node.value} is a date in YAML, which JSON does not have: put it in quotes"
    if any("\ud800" <= character <= "\udfff" for character in node.value):
        return "the text holds half of a surrogate pair, which UTF-8 can't encode"
    return None


def _surrounds(outer: Node, node: Node) -> bool:
    """Return whether a node stands in another, or is that itself."""
    starts_first = outer.start_mark.index <= node.start_mark.index
    return bool(starts_first and node.end_mark.index <= outer.end_mark.index)


def _child(node: Node | None, step: Step) -> tuple[Node | None, Node | None]:
    match node:
        case MappingNode():
            found = [pair for pair in node.value if pair[0].value == str(step)]
            return found[0] if found else (None, None)
        case SequenceNode() if isinstance(step, int) and step < len(node.value):
            return None, node.value[step]
        case _:
            return None, None


def walk(
    data: Any, where: Where = (), *, names: bool = False
) -> Iterator[tuple[Where, dict[str, Any]]]:
    """Go through the objects of OpenAPI in ``data``, the outer ones first, each with its place.

    Left out are maps from names, of which only the values count, and data such as examples.
    In the places, each name is a ``Name``.
    """
    if isinstance(data, dict):
        if not names:
            yield where, data
        for key, value in data.items():
            word = not names and isinstance(key, str)
            step = Name(key) if names and isinstance(key, str) else key
            if not (word and (key in DATA or key.startswith("x-"))):
                yield from walk(value, (*where, step), names=word and key in NAMES)
    elif isinstance(data, list):
        for index, item in enumerate(data):
            yield from walk(item, (*where, index))


def keywords(where: Where) -> set[Step]:
    """Return the steps of a place that ``walk`` gave, without names."""
    return {step for step in where if not isinstance(step, Name)}
