# Generated from openapi/liminal.yaml by ./codegen.sh; do not edit.

"""HydratedToken."""

from __future__ import annotations

from typing import Any, Final, Self, final

import attrs

from ..decode import ABSENT, At, an_object, decode_error, mutable_twin
from ..encode import hidden


@final
@attrs.frozen(kw_only=True, weakref_slot=False)
class HydratedToken:
    """A place where the original text was restored."""

    start: int
    """The offset of its first character, from 0."""
    end: int
    """The offset after its last character."""
    entity_type: str
    """The replaced placeholder, such as `PERSON_0`."""
    text: str | None = attrs.field(default=None, repr=hidden)
    """The restored text."""

    @classmethod
    def from_dict(cls, src: object, at: At = None) -> Self:
        """Decode the JSON object at the place ``at``; DecodeError when it does not fit."""
        given = an_object(src, at)
        draft: Any = _Mutable()
        draft.start = value = given.get("start", ABSENT)
        if type(value) is not int:
            raise decode_error(value, "an integer", (at, "start"))
        draft.end = value = given.get("end", ABSENT)
        if type(value) is not int:
            raise decode_error(value, "an integer", (at, "end"))
        draft.entity_type = value = given.get("entityType", ABSENT)
        if type(value) is not str:
            raise decode_error(value, "a string", (at, "entityType"))
        draft.text = value = given.get("text")
        if value is not None and type(value) is not str:
            raise decode_error(value, "a string", (at, "text"))
        draft.__class__ = cls
        model: Self = draft
        return model

    def to_dict(self) -> dict[str, Any]:
        """Encode as a JSON object, without the optional fields that are None."""
        fields: dict[str, Any] = {
            "start": self.start,
            "end": self.end,
            "entityType": self.entity_type,
        }
        if self.text is not None:
            fields["text"] = self.text
        return fields

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: object) -> dict[str, Any]:
        """Tell pydantic how to take and give this model."""
        from ..pydantic_schema import core_schema

        return core_schema(cls)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core: object, handler: object, within: tuple[Any, ...] = ()
    ) -> dict[str, Any]:
        """Describe this model to pydantic in JSON Schema."""
        from ..pydantic_schema import json_schema

        return json_schema(cls, {"entity_type": "entityType"}, within)


_Mutable: Final = mutable_twin(HydratedToken)
