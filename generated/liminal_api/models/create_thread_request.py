# Generated from openapi/liminal.yaml by ./codegen.sh; do not edit.

"""CreateThreadRequest."""

from __future__ import annotations

from typing import Any, Final, Literal, Self, final

import attrs

from ..decode import ABSENT, At, a_constant, an_object, decode_error, mutable_twin
from ..encode import hidden


@final
@attrs.frozen(kw_only=True, weakref_slot=False)
class CreateThreadRequest:
    """A thread to create."""

    model_instance_id: int
    """The model instance of the thread's prompts."""
    name: str = attrs.field(repr=hidden)
    """The name in the user's list of threads. It may quote a prompt."""
    source: Literal["sdk"] = "sdk"
    """The kind of client; always `sdk` for an SDK."""

    @classmethod
    def from_dict(cls, src: object, at: At = None) -> Self:
        """Decode the JSON object at the place ``at``; DecodeError when it does not fit."""
        given = an_object(src, at)
        draft: Any = _Mutable()
        draft.model_instance_id = value = given.get("modelInstanceId", ABSENT)
        if type(value) is not int:
            raise decode_error(value, "an integer", (at, "modelInstanceId"))
        draft.name = value = given.get("name", ABSENT)
        if type(value) is not str:
            raise decode_error(value, "a string", (at, "name"))
        draft.source = a_constant("sdk", given.get("source", ABSENT), (at, "source"))
        draft.__class__ = cls
        model: Self = draft
        return model

    def to_dict(self) -> dict[str, Any]:
        """Encode as a JSON object, without the optional fields that are None."""
        return {"modelInstanceId": self.model_instance_id, "name": self.name, "source": self.source}

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

        return json_schema(cls, {"model_instance_id": "modelInstanceId"}, within)


_Mutable: Final = mutable_twin(CreateThreadRequest)
