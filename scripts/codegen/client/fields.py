"""What the templates show of a model's field: plain values and lines of Python."""

from __future__ import annotations

import builtins
import keyword
from dataclasses import dataclass
from typing import Any

from scripts.codegen.client import defaults
from scripts.codegen.client.docstrings import literal, text
from scripts.codegen.client.shapes import Absent, Constant, Nullable, Shape

# Names that a model's class body uses. A field of such a name gets an underscore.
TAKEN = {"additional_properties", "from_dict", "to_dict"}
TAKEN |= {"attrs", "classmethod", "deprecated", "hidden", "object", "property"}
TAKEN |= {"Any", "At", "File", "Literal", "NOT_GIVEN", "NotGiven", "Self", "UUID"}
TAKEN |= {"bool", "bytes", "date", "datetime", "dict", "float", "int", "list", "str"}


@dataclass(frozen=True)
class Field:
    """A property of a model. ``name`` is its attribute, ``key`` its name in JSON."""

    name: str
    key: str
    required: bool
    shape: Shape
    schema: dict[str, Any]
    is_sent: bool = False

    @property
    def annotation(self) -> str:
        return self.shape.annotation

    @property
    def doc(self) -> str:
        doc = text(self.schema)
        if not self.is_sent:
            return doc
        return defaults.described(doc, self.schema, self.shape, required=self.required)

    @property
    def absent(self) -> str:
        """Return the expression for an absent value."""
        return "NOT_GIVEN" if isinstance(self.shape, Absent) else "None"

    @property
    def deprecated(self) -> bool:
        return bool(self.schema.get("deprecated"))

    @property
    def slot(self) -> str:
        """Name the attribute. A deprecated field has a private one behind a property that warns."""
        return f"_{self.name}" if self.deprecated else self.name

    @property
    def sensitive(self) -> bool:
        return bool(self.schema.get("x-liminal-sensitive"))

    @property
    def shown(self) -> str:
        """Return the f-string part that shows the value in a model's repr."""
        value = f"self.{self.slot}"
        return f"{{hidden({value})}}" if self.sensitive else f"{{{value}!r}}"

    @property
    def declaration(self) -> str:
        """Return what follows the annotation: nothing, a default, or a call of ``field``."""
        options = {
            "default": self._default,
            "alias": literal(self.name) if self.deprecated else None,
            "repr": "hidden" if self.sensitive else None,
            # Equal models have equal hashes also when a field is left out, as one has to be whose
            # value can't be hashed.
            "hash": "False" if is_mutable(self.annotation) else None,
        }
        given = {key: value for key, value in options.items() if value is not None}
        if given.keys() <= {"default"}:
            return "".join(f" = {default}" for default in given.values())
        return f" = attrs.field({', '.join(f'{key}={value}' for key, value in given.items())})"

    @property
    def _default(self) -> str | None:
        applied = defaults.applied(self.schema, self.shape, required=self.required)
        if self.is_sent and applied is not None:
            return applied
        if not self.required:
            return self.absent
        return self.shape.literal if isinstance(self.shape, Constant) else None

    @property
    def decoding(self) -> list[str]:
        """Return the lines that decode the field from the dict ``given`` into ``draft``."""
        key, shape = literal(self.key), self.shape
        missing = "NOT_GIVEN" if isinstance(shape, Absent) else ""
        missing = "ABSENT" if self.required else missing
        source = f"given.get({key}, {missing})" if missing else f"given.get({key})"
        target, place = f"draft.{self.slot}", f"(at, {key})"
        if shape.mismatch is not None:
            return [
                f"{target} = value = {source}",
                f"if {shape.mismatch.format('value')}:",
                f"    raise decode_error(value, {literal(shape.expected)}, {place})",
            ]
        if shape.annotation == "Any" and self.required:
            return [f"{target} = a_value({source}, {place})"]
        decoded, lines = shape.decode("\0", "\1"), list[str]()
        for mark, name, expression in (("\0", "value", source), ("\1", "where", place)):
            often = decoded.count(mark) > 1
            lines += [f"{name} = {expression}"] if often else []
            decoded = decoded.replace(mark, name if often else expression)
        return [*lines, f"{target} = {decoded}"]

    @property
    def encoded(self) -> str:
        shape = self.shape
        if isinstance(shape, Nullable) and not self.required:
            shape = shape.inner
        return shape.encode(f"self.{self.slot}")


def is_mutable(annotation: str) -> bool:
    """Return whether a value of this type may be unhashable."""
    return any(part in annotation for part in ("Any", "dict[", "list["))


def attribute(name: str, taken: set[str]) -> str:
    """Undo the generator's underscore behind builtins' names: on a model ``type`` is no clash."""
    bare = name.removesuffix("_")
    if name in TAKEN:
        return f"{name}_"
    if bare in taken | TAKEN or keyword.iskeyword(bare) or not hasattr(builtins, bare):
        return name
    return bare
