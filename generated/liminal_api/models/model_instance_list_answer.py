# Generated from openapi/liminal.yaml by ./codegen.sh; do not edit.

"""ModelInstanceListAnswer."""

from __future__ import annotations

from typing import Any, Final, Self, final

import attrs

from ..decode import ABSENT, At, an_array, an_object, mutable_twin
from .model_instance import ModelInstance


@final
@attrs.frozen(kw_only=True, weakref_slot=False)
class ModelInstanceListAnswer:
    """The answer with the model instances."""

    data: list[ModelInstance] = attrs.field(hash=False)
    """The model instances."""

    @classmethod
    def from_dict(cls, src: object, at: At = None) -> Self:
        """Decode the JSON object at the place ``at``; DecodeError when it does not fit."""
        given = an_object(src, at)
        draft: Any = _Mutable()
        where = (at, "data")
        draft.data = [
            ModelInstance.from_dict(item, (where, index))
            for index, item in enumerate(an_array(given.get("data", ABSENT), where))
        ]
        draft.__class__ = cls
        model: Self = draft
        return model

    def to_dict(self) -> dict[str, Any]:
        """Encode as a JSON object, without the optional fields that are None."""
        return {"data": [item.to_dict() for item in self.data]}

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

        return json_schema(cls, {}, within)


_Mutable: Final = mutable_twin(ModelInstanceListAnswer)
