"""Makes packages to test: by our templates, or by those that the generator comes with."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from inspect import signature
from pathlib import Path
from types import ModuleType
from typing import Any

from jinja2 import Environment
from openapi_python_client import Project
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser import GeneratorData
from ruamel.yaml import YAML

from scripts.codegen.contract.document import Contract
from scripts.codegen.contract.operations import Operation, operations
from scripts.codegen.client.generate import generate
from scripts.codegen.rules import check

ROOT = Path(__file__).parents[2]
CONTRACT = ROOT / "openapi/liminal.yaml"
FEATURES = Path(__file__).with_name("features.yaml")
# The least that the schema ``Document`` there allows.
DOCUMENT = {"name": "a", "title": None, "priority": 1, "extra": {"any": ["thing"]}}


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


@cache
def our_operations() -> tuple[Operation, ...]:
    """The operations of the contract."""
    return tuple(operations(Contract(CONTRACT)))


def with_features(*prefixes: str) -> dict[str, Any]:
    """Give the contract as it would be if the API gained what `features.yaml` holds.

    With ``prefixes``, only the paths that begin with one of these.
    """
    data, features = read(CONTRACT), read(FEATURES)
    data["paths"] |= {
        path: item
        for path, item in features["paths"].items()
        if not prefixes or path.startswith(prefixes)
    }
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


def make_stock(contract: Path, folder: Path) -> Package:
    """Generate a package with the generator's own templates."""
    config = Config.from_sources(
        ConfigFile(package_name_override=folder.name, post_hooks=[]),
        meta_type=MetaType.NONE,
        document_source=contract,
        file_encoding="utf-8",
        overwrite=False,
        output_path=folder,
    )
    data = GeneratorData.from_dict(read(contract), config=config)
    assert isinstance(data, GeneratorData)
    with contextlib.redirect_stdout(io.StringIO()):
        Project(openapi=data, config=config).build()
    return Package(folder.name, folder)


Check = Callable[[Package], None]
FAILS_ON_STOCK: list[Check] = []


def fails_on_stock(check: Check) -> Check:
    """Mark a test of one package that has to fail on what the generator makes by itself."""
    assert len(signature(check).parameters) == 1
    FAILS_ON_STOCK.append(check)
    return check


def whole(helper: str) -> Any:
    """Load a helper module with all that it may hold: the package that ships has what it needs."""
    source = (ROOT / "openapi/templates" / f"{helper}.py.jinja").read_text("utf-8")
    module = ModuleType(f"liminal_api.whole_{helper}")
    module.__package__ = "liminal_api"
    exec(Environment().from_string(source).render(), vars(module))
    return module
