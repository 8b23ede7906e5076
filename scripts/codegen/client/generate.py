"""Make ``liminal_api`` from the contract, by openapi-python-client and our templates."""

from __future__ import annotations

import contextlib
import io
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from openapi_python_client import Project
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.errors import GeneratorError
from openapi_python_client.parser.openapi import Endpoint
from openapi_python_client.strings import ClassName, PythonIdentifier

from scripts.codegen.client.docstrings import docstring, literal, text
from scripts.codegen.client.paging import paging
from scripts.codegen.client.prepare import prepared
from scripts.codegen.client.properties import Known, is_map
from scripts.codegen.client.prune import prune
from scripts.codegen.client.shapes import Discriminator
from scripts.codegen.client.views import Views
from scripts.codegen.contract.document import Contract, ContractError, Problem, Where, walk
from scripts.codegen.contract.operations import operations

BANNER = "# Generated from openapi/liminal.yaml by ./codegen.sh; do not edit.\n\n"

# Files for which the generator has no template.
ADDED = ("decode.py", "deprecation.py", "encode.py", "pydantic_schema.py", "security.py")


def generate(contract: Contract, settings: Path, into: Path) -> None:
    """Generate the package into the folder ``into``, which must not exist.

    ``settings`` is the folder with generator.yaml and the templates. ContractError tells what the
    generator can't do with the contract.
    """
    config = _config(settings / "generator.yaml", contract.path, into)
    copied = prepared(contract)
    data = _parsed(contract, copied, config)
    known = Known(
        {model.class_info.name: model for model in data.models}, _discriminators(contract, config)
    )
    data.models = [model for model in data.models if not is_map(model)]
    project = Project(openapi=data, config=config, custom_template_path=settings / "templates")
    views = Views(copied, known, _endpoints(data))
    project.env.globals.update(_globals(contract, views, config))
    with contextlib.redirect_stdout(io.StringIO()):
        errors = project.build()
    _stop_at(contract, errors)
    for name in _added(project.env.globals):
        rendered = project.env.get_template(f"{name}.jinja").render()
        (into / name).write_text(rendered, encoding="utf-8")
    _finish(contract, into)


def _added(known: Any) -> Iterator[str]:
    yield from ADDED
    yield from ["streams.py"] if known["has_streams"] else []
    yield from ["pages.py"] if known["has_pages"] else []


def _config(path: Path, source: Path, into: Path) -> Config:
    return Config.from_sources(
        ConfigFile.load_from_path(path),
        meta_type=MetaType.NONE,
        document_source=source,
        file_encoding="utf-8",
        overwrite=False,
        output_path=into,
    )


def _parsed(contract: Contract, copied: Contract, config: Config) -> GeneratorData:
    try:
        data = GeneratorData.from_dict(copied.data, config=config)
    except Exception as error:  # noqa: BLE001 - the generator raises any error, such as ValueError
        raise contract.error((), f"the generator gave up: {error}") from None
    if isinstance(data, GeneratorError):
        raise ContractError(_misunderstood(contract, data))
    collections = data.endpoint_collections_by_tag.values()
    _stop_at(
        contract, [*data.errors, *(error for one in collections for error in one.parse_errors)]
    )
    return data


def _misunderstood(contract: Contract, error: GeneratorError) -> Problem:
    """Locate what the generator's model of OpenAPI can't hold, from its dotted path."""
    _, dotted, reason, *_ = [*(error.detail or "").splitlines(), "", "", ""]
    where: Where = ()
    found: Any = contract.data
    while dotted:
        children = dict(enumerate(found)) if isinstance(found, list) else found
        known = children if isinstance(children, dict) else {}
        fitting = [step for step in known if f"{dotted}.".startswith(f"{step}.")]
        if fitting:
            step = max(fitting, key=lambda fits: len(str(fits)))
            where, found = (*where, step), known[step]
            dotted = dotted[len(str(step)) + 1 :]
        else:  # A word of the generator's own, which tells the alternatives of a union apart.
            dotted = dotted.partition(".")[2]
    told = reason.strip().partition(" [type=")[0]
    return contract.problem(where, f"the generator can't handle this: {told}")


def _stop_at(contract: Contract, errors: Any) -> None:
    """Treat the generator's warnings as errors: it leaves out what it warns about."""
    problems = [_problem(contract, error) for error in errors]
    if problems:
        raise ContractError(*problems)


def _problem(contract: Contract, error: GeneratorError) -> Problem:
    # The generator puts some names into its messages as `<... object at 0x...>`.
    told = re.sub(r"<[\w.]+ object at \w+>", "…", f"{error.header} {error.detail or ''}")
    reason = " ".join(told.split())
    operation = re.search(r"\b(GET|PUT|POST|DELETE|OPTIONS|HEAD|PATCH|TRACE) (/\S*)", reason)
    component = re.search(r"/components/(\w+)/([^\s:]+)", reason)
    where: Where = ()
    if operation:
        where = ("paths", operation[2], operation[1].lower())
    elif component:
        where = ("components", component[1], component[2])
    return contract.problem(where, f"the generator can't handle this: {reason}")


def _discriminators(contract: Contract, config: Config) -> dict[frozenset[str], Discriminator]:
    found: dict[frozenset[str], Discriminator] = {}
    for _, schema in walk(contract.data):
        if isinstance(schema.get("discriminator"), dict):
            variants = _variants(schema)
            classes = {
                value: ClassName(name, config.field_prefix) for value, name in variants.items()
            }
            key = schema["discriminator"]["propertyName"]
            found[frozenset(classes.values())] = Discriminator(key, classes)
    return found


def _variants(schema: dict[str, Any]) -> dict[str, str]:
    """Map the values of a union's discriminator to schemas; a schema's own name is one, too."""
    references = [one["$ref"] for one in [*schema.get("oneOf", []), *schema.get("anyOf", [])]]
    names = [reference.rsplit("/", 1)[-1] for reference in references]
    given = schema["discriminator"].get("mapping", {})
    mapping = {value: reference.rsplit("/", 1)[-1] for value, reference in given.items()}
    return mapping | {name: name for name in names if name not in mapping.values()}


def _endpoints(data: GeneratorData) -> list[Endpoint]:
    return [one for group in data.endpoint_collections_by_tag.values() for one in group.endpoints]


def _globals(contract: Contract, views: Views, config: Config) -> dict[str, Any]:
    """Return the template variables that the generator itself doesn't pass."""
    prefix = config.field_prefix
    by_name = {PythonIdentifier(one.id, prefix): one for one in operations(contract)}
    return {
        "call": lambda endpoint: views.call(by_name[endpoint.name], endpoint),
        "docstring": docstring,
        "unknown": views.unknown,
        "fields": views.fields,
        "literal": literal,
        "has_pages": any(paging(contract, one) for one in by_name.values()),
        "has_streams": any(one.streams for one in by_name.values()),
        "needs": views.needs,
        "schemes": contract.data.get("components", {}).get("securitySchemes", {}),
        "text": text,
        "title": contract.data["info"]["title"],
    }


def _finish(contract: Contract, folder: Path) -> None:
    """Remove unused imports, format, and put a header on each file.

    With settings of its own, not the project's, so that nothing else changes the generated code.
    """
    settings = [
        "--isolated",
        "--no-cache",
        "--quiet",
        "--line-length=100",
        "--target-version=py311",
    ]
    dense = "lint.isort.split-on-trailing-comma=false", "format.skip-magic-trailing-comma=true"
    tidy = ["check", "--select=F401,I", "--fix", f"--config={dense[0]}"]
    for command in (tidy, [], tidy, ["format", f"--config={dense[1]}"]):
        if not command:
            prune(folder)
            continue
        ruff = [sys.executable, "-m", "ruff", *command, *settings, str(folder)]
        done = subprocess.run(ruff, capture_output=True, text=True, check=False)
        if done.returncode:
            told = " ".join(f"{done.stderr}{done.stdout}".replace(f"{folder}/", "").split())
            reason = (
                f"the generated code is not valid Python, as ruff {command[0]} says: {told[:300]}"
            )
            raise contract.error((), reason)
    for path in folder.rglob("*.py"):
        path.write_text(BANNER + path.read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "py.typed").touch()
