"""Make the package ``liminal_api`` from the contract, by openapi-python-client and our templates."""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys
from pathlib import Path

from openapi_python_client import Project
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.errors import GeneratorError
from openapi_python_client.strings import ClassName, PythonIdentifier

from scripts.codegen import views
from scripts.codegen.contract import Contract
from scripts.codegen.prepare import Operation, operations, prepared
from scripts.codegen.shapes import Known, is_map

# Templates of ours for which the generator has none, and the files they become.
ADDED = {"codec.py.jinja": "codec.py", "security.py.jinja": "security.py"}


def generate(contract: Contract, folder: Path, into: Path) -> None:
    """Generate the package into ``into``; ``folder`` holds generator.yaml and the templates."""
    config = _config(folder / "generator.yaml", contract.path, into)
    data = GeneratorData.from_dict(prepared(contract), config=config)
    if isinstance(data, GeneratorError):
        raise contract.error((), f"{data.header} {data.detail}")
    known = Known({model.class_info.name: model for model in data.models}, {})
    data.models = [model for model in data.models if not is_map(model)]
    project = Project(openapi=data, config=config, custom_template_path=folder / "templates")
    _equip(project, contract, known)
    with contextlib.redirect_stdout(io.StringIO()):
        errors = project.build()
    for error in errors:
        raise contract.error((), f"{error.header} {error.detail}")
    _add(project, into)
    _format(into)


def _config(path: Path, source: Path, into: Path) -> Config:
    return Config.from_sources(
        ConfigFile.load_from_path(path),
        meta_type=MetaType.NONE,
        document_source=source,
        file_encoding="utf-8",
        overwrite=True,
        output_path=into,
    )


def _equip(project: Project, contract: Contract, known: Known) -> None:
    """Give the templates what the generator's own classes don't know."""
    prefix = project.config.field_prefix
    shown = views.Views(contract, known)
    by_name: dict[str, Operation] = {
        PythonIdentifier(operation.id, prefix): operation for _, operation in operations(contract)
    }
    project.env.globals.update(
        fields=shown.fields,
        extra=shown.extra,
        needs=shown.needs,
        call=lambda endpoint: views.call(shown, by_name[endpoint.name], endpoint),
        class_of=lambda name: ClassName(name, prefix),
        module_of=lambda name: PythonIdentifier(
            ClassName(name, prefix), prefix
        ),
        schemes=contract.data.get("components", {}).get("securitySchemes", {}),
        contract=contract.data,
    )


def _add(project: Project, into: Path) -> None:
    for template, name in ADDED.items():
        text = project.env.get_template(template).render()
        (into / name).write_text(text, encoding="utf-8")
    (into / "py.typed").touch()


def _format(folder: Path) -> None:
    """Sort and clear imports, and format, with settings of its own: the project's may change."""
    ruff = [sys.executable, "-m", "ruff"]
    alone = ["--isolated", "--no-cache", "--quiet", "--line-length=100", "--target-version=py311"]
    rules = ["--select=F401,I", "--fix"]
    dense = ["--config=lint.isort.split-on-trailing-comma=false"]
    denser = ["--config=format.skip-magic-trailing-comma=true"]
    _run([*ruff, "check", *alone, *rules, *dense, str(folder)])
    _run([*ruff, "format", *alone, *denser, str(folder)])


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{command[2]} {command[3]} failed:\n{done.stdout}{done.stderr}")
