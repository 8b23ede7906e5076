"""Where in the contract a name of `liminal_api` comes from."""

from __future__ import annotations

from openapi_python_client.strings import ClassName

from scripts.codegen.client.naming import PREFIX, python_name
from scripts.codegen.contract.operations import Operation, operations
from scripts.codegen.report.wire.forms import Form, Part
from scripts.codegen.report.wire.operations import parameter_places


def path_of(operation: Operation) -> str:
    """Return the path of an operation's module."""
    tag = (operation.data.get("tags") or ["default"])[0]
    return f"liminal_api.api.{python_name(tag)}.{python_name(operation.id)}"


def model_of(schema: str) -> str:
    """Return the path of a schema's class."""
    return f"liminal_api.models.{ClassName(schema, PREFIX)}"


def origins(whole: Part) -> dict[str, Part]:
    """Map names of `liminal_api` to their places in a contract; see `origin`."""
    found: dict[str, Part] = {}
    for operation in operations(whole.contract):
        module = path_of(operation)
        found[module] = whole.at(operation.where, operation.data)
        found.setdefault(module.rpartition(".")[0], found[module])
        for (_, name), where in parameter_places(whole.contract, operation).items():
            found[f"{module}({python_name(name)})"] = whole.at(where, {})
    for name, schema in whole.schemas().items():
        found[model_of(name)] = schema
        for key, one in Form(schema).properties.items():
            if one.where[:3] == schema.where:
                found[f"{model_of(name)}.{python_name(key)}"] = one
    return found


def origin(known: dict[str, Part], path: str) -> Part | None:
    """Look up a name, a parameter, or else their owners; None if it was written by hand."""
    name, bracket, parameter = path.partition("(")
    steps = name.split(".")
    owners = [".".join(steps[:count]) for count in range(len(steps), 2, -1)]
    paths = [f"{one}({parameter}" for one in owners if bracket] + owners
    return next((known[one] for one in paths if one in known), None)
