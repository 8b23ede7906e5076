"""The contract as it was read: its values, and the line in the file where each of them stands."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

Step = str | int


class ContractError(Exception):
    """Something is wrong with the contract. The message says where and what."""

    def __init__(self, path: Path, line: int, reason: str) -> None:
        super().__init__(f"{path.name}:{line}: {reason}")


class Contract:
    """An OpenAPI document, and where its parts stand in the file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        text = path.read_text(encoding="utf-8")
        self._root = self._compose(text)
        self.data: dict[str, Any] = YAML(typ="safe", pure=True).load(text)

    def _compose(self, text: str) -> Node:
        try:
            root = YAML(typ="safe", pure=True).compose(text)
            YAML(typ="safe", pure=True).load(text)
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = mark.line + 1 if mark else 1
            raise ContractError(self.path, line, str(error.problem or error.context)) from None
        except YAMLError as error:
            raise ContractError(self.path, 1, str(error)) from None
        if not isinstance(root, MappingNode):
            raise ContractError(self.path, 1, "there is no OpenAPI document in it")
        return root

    def error(self, where: Iterable[Step], reason: str) -> ContractError:
        """Make an error that points at the part of the contract at ``where``."""
        return ContractError(self.path, self.line(where), reason)

    def line(self, where: Iterable[Step]) -> int:
        """Give the line of a part of the contract, or of the innermost part that is there."""
        node, line = self._root, 1
        for step in where:
            match node:
                case MappingNode():
                    found = [(key, value) for key, value in node.value if key.value == str(step)]
                    if not found:
                        break
                    key, node = found[0]
                    line = key.start_mark.line + 1
                case SequenceNode() if isinstance(step, int) and step < len(node.value):
                    node = node.value[step]
                    line = node.start_mark.line + 1
                case _:
                    break
        return line

    def find(self, key: str, value: object) -> list[tuple[Step, ...]]:
        """Name every place where an object has ``key: value``."""
        return [(*where, key) for where, found in walk(self.data) if found.get(key) == value]

    def resolve(self, reference: str) -> Any:
        """Give what a local reference such as ``#/components/schemas/Thread`` points at."""
        found: Any = self.data
        for step in reference.removeprefix("#/").split("/"):
            found = found[step.replace("~1", "/").replace("~0", "~")]
        return found


def walk(
    data: Any, where: tuple[Step, ...] = ()
) -> Iterable[tuple[tuple[Step, ...], dict[str, Any]]]:
    """Go through every object in ``data``, the outer ones first, with its place."""
    if isinstance(data, dict):
        yield where, data
        for key, value in data.items():
            yield from walk(value, (*where, key))
    elif isinstance(data, list):
        for index, item in enumerate(data):
            yield from walk(item, (*where, index))
