# Generated from openapi/liminal.yaml by ./codegen.sh; do not edit.

"""CleanseResponse."""

from __future__ import annotations

from typing import Any, Final, Self, final

import attrs

from ..decode import ABSENT, At, an_array, an_object, decode_error, mutable_twin
from ..encode import hidden
from .cleansed_token import CleansedToken


@final
@attrs.frozen(kw_only=True, weakref_slot=False)
class CleanseResponse:
    """A cleansed prompt, with placeholders and with hashes."""

    text: str = attrs.field(repr=hidden)
    """The prompt with placeholders such as `PERSON_0`."""
    items: list[CleansedToken] = attrs.field(hash=False)
    """The positions of the placeholders in `text`."""
    text_hashed: str = attrs.field(repr=hidden)
    """The prompt with base64 hashes in place of the placeholders."""
    items_hashed: list[CleansedToken] = attrs.field(hash=False)
    """The positions of the hashes in `textHashed`."""

    @classmethod
    def from_dict(cls, src: object, at: At = None) -> Self:
        """Decode the JSON object at the place ``at``; DecodeError when it does not fit."""
        given = an_object(src, at)
        draft: Any = _Mutable()
        draft.text = value = given.get("text", ABSENT)
        if type(value) is not str:
            raise decode_error(value, "a string", (at, "text"))
        where = (at, "items")
        draft.items = [
            CleansedToken.from_dict(item, (where, index))
            for index, item in enumerate(an_array(given.get("items", ABSENT), where))
        ]
        draft.text_hashed = value = given.get("textHashed", ABSENT)
        if type(value) is not str:
            raise decode_error(value, "a string", (at, "textHashed"))
        where = (at, "itemsHashed")
        draft.items_hashed = [
            CleansedToken.from_dict(item, (where, index))
            for index, item in enumerate(an_array(given.get("itemsHashed", ABSENT), where))
        ]
        draft.__class__ = cls
        model: Self = draft
        return model

    def to_dict(self) -> dict[str, Any]:
        """Encode as a JSON object, without the optional fields that are None."""
        return {
            "text": self.text,
            "items": [item.to_dict() for item in self.items],
            "textHashed": self.text_hashed,
            "itemsHashed": [item.to_dict() for item in self.items_hashed],
        }

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

        return json_schema(
            cls, {"text_hashed": "textHashed", "items_hashed": "itemsHashed"}, within
        )


_Mutable: Final = mutable_twin(CleanseResponse)
