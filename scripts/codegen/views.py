"""What the templates show of a model and of an operation: plain values and lines of Python."""

from __future__ import annotations

import builtins
import keyword
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from openapi_python_client.parser.bodies import Body
from openapi_python_client.parser.openapi import Endpoint
from openapi_python_client.parser.properties import ModelProperty
from openapi_python_client.parser.properties.const import ConstProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol

from scripts.codegen.contract import Contract
from scripts.codegen.prepare import Operation
from scripts.codegen.shapes import (
    Constant,
    Known,
    Nullable,
    Shape,
    nullable,
    shape_of,
)

# Names that a model's methods and annotations use: a field that took one would hide it.
TAKEN = {"additional_properties", "from_dict", "to_dict", "to_multipart"}
TAKEN |= {
    "bool",
    "bytes",
    "date",
    "datetime",
    "dict",
    "float",
    "int",
    "list",
    "object",
    "str",
    "tuple",
}


@dataclass(frozen=True)
class Field:
    """A property of a model."""

    name: str
    key: str
    required: bool
    shape: Shape
    schema: dict[str, Any]

    @property
    def annotation(self) -> str:
        return self.shape.annotation

    @property
    def doc(self) -> str:
        return str(self.schema.get("description", "")).strip()

    @property
    def sensitive(self) -> bool:
        return bool(self.schema.get("x-liminal-sensitive"))

    @property
    def default(self) -> str | None:
        if not self.required:
            return "None"
        return self.shape.literal if isinstance(self.shape, Constant) else None

    @property
    def declaration(self) -> str:
        """Give what stands behind the annotation: nothing, a default, or a call of ``field``."""
        options = [] if self.default is None else [f"default={self.default}"]
        if self.sensitive:
            options.append("repr=hidden")
        if any(mutable in self.annotation for mutable in ("list[", "dict[", "Any")):
            options.append("hash=False")
        if not options:
            return ""
        return (
            f" = {self.default}"
            if options == [f"default={self.default}"]
            else f" = field({', '.join(options)})"
        )

    @property
    def decoding(self) -> list[str]:
        """Give the lines that decode the field from ``given`` into ``draft``."""
        source = f'given.get("{self.key}"' + (", ABSENT)" if self.required else ")")
        place = f'(at, "{self.key}")'
        if self.shape.misfit is not None:
            return [
                f"draft.{self.name} = value = {source}",
                f"if {self.shape.misfit.format('value')}:",
                f'    raise misfit(value, "{self.shape.expected}", {place})',
            ]
        decoded = self.shape.decode("value", "where")
        if "where)" not in decoded or decoded.count("where") > 1:
            lines = [f"value = {source}", f"where = {place}", f"draft.{self.name} = {decoded}"]
            return lines if "where" in decoded else [lines[0], lines[2]]
        decoded = decoded.replace("where", place)
        if decoded.count("value") == 1:
            return [f"draft.{self.name} = {decoded.replace('value', source)}"]
        return [f"value = {source}", f"draft.{self.name} = {decoded}"]

    @property
    def encoded(self) -> str:
        shape = (
            self.shape.inner
            if isinstance(self.shape, Nullable) and not self.required
            else self.shape
        )
        return shape.encode(f"self.{self.name}")


class Views:
    """Makes the views, from what the generator parsed and from the contract itself."""

    def __init__(self, contract: Contract, known: Known) -> None:
        self._contract = contract
        self._known = known

    def fields(self, model: ModelProperty) -> list[Field]:
        schemas = self._properties(_raw(model))
        props = [*(model.required_properties or []), *(model.optional_properties or [])]
        names = {str(prop.python_name) for prop in props}
        return [self._field(prop, schemas, names) for prop in props]

    def _field(self, prop: PropertyProtocol, schemas: dict[str, Any], names: set[str]) -> Field:
        key = prop.name.get_untrusted_value()
        shape = self.shape(prop)
        return Field(
            _attribute(str(prop.python_name), names),
            key,
            prop.required,
            shape,
            schemas.get(key, {}),
        )

    def shape(self, prop: PropertyProtocol) -> Shape:
        shape = shape_of(prop, self._known)
        return shape if prop.required else nullable(shape)

    def extra(self, model: ModelProperty) -> Shape | None:
        """Give the shape of the fields that the contract doesn't know, if they are kept."""
        extra = model.additional_properties
        return None if extra is None else shape_of(extra, self._known)

    def needs(self, model: ModelProperty) -> list[tuple[str, str]]:
        """Name the modules that a model's code needs, and what it needs from them."""
        shapes = [field.shape for field in self.fields(model)]
        extra = self.extra(model)
        shapes += [] if extra is None else [extra]
        needed = frozenset[tuple[str, str]]().union(*(shape.models() for shape in shapes))
        return sorted(pair for pair in needed if pair[0] != model.class_info.module_name)

    def _properties(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Collect the schemas of an object's properties, with what a ``$ref`` has to say about them."""
        found: dict[str, Any] = {}
        for part in schema.get("allOf", []):
            found |= self._properties(self._resolved(part))
        for key, value in (schema.get("properties") or {}).items():
            found[key] = self._resolved(value) | value
        return found

    def _resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        if "$ref" not in schema:
            return schema
        resolved: dict[str, Any] = self._contract.resolve(schema["$ref"])
        return resolved


def _raw(model: ModelProperty) -> dict[str, Any]:
    return model.data.model_dump(mode="json", by_alias=True, exclude_unset=True)


def _attribute(name: str, names: set[str]) -> str:
    """Undo the generator's underscore behind builtin names: as an attribute, ``type`` is no clash."""
    bare = name.removesuffix("_")
    if name in TAKEN:
        return f"{name}_"
    if bare in names or bare in TAKEN or keyword.iskeyword(bare) or not hasattr(builtins, bare):
        return name
    return bare


@dataclass(frozen=True)
class Argument:
    """A parameter of an operation, as an argument of its functions."""

    name: str
    key: str
    shape: Shape
    required: bool
    doc: str
    explode: bool

    @property
    def signature(self) -> str:
        if isinstance(self.shape, Constant):
            return f"{self.name}: {self.shape.annotation} = {self.shape.literal}"
        return f"{self.name}: {self.shape.annotation}" + ("" if self.required else " = None")


@dataclass(frozen=True)
class Call:
    """How an operation is called and what it answers."""

    operation: Operation
    path: list[Argument]
    query: list[Argument]
    header: list[Argument]
    cookie: list[Argument]
    body: Argument | None
    body_kind: str
    body_type: str
    answer: Shape | None
    chunk: str | None

    @property
    def arguments(self) -> list[Argument]:
        body = [] if self.body is None else [self.body]
        return [*self.path, *body, *self.query, *self.header, *self.cookie]

    @property
    def keywords(self) -> list[Argument]:
        return self.arguments[len(self.path) :]

    @property
    def url(self) -> str:
        """Give an expression for the path, each parameter quoted."""
        if not self.path:
            return f'"{self.operation.path}"'
        url = self.operation.path
        for argument in self.path:
            text = argument.shape.text(argument.name)
            url = url.replace(
                "{" + argument.key + "}", "{" + f"in_path('{argument.key}', {text})" + "}"
            )
        return f'f"{url}"'

    @property
    def accept(self) -> str:
        return "*/*" if self.answer is None else "application/json"

    @property
    def stream_accept(self) -> str:
        return ", ".join(self.operation.stream_types)

    @property
    def answer_type(self) -> str:
        return "None" if self.answer is None else self.answer.annotation

    @property
    def models(self) -> list[tuple[str, str]]:
        shapes = [argument.shape for argument in self.arguments]
        shapes += [] if self.answer is None else [self.answer]
        return sorted(frozenset().union(*(shape.models() for shape in shapes)))


def call(views: Views, operation: Operation, endpoint: Endpoint) -> Call:
    """View an operation that the generator parsed."""

    def arguments(location: str, props: Iterable[PropertyProtocol]) -> list[Argument]:
        return [_argument(views, operation, location, prop) for prop in props]

    body = endpoint.bodies[0] if endpoint.bodies else None
    answers = [
        views.shape(response.prop)
        for response in endpoint.responses
        if response.status_code.range
        and response.status_code.range[0] // 100 == 2
        and response.source["attribute"] != "None"
    ]
    return Call(
        operation=operation,
        path=arguments("path", endpoint.path_parameters),
        query=arguments("query", endpoint.query_parameters),
        header=arguments("header", endpoint.header_parameters),
        cookie=arguments("cookie", endpoint.cookie_parameters),
        body=None if body is None else _body(views, operation, body),
        body_kind="" if body is None else str(body.body_type),
        body_type="" if body is None else body.content_type.get_untrusted_value(),
        answer=answers[0] if answers else None,
        chunk=operation.chunk,
    )


def _argument(
    views: Views, operation: Operation, location: str, prop: PropertyProtocol
) -> Argument:
    key = prop.name.get_untrusted_value()
    parameter = operation.parameters[location, key]
    doc = str(parameter.get("description", "")).strip()
    return Argument(
        str(prop.python_name),
        key,
        views.shape(prop),
        prop.required,
        doc,
        parameter.get("explode", True),
    )


def _body(views: Views, operation: Operation, body: Body) -> Argument:
    doc = str(operation.data["requestBody"].get("description", "")).strip()
    return Argument("body", "body", views.shape(body.prop), body.prop.required, doc, explode=False)
