"""Makes contracts and packages to test."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from textwrap import indent
from types import ModuleType
from typing import Any

from jinja2 import Environment
from ruamel.yaml import YAML

from scripts.codegen.client.generate import generate
from scripts.codegen.contract.document import Contract
from scripts.codegen.contract.operations import Operation, operations
from scripts.codegen.rules import check

ROOT = Path(__file__).parents[2]
CONTRACT = ROOT / "openapi/liminal.yaml"
FEATURES = Path(__file__).with_name("features.yaml")
# The least that the schema ``Document`` there allows.
DOCUMENT = {"name": "a", "title": None, "priority": 1, "extra": {"any": ["thing"]}}


def copy_project(root: Path, parts: Iterable[str]) -> None:
    """Copy files and folders of the project, but no bytecode: other workers may be writing it."""
    for part in parts:
        (root / part).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, root / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(ROOT / part, root / part)


@dataclass(frozen=True)
class Package:
    """A generated package, imported by whatever name it has."""

    name: str
    folder: Path

    def module(self, path: str) -> Any:
        return import_module(f"{self.name}.{path}")

    def model(self, name: str) -> Any:
        return getattr(self.module("models"), name)

    def sources(self) -> dict[str, str]:
        files = self.folder.rglob("*.py")
        return {path.relative_to(self.folder).as_posix(): path.read_text("utf-8") for path in files}


def read(path: Path) -> dict[str, Any]:
    return deepcopy(_loaded(path.read_text(encoding="utf-8")))


@cache  # a large contract takes half a second
def _loaded(text: str) -> dict[str, Any]:
    data: dict[str, Any] = YAML(typ="safe", pure=True).load(text)
    return data


SCHEMAS: dict[str, Any] = read(CONTRACT)["components"]["schemas"]


def example(name: str, **changed: object) -> dict[str, Any]:
    """Give the contract's own example of a schema, with other values of these properties."""
    return deepcopy(SCHEMAS[name]["examples"][0]) | changed


def thread(**changed: object) -> dict[str, Any]:
    """Give an example of a thread with everything in it."""
    filled = {"modelInstance": example("ModelInstance", userId=3), "chats": [example("Chat")]}
    return example("Thread", **filled) | changed


@cache
def our_operations() -> tuple[Operation, ...]:
    """The operations of the contract."""
    return tuple(operations(Contract(CONTRACT)))


def with_features() -> dict[str, Any]:
    """Give the contract as it would be if the API gained what `features.yaml` holds."""
    data, features = read(CONTRACT), read(FEATURES)
    data["paths"] |= features["paths"]
    data["components"]["schemas"] |= features["components"]["schemas"]
    return data


def write(path: Path, data: dict[str, Any]) -> Path:
    """Write a contract: JSON is YAML, and keeps the order."""
    path.write_text(json.dumps(data, indent=1), encoding="utf-8")
    return path


def make_ours(contract: Path, folder: Path) -> Package:
    """Generate a package as ``./codegen.sh`` does."""
    read_contract = Contract(contract)
    check(read_contract)
    generate(read_contract, ROOT / "openapi", folder)
    return Package(folder.name, folder)


def small_contract(operation: str, *, schemas: str = "", paths: str = "", top: str = "") -> str:
    """Write a contract of one operation, to which these parts are added."""
    if "responses:" not in operation:
        operation += '\nresponses: {"204": {description: Done.}}\n'
    return f"""\
openapi: 3.1.0
info: {{title: Small, version: "1"}}
{top}
paths:
  /things:
    post:
      operationId: send_thing
      tags: [thing]
{indent(operation, "      ")}
{indent(paths, "  ")}
components:
  securitySchemes:
    key: {{type: http, scheme: bearer}}
    session: {{type: apiKey, in: cookie, name: session}}
  schemas:
    Thing: {{type: object, properties: {{name: {{type: string}}}}}}
{indent(schemas, "    ")}
"""


def whole(helper: str) -> Any:
    """Load a helper module with all that it may hold: the package that ships has what it needs."""
    source = (ROOT / "openapi/templates" / f"{helper}.py.jinja").read_text("utf-8")
    module = ModuleType(f"liminal_api.whole_{helper}")
    module.__package__ = "liminal_api"
    exec(Environment().from_string(source).render(), vars(module))
    return module
