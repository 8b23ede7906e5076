"""Python source for the values of a contract: their type, how they are decoded and encoded.

The generator's own property templates say this in Jinja, a file for each type; they neither check
what comes in nor can say where a mistake is. Here each of the generator's properties becomes a
`Shape` (see ``properties.py``), and the templates ask it for expressions. What these call is in
``decode.py.jinja`` and ``encode.py.jinja``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from scripts.codegen.client.docstrings import literal

Needs = frozenset[tuple[str, str]]  # (module of ``models``, name in it)


@dataclass(frozen=True)
class Discriminator:
    """The property whose value chooses a variant of a union."""

    key: str
    variants: Mapping[str, str]  # value -> class name


@dataclass(frozen=True)
class Shape:
    """A value in Python; here, one that the contract says nothing about.

    ``value`` and ``at`` (its place) are names or expressions in the code, ``depth`` counts the
    comprehensions around it.
    """

    annotation: str = "Any"
    # A condition on `{0}` that holds when a value does not fit, where one line can say so.
    mismatch: str | None = None
    expected: str = "anything"

    def decode(self, value: str, at: str, depth: int = 0) -> str:
        """Return an expression that checks ``value`` and turns it into what a model holds."""
        del at, depth
        return value

    def encode(self, value: str, depth: int = 0) -> str:
        """Return an expression for the JSON value; ``value`` itself where the two are the same."""
        del depth
        return value

    def needs(self) -> Needs:
        """Name what the code needs of the package ``models``."""
        return frozenset()


@dataclass(frozen=True)
class Scalar(Shape):
    """A value that one function decodes; ``encoder`` is empty where JSON has the type itself."""

    decoder: str = ""
    encoder: str = ""

    def decode(self, value: str, at: str, depth: int = 0) -> str:
        del depth
        return f"{self.decoder}({value}, {at})"

    def encode(self, value: str, depth: int = 0) -> str:
        del depth
        return f"{self.encoder}({value})" if self.encoder else value


@dataclass(frozen=True)
class Constant(Shape):
    """A value that never varies."""

    literal: str = ""

    def decode(self, value: str, at: str, depth: int = 0) -> str:
        del depth
        return f"a_constant({self.literal}, {value}, {at})"


@dataclass(frozen=True)
class Enumeration(Shape):
    """A value that the contract lists, or any other one: all enumerations are open.

    ``values`` maps each, as Python source, to its member.
    """

    name: str = ""
    module: str = ""
    base: str = "str"
    values: Mapping[str, str] = field(default_factory=dict[str, str], hash=False)

    def decode(self, value: str, at: str, depth: int = 0) -> str:
        del depth
        return f"a_known_{self.base}({self.members}, {value}, {at})"

    def encode(self, value: str, depth: int = 0) -> str:
        del depth
        return f"{self.base}({value})"

    @property
    def members(self) -> str:
        return f"{self.module.upper()}_MEMBERS"

    def needs(self) -> Needs:
        return frozenset({(self.module, self.name), (self.module, self.members)})


@dataclass(frozen=True)
class Model(Shape):
    """An object with properties of its own: a generated class."""

    module: str = ""

    def decode(self, value: str, at: str, depth: int = 0) -> str:
        del depth
        return f"{self.annotation}.from_dict({value}, {at})"

    def encode(self, value: str, depth: int = 0) -> str:
        del depth
        return f"{value}.to_dict()"

    def needs(self) -> Needs:
        return frozenset({(self.module, self.annotation)})


@dataclass(frozen=True)
class Array(Shape):
    """A list of values of one shape."""

    item: Shape = Shape()

    def decode(self, value: str, at: str, depth: int = 0) -> str:
        item, index = _name("item", depth), _name("index", depth)
        array = f"an_array({value}, {at})"
        decoded = self.item.decode(item, f"({at}, {index})", depth + 1)
        if decoded == item:
            return array
        return f"[{decoded} for {index}, {item} in enumerate({array})]"

    def encode(self, value: str, depth: int = 0) -> str:
        item = _name("item", depth)
        encoded = self.item.encode(item, depth + 1)
        return value if encoded == item else f"[{encoded} for {item} in {value}]"

    def needs(self) -> Needs:
        return self.item.needs()


@dataclass(frozen=True)
class Mapped(Shape):
    """An object whose keys the contract doesn't know. They are content, so no error names them."""

    item: Shape = Shape()

    def decode(self, value: str, at: str, depth: int = 0) -> str:
        item, key = _name("item", depth), _name("key", depth)
        mapping = f"an_object({value}, {at})"
        decoded = self.item.decode(item, f'({at}, "*")', depth + 1)
        if decoded == item:
            return mapping
        return f"{{{key}: {decoded} for {key}, {item} in {mapping}.items()}}"

    def encode(self, value: str, depth: int = 0) -> str:
        item, key = _name("item", depth), _name("key", depth)
        encoded = self.item.encode(item, depth + 1)
        if encoded == item:
            return value
        return f"{{{key}: {encoded} for {key}, {item} in {value}.items()}}"

    def needs(self) -> Needs:
        return self.item.needs()


@dataclass(frozen=True)
class Nullable(Shape):
    """A value, or null."""

    inner: Shape = Shape()

    def decode(self, value: str, at: str, depth: int = 0) -> str:
        return f"None if {value} is None else {self.inner.decode(value, at, depth)}"

    def encode(self, value: str, depth: int = 0) -> str:
        encoded = self.inner.encode(value, depth)
        return value if encoded == value else f"None if {value} is None else {encoded}"

    def needs(self) -> Needs:
        return self.inner.needs()


@dataclass(frozen=True)
class Absent(Shape):
    """A value that a request may leave out, which differs from null."""

    inner: Shape = Shape()

    def decode(self, value: str, at: str, depth: int = 0) -> str:
        decoded = self.inner.decode(value, at, depth)
        return value if decoded == value else f"NOT_GIVEN if {value} is NOT_GIVEN else {decoded}"

    def encode(self, value: str, depth: int = 0) -> str:
        return self.inner.encode(value, depth)

    def needs(self) -> Needs:
        return self.inner.needs()


@dataclass(frozen=True)
class Union(Shape):
    """One of several shapes, tried in turn."""

    choices: tuple[Shape, ...] = ()

    def decode(self, value: str, at: str, depth: int = 0) -> str:
        choices = ", ".join(_decoder(choice, depth) for choice in self.choices)
        return f"a_union({value}, {at}, {choices})"

    def encode(self, value: str, depth: int = 0) -> str:
        del depth
        return f"as_json({value})"

    def needs(self) -> Needs:
        return frozenset[tuple[str, str]]().union(*(choice.needs() for choice in self.choices))


@dataclass(frozen=True)
class Variant(Union):
    """One of several models, chosen by a property. An unknown variant stays a dict."""

    discriminator: Discriminator = Discriminator("", {})

    def decode(self, value: str, at: str, depth: int = 0) -> str:
        del depth
        variants = ", ".join(
            f"{literal(text)}: {name}.from_dict"
            for text, name in self.discriminator.variants.items()
        )
        return f"a_variant({value}, {at}, {literal(self.discriminator.key)}, {{{variants}}})"


def _name(base: str, depth: int) -> str:
    return base if depth == 0 else f"{base}_{depth + 1}"


def _decoder(shape: Shape, depth: int) -> str:
    """Return a function of a value and its place that decodes ``shape``."""
    decoded = shape.decode("value", "at", depth)
    function, _, arguments = decoded.partition("(")
    return function if arguments == "value, at)" else f"lambda value, at: {decoded}"


def nullable(shape: Shape, expected: str | None = None) -> Shape:
    """Let the value also be None."""
    if isinstance(shape, Nullable) or shape.annotation in {"None", "Any"}:
        return shape
    mismatch = None if shape.mismatch is None else f"{{0}} is not None and {shape.mismatch}"
    annotation = f"{shape.annotation} | None"
    return Nullable(annotation, mismatch, expected or shape.expected, inner=shape)


def absent(shape: Shape) -> Shape:
    """Let the value also be left out."""
    mismatch = None if shape.mismatch is None else f"{{0}} is not NOT_GIVEN and {shape.mismatch}"
    annotation = "Any" if shape.annotation == "Any" else f"{shape.annotation} | NotGiven"
    return Absent(annotation, mismatch, shape.expected, inner=shape)


def needs_of(shapes: Iterable[Shape]) -> list[tuple[str, str]]:
    """Name what the code for all of these needs of the package ``models``."""
    return sorted(Needs().union(*(shape.needs() for shape in shapes)))
