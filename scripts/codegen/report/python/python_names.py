"""Where in the contract a name of `liminal_api` comes from."""

from __future__ import annotations

from openapi_python_client.strings import ClassName, PythonIdentifier

from scripts.codegen.contract.document import Contract, Where
from scripts.codegen.contract.operations import Operation, operations
from scripts.codegen.report.wire.forms import Form, Part
from scripts.codegen.report.wire.operations import parameter_places

PREFIX = "field_"


def module_of(operation_id: str) -> str:
    """Return the name of an operation's module."""
    return str(PythonIdentifier(operation_id, PREFIX))


def tag_of(operation: Operation) -> str:
    """Return the name of the package that an operation's module is in."""
    return str(PythonIdentifier((operation.data.get("tags") or ["default"])[0], PREFIX))


def path_of(operation: Operation) -> str:
    """Return the path of an operation's module."""
    return f"liminal_api.api.{tag_of(operation)}.{module_of(operation.id)}"


def model_of(schema: str) -> str:
    """Return the path of a schema's class."""
    return f"liminal_api.models.{ClassName(schema, PREFIX)}"


class Origins:
    """Maps names of `liminal_api` to their places in the contract."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self._modules = {module_of(one.id): one.where for one in operations(contract)}
        self._tags = {tag_of(one): one.where for one in reversed([*operations(contract)])}
        self._parameters = {
            (module_of(one.id), str(PythonIdentifier(name, PREFIX))): where
            for one in operations(contract)
            for (_, name), where in parameter_places(contract, one).items()
        }
        schemas = contract.data.get("components", {}).get("schemas", {})
        self._models = {model_of(name): ("components", "schemas", name) for name in schemas}

    def __call__(self, path: str) -> Where | None:
        """Return the place that a name comes from, or None: it was written by hand."""
        steps = path.split(".")
        if steps[:2] == ["liminal_api", "api"] and len(steps) > 2:
            if len(steps) > 5:
                return self._parameters.get((steps[3], steps[5]), self._modules.get(steps[3]))
            return self._modules.get(steps[3]) if len(steps) > 3 else self._tags.get(steps[2])
        model = self._models.get(".".join(steps[:3]))
        if model is None or len(steps) < 4:
            return model
        form = Form(Part(self.contract).schemas()[str(model[-1])])
        fields = {
            str(PythonIdentifier(key, PREFIX)): one.where for key, one in form.properties.items()
        }
        own = fields.get(steps[3], model)
        return own if own[:3] == model else model
