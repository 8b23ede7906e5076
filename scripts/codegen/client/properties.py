"""Which shape each of the generator's properties has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from openapi_python_client.parser.properties import AnyProperty, EnumProperty, ModelProperty
from openapi_python_client.parser.properties.boolean import BooleanProperty
from openapi_python_client.parser.properties.const import ConstProperty
from openapi_python_client.parser.properties.date import DateProperty
from openapi_python_client.parser.properties.datetime import DateTimeProperty
from openapi_python_client.parser.properties.file import FileProperty
from openapi_python_client.parser.properties.float import FloatProperty
from openapi_python_client.parser.properties.int import IntProperty
from openapi_python_client.parser.properties.list_property import ListProperty
from openapi_python_client.parser.properties.none import NoneProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol
from openapi_python_client.parser.properties.string import StringProperty
from openapi_python_client.parser.properties.union import UnionProperty
from openapi_python_client.parser.properties.uuid import UuidProperty

from scripts.codegen.client.shapes import (
    Array,
    Constant,
    Discriminator,
    Enumeration,
    Mapped,
    Model,
    Scalar,
    Shape,
    Union,
    Variant,
    nullable,
)


@dataclass(frozen=True)
class Known:
    """What the generator's properties leave out.

    ``models`` by class name: a property that refers to a model may hold a copy of it from before
    its own properties were parsed. ``discriminators`` by the class names of a union's variants.
    """

    models: Mapping[str, ModelProperty]
    discriminators: Mapping[frozenset[str], Discriminator]


ANYTHING = Shape()
SCALARS: Mapping[type[PropertyProtocol], Shape] = {
    AnyProperty: ANYTHING,
    StringProperty: Scalar("str", "type({0}) is not str", "a string", "a_string"),
    IntProperty: Scalar("int", "type({0}) is not int", "an integer", "an_integer"),
    BooleanProperty: Scalar("bool", "type({0}) is not bool", "a boolean", "a_boolean"),
    FloatProperty: Scalar("float", decoder="a_number"),
    DateTimeProperty: Scalar("datetime", decoder="a_datetime", encoder="as_text"),
    DateProperty: Scalar("date", decoder="a_date", encoder="as_text"),
    UuidProperty: Scalar("UUID", decoder="a_uuid", encoder="as_text"),
    FileProperty: Scalar("File", decoder="a_file"),
    NoneProperty: Constant("None", literal="None"),
}


def shape_of(prop: PropertyProtocol, known: Known) -> Shape:
    """Return a property's shape in Python, apart from whether it is optional."""
    match prop:
        case ListProperty():
            item = shape_of(prop.inner_property, known)
            return Array(f"list[{item.annotation}]", item=item)
        case UnionProperty():
            return _union(prop, known)
        case ConstProperty():
            literal = prop.value.python_code.as_unembedded_code()
            return Constant(f"Literal[{literal}]", literal=literal)
        case EnumProperty():
            name, module = prop.class_info.name, prop.class_info.module_name
            base = prop.value_type.__name__
            values = {_source(value): key for key, value in prop.values.items()}
            annotation = f"{name} | {base}"
            return Enumeration(annotation, name=name, module=module, base=base, values=values)
        case ModelProperty():
            return _object(known.models[prop.class_info.name], known)
        case _:
            return SCALARS[type(prop)]


def _source(value: object) -> str:
    """Write a value of an enumeration; the generator has escaped a text for double quotes."""
    return f'"{value}"' if isinstance(value, str) else str(value)


def is_map(model: ModelProperty) -> bool:
    """Return whether an object has no properties of its own, so that a dict is enough."""
    return not (model.required_properties or model.optional_properties)


def _object(model: ModelProperty, known: Known) -> Shape:
    if not is_map(model):
        return Model(model.class_info.name, module=model.class_info.module_name)
    extra = model.additional_properties
    item = ANYTHING if extra is None else shape_of(extra, known)
    return Mapped(f"dict[str, {item.annotation}]", item=item)


def _union(prop: UnionProperty, known: Known) -> Shape:
    inner = prop.inner_properties
    choices = [shape_of(one, known) for one in inner if not isinstance(one, NoneProperty)]
    if not choices:
        return SCALARS[NoneProperty]
    shape = choices[0] if len(choices) == 1 else _one_of(choices, known)
    if len(choices) == len(inner):
        return shape
    return nullable(shape, f"{shape.expected} or null")


def _one_of(choices: list[Shape], known: Known) -> Shape:
    names = [choice.annotation for choice in choices]
    discriminator = known.discriminators.get(frozenset(names))
    if discriminator is None:
        return Union(" | ".join(names), choices=tuple(choices))
    annotation = " | ".join([*names, "dict[str, Any]"])
    return Variant(annotation, choices=tuple(choices), discriminator=discriminator)
