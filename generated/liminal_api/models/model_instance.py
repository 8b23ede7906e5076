# Generated from openapi/liminal.yaml by ./codegen.sh; do not edit.

"""ModelInstance."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, Self, final

import attrs

from ..decode import ABSENT, At, a_datetime, an_array, an_object, decode_error, mutable_twin
from ..encode import as_text, hidden
from .model_connection import ModelConnection


@final
@attrs.frozen(kw_only=True, weakref_slot=False)
class ModelInstance:
    """A configured language model, with its policy and its connections."""

    id: int
    """The model instance's id."""
    policy_group_id: int
    """The group of policies that apply to sensitive text."""
    instructions: str = attrs.field(repr=hidden)
    """The instructions that the model receives before each prompt."""
    name: str
    """The name."""
    model_connections: list[ModelConnection] = attrs.field(hash=False)
    """The connections to models. Without one, the model instance can't be used."""
    created_at: datetime
    """The time of its creation."""
    updated_at: datetime
    """The time of its last change."""
    trainer_thread_id: int | None = None
    """The thread in which the model instance was trained."""
    user_id: int | None = None
    """The id of the user."""
    deleted_at: datetime | None = None
    """The time of its deletion."""

    @classmethod
    def from_dict(cls, src: object, at: At = None) -> Self:
        """Decode the JSON object at the place ``at``; DecodeError when it does not fit."""
        given = an_object(src, at)
        draft: Any = _Mutable()
        draft.id = value = given.get("id", ABSENT)
        if type(value) is not int:
            raise decode_error(value, "an integer", (at, "id"))
        draft.policy_group_id = value = given.get("policyGroupId", ABSENT)
        if type(value) is not int:
            raise decode_error(value, "an integer", (at, "policyGroupId"))
        draft.instructions = value = given.get("instructions", ABSENT)
        if type(value) is not str:
            raise decode_error(value, "a string", (at, "instructions"))
        draft.name = value = given.get("name", ABSENT)
        if type(value) is not str:
            raise decode_error(value, "a string", (at, "name"))
        where = (at, "modelConnections")
        draft.model_connections = [
            ModelConnection.from_dict(item, (where, index))
            for index, item in enumerate(an_array(given.get("modelConnections", ABSENT), where))
        ]
        draft.created_at = a_datetime(given.get("createdAt", ABSENT), (at, "createdAt"))
        draft.updated_at = a_datetime(given.get("updatedAt", ABSENT), (at, "updatedAt"))
        draft.trainer_thread_id = value = given.get("trainerThreadId")
        if value is not None and type(value) is not int:
            raise decode_error(value, "an integer or null", (at, "trainerThreadId"))
        draft.user_id = value = given.get("userId")
        if value is not None and type(value) is not int:
            raise decode_error(value, "an integer or null", (at, "userId"))
        value = given.get("deletedAt")
        draft.deleted_at = None if value is None else a_datetime(value, (at, "deletedAt"))
        draft.__class__ = cls
        model: Self = draft
        return model

    def to_dict(self) -> dict[str, Any]:
        """Encode as a JSON object, without the optional fields that are None."""
        fields: dict[str, Any] = {
            "id": self.id,
            "policyGroupId": self.policy_group_id,
            "instructions": self.instructions,
            "name": self.name,
            "modelConnections": [item.to_dict() for item in self.model_connections],
            "createdAt": as_text(self.created_at),
            "updatedAt": as_text(self.updated_at),
        }
        if self.trainer_thread_id is not None:
            fields["trainerThreadId"] = self.trainer_thread_id
        if self.user_id is not None:
            fields["userId"] = self.user_id
        if self.deleted_at is not None:
            fields["deletedAt"] = as_text(self.deleted_at)
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

        return json_schema(
            cls,
            {
                "policy_group_id": "policyGroupId",
                "model_connections": "modelConnections",
                "created_at": "createdAt",
                "updated_at": "updatedAt",
                "trainer_thread_id": "trainerThreadId",
                "user_id": "userId",
                "deleted_at": "deletedAt",
            },
            within,
        )


_Mutable: Final = mutable_twin(ModelInstance)
