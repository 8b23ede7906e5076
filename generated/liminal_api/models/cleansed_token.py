# Generated from openapi/liminal.yaml by ./codegen.sh; do not edit.

"""CleansedToken."""

from __future__ import annotations

from typing import Any, Final, Self, final

import attrs

from ..decode import ABSENT, At, an_object, decode_error, mutable_twin


@final
@attrs.frozen(kw_only=True, weakref_slot=False)
class CleansedToken:
    """A place where sensitive text was replaced."""

    start: int
    """The offset of its first character, from 0."""
    end: int
    """The offset after its last character."""
    entity_type: str
    """The placeholder, such as `PERSON_0`."""

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
        draft.__class__ = cls
        model: Self = draft
        return model

    def to_dict(self) -> dict[str, Any]:
        """Encode as a JSON object, without the optional fields that are None."""
        return {"start": self.start, "end": self.end, "entityType": self.entity_type}

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


_Mutable: Final = mutable_twin(CleansedToken)
