# Generated from openapi/liminal.yaml by ./codegen.sh; do not edit.

"""CleanseResponse."""

from __future__ import annotations

from typing import Any, Final, Self, final

from attrs import field, frozen

from ..codec import ABSENT, At, an_array, an_object, draft_of, hidden, misfit
from .cleansed_token import CleansedToken


@final
@frozen(kw_only=True, weakref_slot=False)
class CleanseResponse:
    """A cleansed prompt, once with placeholders and once with hashes."""

    text: str = field(repr=hidden)
    """The prompt with placeholders such as `PERSON_0`."""
    items: list[CleansedToken] = field(hash=False)
    """Where the placeholders are in `text`."""
    text_hashed: str = field(repr=hidden)
    """The prompt with a base64 hash at each place."""
    items_hashed: list[CleansedToken] = field(hash=False)
    """Where the hashes are in `textHashed`."""

    @classmethod
    def from_dict(cls, src: object, at: At = None) -> Self:
        """Decode a JSON object that stands at ``at``; DecodeError when it does not fit the contract."""
        given = an_object(src, at)
        draft: Any = _Draft()
        draft.text = value = given.get("text", ABSENT)
        if type(value) is not str:
            raise misfit(value, "a string", (at, "text"))
        value = given.get("items", ABSENT)
        where = (at, "items")
        draft.items = [
            CleansedToken.from_dict(item, (where, index))
            for index, item in enumerate(an_array(value, where))
        ]
        draft.text_hashed = value = given.get("textHashed", ABSENT)
        if type(value) is not str:
            raise misfit(value, "a string", (at, "textHashed"))
        value = given.get("itemsHashed", ABSENT)
        where = (at, "itemsHashed")
        draft.items_hashed = [
            CleansedToken.from_dict(item, (where, index))
            for index, item in enumerate(an_array(value, where))
        ]
        draft.__class__ = cls
        model: Self = draft
        return model

    def to_dict(self) -> dict[str, Any]:
        """Encode as a JSON object, without the optional fields that are None."""
        fields: dict[str, Any] = {
            "text": self.text,
            "items": [item.to_dict() for item in self.items],
            "textHashed": self.text_hashed,
            "itemsHashed": [item.to_dict() for item in self.items_hashed],
        }
        return fields


_Draft: Final = draft_of(CleanseResponse)
