# Generated from openapi/liminal.yaml by ./codegen.sh; do not edit.

"""StreamResponseChunk."""

from __future__ import annotations

from typing import Any, Final, Self, final

import attrs

from ..decode import ABSENT, At, an_object, decode_error, mutable_twin
from ..encode import hidden


@final
@attrs.frozen(kw_only=True, weakref_slot=False)
class StreamResponseChunk:
    """A piece of a streamed answer."""

    content: str = attrs.field(repr=hidden)
    """The next piece of the answer's text; may be empty."""
    finish_reason: str | None
    """Null except in the last chunk, where it is the reason for the end; usually `stop`."""

    @classmethod
    def from_dict(cls, src: object, at: At = None) -> Self:
        """Decode the JSON object at the place ``at``; DecodeError when it does not fit."""
        given = an_object(src, at)
        draft: Any = _Mutable()
        draft.content = value = given.get("content", ABSENT)
        if type(value) is not str:
            raise decode_error(value, "a string", (at, "content"))
        draft.finish_reason = value = given.get("finishReason", ABSENT)
        if value is not None and type(value) is not str:
            raise decode_error(value, "a string or null", (at, "finishReason"))
        draft.__class__ = cls
        model: Self = draft
        return model

    def to_dict(self) -> dict[str, Any]:
        """Encode as a JSON object, without the optional fields that are None."""
        return {"content": self.content, "finishReason": self.finish_reason}

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

        return json_schema(cls, {"finish_reason": "finishReason"}, within)


_Mutable: Final = mutable_twin(StreamResponseChunk)
