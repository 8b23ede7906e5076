# Generated from openapi/liminal.yaml by ./codegen.sh; do not edit.

"""Thread."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, Self, final

import attrs

from ..decode import (
    ABSENT,
    At,
    a_datetime,
    a_known_str,
    an_array,
    an_object,
    decode_error,
    mutable_twin,
)
from ..encode import as_text, hidden
from .chat import Chat
from .model_instance import ModelInstance
from .thread_type import THREAD_TYPE_MEMBERS, ThreadType


@final
@attrs.frozen(kw_only=True, weakref_slot=False)
class Thread:
    """A conversation. It stores what each placeholder stands for."""

    id: int
    """The thread's id."""
    model_instance_id: int
    """The id of the model instance."""
    user_id: int
    """The id of the user."""
    name: str = attrs.field(repr=hidden)
    """The name in the user's list of threads. It may quote a prompt."""
    source: str
    """The kind of client that created it; usually `sdk`."""
    type: ThreadType | str
    """The purpose of a thread. An open set."""
    model_instance: ModelInstance
    """A configured language model, with its policy and its connections."""
    created_at: datetime
    """The time of its creation."""
    updated_at: datetime
    """The time of its last change."""
    chats: list[Chat] | None = attrs.field(default=None, hash=False)
    """The turns of the conversation so far."""
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
        draft.model_instance_id = value = given.get("modelInstanceId", ABSENT)
        if type(value) is not int:
            raise decode_error(value, "an integer", (at, "modelInstanceId"))
        draft.user_id = value = given.get("userId", ABSENT)
        if type(value) is not int:
            raise decode_error(value, "an integer", (at, "userId"))
        draft.name = value = given.get("name", ABSENT)
        if type(value) is not str:
            raise decode_error(value, "a string", (at, "name"))
        draft.source = value = given.get("source", ABSENT)
        if type(value) is not str:
            raise decode_error(value, "a string", (at, "source"))
        draft.type = a_known_str(THREAD_TYPE_MEMBERS, given.get("type", ABSENT), (at, "type"))
        draft.model_instance = ModelInstance.from_dict(
            given.get("modelInstance", ABSENT), (at, "modelInstance")
        )
        draft.created_at = a_datetime(given.get("createdAt", ABSENT), (at, "createdAt"))
        draft.updated_at = a_datetime(given.get("updatedAt", ABSENT), (at, "updatedAt"))
        value = given.get("chats")
        where = (at, "chats")
        draft.chats = (
            None
            if value is None
            else [
                Chat.from_dict(item, (where, index))
                for index, item in enumerate(an_array(value, where))
            ]
        )
        value = given.get("deletedAt")
        draft.deleted_at = None if value is None else a_datetime(value, (at, "deletedAt"))
        draft.__class__ = cls
        model: Self = draft
        return model

    def to_dict(self) -> dict[str, Any]:
        """Encode as a JSON object, without the optional fields that are None."""
        fields: dict[str, Any] = {
            "id": self.id,
            "modelInstanceId": self.model_instance_id,
            "userId": self.user_id,
            "name": self.name,
            "source": self.source,
            "type": str(self.type),
            "modelInstance": self.model_instance.to_dict(),
            "createdAt": as_text(self.created_at),
            "updatedAt": as_text(self.updated_at),
        }
        if self.chats is not None:
            fields["chats"] = [item.to_dict() for item in self.chats]
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
                "model_instance_id": "modelInstanceId",
                "user_id": "userId",
                "model_instance": "modelInstance",
                "created_at": "createdAt",
                "updated_at": "updatedAt",
                "deleted_at": "deletedAt",
            },
            within,
        )


_Mutable: Final = mutable_twin(Thread)
