"""Python source for the values of a contract: their type, how they are decoded and encoded.

The generator's own property templates say this in Jinja, one file a type; they neither check what
comes in nor can say where a mistake was. Here each of the generator's properties becomes a `Shape`,
and the templates ask it for expressions. What the expressions call is in ``codec.py.jinja``.
"""

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


@dataclass(frozen=True)
class Discriminator:
    """How the variants of a union are told apart: by the value of one property."""

    key: str
    variants: Mapping[str, str]  # value -> class name


@dataclass(frozen=True)
class Known:
    """What a property of the generator's doesn't tell: models by class name, and unions' discriminators.

    A property that refers to a model may hold a copy from before the model's properties were parsed.
    """

    models: Mapping[str, ModelProperty]
    discriminators: Mapping[frozenset[str], Discriminator]


@dataclass(frozen=True)
class Shape:
    """A value of any type. ``value`` and ``at`` (its place) are names or expressions in the code."""

    annotation: str = "Any"
    # A condition on `{}` that holds when a value does not fit, where one line can say it.
    misfit: str | None = None
    expected: str = "anything"

    def decode(self, value: str, _at: str, _depth: int = 0) -> str:
        """Give an expression that checks ``value`` and turns it into what the model holds."""
        return value

    def encode(self, value: str, _depth: int = 0) -> str:
        """Give an expression for the JSON value; ``value`` itself where the two are the same."""
        return value

    def text(self, value: str) -> str:
        """Give an expression for the text that stands for ``value`` in a URL, a header or a form."""
        return f"as_text({value})"

    def models(self) -> frozenset[tuple[str, str]]:
        """Name the modules of ``models`` that the code needs, and what it needs from them."""
        return frozenset()


@dataclass(frozen=True)
class Anything(Shape):
    """JSON that the contract says nothing about."""


@dataclass(frozen=True)
class Scalar(Shape):
    """A value that is in Python what it is in JSON, checked by ``decoder``."""

    decoder: str = ""

    def decode(self, value: str, at: str, _depth: int = 0) -> str:
        return f"{self.decoder}({value}, {at})"


@dataclass(frozen=True)
class Converted(Scalar):
    """A value that JSON can only write as a string, such as a time."""

    encoder: str = "str"

    def encode(self, value: str, _depth: int = 0) -> str:
        return f"{self.encoder}({value})"


@dataclass(frozen=True)
class Constant(Shape):
    """A value that never varies."""

    literal: str = ""

    def decode(self, value: str, at: str, _depth: int = 0) -> str:
        return f"a_constant({self.literal}, {value}, {at})"


@dataclass(frozen=True)
class Enumeration(Shape):
    """One of the values that the contract knows, or another: all enumerations are open."""

    name: str = ""
    module: str = ""
    base: str = "str"

    def decode(self, value: str, at: str, _depth: int = 0) -> str:
        return f"a_known_{self.base}({self.members}, {value}, {at})"

    def encode(self, value: str, _depth: int = 0) -> str:
        return f"{self.base}({value})"

    @property
    def members(self) -> str:
        return f"{self.module.upper()}_MEMBERS"

    def models(self) -> frozenset[tuple[str, str]]:
        return frozenset({(self.module, self.name), (self.module, self.members)})


@dataclass(frozen=True)
class Model(Shape):
    """An object with properties of its own: a generated class."""

    module: str = ""

    def decode(self, value: str, at: str, _depth: int = 0) -> str:
        return f"{self.annotation}.from_dict({value}, {at})"

    def encode(self, value: str, _depth: int = 0) -> str:
        return f"{value}.to_dict()"

    def models(self) -> frozenset[tuple[str, str]]:
        return frozenset({(self.module, self.annotation)})


@dataclass(frozen=True)
class Array(Shape):
    """A list of like values."""

    item: Shape = Shape()

    def decode(self, value: str, at: str, depth: int = 0) -> str:
        item, index = _name("item", depth), _name("index", depth)
        decoded = self.item.decode(item, f"({at}, {index})", depth + 1)
        if decoded == item:
            return f"an_array({value}, {at})"
        return f"[{decoded} for {index}, {item} in enumerate(an_array({value}, {at}))]"

    def encode(self, value: str, depth: int = 0) -> str:
        item = _name("item", depth)
        encoded = self.item.encode(item, depth + 1)
        return value if encoded == item else f"[{encoded} for {item} in {value}]"

    def models(self) -> frozenset[tuple[str, str]]:
        return self.item.models()


@dataclass(frozen=True)
class Mapped(Shape):
    """An object whose keys the contract doesn't know. They are content, so no error names them."""

    item: Shape = Shape()

    def decode(self, value: str, at: str, depth: int = 0) -> str:
        item, key = _name("item", depth), _name("key", depth)
        decoded = self.item.decode(item, f'({at}, "*")', depth + 1)
        if decoded == item:
            return f"an_object({value}, {at})"
        return f"{{{key}: {decoded} for {key}, {item} in an_object({value}, {at}).items()}}"

    def encode(self, value: str, depth: int = 0) -> str:
        item, key = _name("item", depth), _name("key", depth)
        encoded = self.item.encode(item, depth + 1)
        return (
            value
            if encoded == item
            else f"{{{key}: {encoded} for {key}, {item} in {value}.items()}}"
        )

    def models(self) -> frozenset[tuple[str, str]]:
        return self.item.models()


@dataclass(frozen=True)
class Nullable(Shape):
    """A value, or null."""

    inner: Shape = Shape()

    def decode(self, value: str, at: str, depth: int = 0) -> str:
        return f"None if {value} is None else {self.inner.decode(value, at, depth)}"

    def encode(self, value: str, depth: int = 0) -> str:
        encoded = self.inner.encode(value, depth)
        return value if encoded == value else f"None if {value} is None else {encoded}"

    def models(self) -> frozenset[tuple[str, str]]:
        return self.inner.models()


@dataclass(frozen=True)
class Union(Shape):
    """One of several shapes, tried in turn."""

    choices: tuple[Shape, ...] = ()

    def decode(self, value: str, at: str, depth: int = 0) -> str:
        choices = ", ".join(_decoder(choice, depth) for choice in self.choices)
        return f"a_union({value}, {at}, {choices})"

    def encode(self, value: str, _depth: int = 0) -> str:
        return f"as_json({value})"

    def models(self) -> frozenset[tuple[str, str]]:
        return frozenset().union(*(choice.models() for choice in self.choices))


@dataclass(frozen=True)
class Variant(Union):
    """One of several models, told apart by a property; one that the contract doesn't know stays a dict."""

    discriminator: Discriminator = Discriminator("", {})

    def decode(self, value: str, at: str, depth: int = 0) -> str:
        variants = ", ".join(
            f"{text!r}: {name}.from_dict" for text, name in self.discriminator.variants.items()
        )
        return f"a_variant({value}, {at}, {self.discriminator.key!r}, {{{variants}}})"


def _name(base: str, depth: int) -> str:
    return base if depth == 0 else f"{base}_{depth + 1}"


def _decoder(shape: Shape, depth: int) -> str:
    """Give a function ``(value, at)`` that decodes ``shape``."""
    decoded = shape.decode("value", "at", depth)
    function, _, arguments = decoded.partition("(")
    if arguments == "value, at)":
        return function
    return f"lambda value, at: {decoded}"


STRING = Scalar("str", "type({}) is not str", "a string", "a_string")
SCALARS: Mapping[type[PropertyProtocol], Shape] = {
    AnyProperty: Anything(),
    StringProperty: STRING,
    IntProperty: Scalar("int", "type({}) is not int", "an integer", "an_integer"),
    BooleanProperty: Scalar("bool", "type({}) is not bool", "a boolean", "a_boolean"),
    FloatProperty: Scalar("float", None, "a number", "a_number"),
    DateTimeProperty: Converted("datetime", None, "a time", "a_datetime", "as_text"),
    DateProperty: Converted("date", None, "a date", "a_date", "as_text"),
    UuidProperty: Converted("UUID", None, "a UUID", "a_uuid", "as_text"),
    FileProperty: Shape("File"),
    NoneProperty: Constant("None", literal="None"),
}


def shape_of(prop: PropertyProtocol, known: Known) -> Shape:
    """Tell how the generator's property is written in Python, optional or not."""
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
            info, base = prop.class_info, prop.value_type.__name__
            return Enumeration(
                f"{info.name} | {base}", name=info.name, module=info.module_name, base=base
            )
        case ModelProperty():
            return _object(prop, known)
        case _:
            return SCALARS[type(prop)]


def is_map(model: ModelProperty) -> bool:
    """Say whether an object has no properties of its own, so that a dict says all there is to say."""
    return not (model.required_properties or model.optional_properties)


def _object(model: ModelProperty, known: Known) -> Shape:
    processed = known.models[model.class_info.name]
    if not is_map(processed):
        return Model(model.class_info.name, module=model.class_info.module_name)
    extra = processed.additional_properties
    item = Anything() if extra is None else shape_of(extra, known)
    return Mapped(f"dict[str, {item.annotation}]", item=item)


def _union(prop: UnionProperty, known: Known) -> Shape:
    choices = [
        shape_of(inner, known)
        for inner in prop.inner_properties
        if not isinstance(inner, NoneProperty)
    ]
    if len(choices) < len(prop.inner_properties):
        return nullable(_one_of(choices, known))
    return _one_of(choices, known)


def _one_of(choices: list[Shape], known: Known) -> Shape:
    if len(choices) == 1:
        return choices[0]
    names = [choice.annotation for choice in choices]
    discriminator = known.discriminators.get(frozenset(names))
    if discriminator is None:
        return Union(" | ".join(names), choices=tuple(choices))
    annotation = " | ".join([*names, "dict[str, Any]"])
    return Variant(annotation, choices=tuple(choices), discriminator=discriminator)


def nullable(shape: Shape) -> Shape:
    """Let the value also be None."""
    if isinstance(shape, Nullable) or shape.annotation in {"None", "Any"}:
        return shape
    misfit = (
        None
        if shape.misfit is None
        else f"{{0}} is not None and {shape.misfit}".replace("{}", "{0}")
    )
    return Nullable(f"{shape.annotation} | None", misfit, f"{shape.expected} or null", inner=shape)
