# Generated from openapi/liminal.yaml by ./codegen.sh; do not edit.

"""DeidentifiedToken."""

from __future__ import annotations

from typing import Any, Final, Self, final

import attrs

from ..decode import At, an_object, decode_error, mutable_twin
from ..encode import hidden


@final
@attrs.frozen(kw_only=True, weakref_slot=False)
class DeidentifiedToken:
    """A place in an earlier turn where sensitive text was replaced."""

    deid_text: str | None = attrs.field(default=None, repr=hidden)
    """The placeholder, such as `PERSON_0`."""
    hash_text: str | None = attrs.field(default=None, repr=hidden)
    """The base64 hash of the same text in `textHashed`."""

    @classmethod
    def from_dict(cls, src: object, at: At = None) -> Self:
        """Decode the JSON object at the place ``at``; DecodeError when it does not fit."""
        given = an_object(src, at)
        draft: Any = _Mutable()
        draft.deid_text = value = given.get("deidText")
        if value is not None and type(value) is not str:
            raise decode_error(value, "a string", (at, "deidText"))
        draft.hash_text = value = given.get("hashText")
        if value is not None and type(value) is not str:
            raise decode_error(value, "a string", (at, "hashText"))
        draft.__class__ = cls
        model: Self = draft
        return model

    def to_dict(self) -> dict[str, Any]:
        """Encode as a JSON object, without the optional fields that are None."""
        fields: dict[str, Any] = {}
        if self.deid_text is not None:
            fields["deidText"] = self.deid_text
        if self.hash_text is not None:
            fields["hashText"] = self.hash_text
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

        return json_schema(cls, {"deid_text": "deidText", "hash_text": "hashText"}, within)


_Mutable: Final = mutable_twin(DeidentifiedToken)
