# Generated from openapi/liminal.yaml by ./codegen.sh; do not edit.

"""Chat."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, Self, final

import attrs

from ..decode import ABSENT, At, a_datetime, a_known_str, an_object, decode_error, mutable_twin
from ..encode import as_text, hidden
from .chat_status import CHAT_STATUS_MEMBERS, ChatStatus


@final
@attrs.frozen(kw_only=True, weakref_slot=False)
class Chat:
    """One turn of a conversation."""

    id: int
    """The turn's id."""
    thread_id: int
    """The id of the thread."""
    raw_input: str = attrs.field(repr=hidden)
    """The original prompt."""
    cleansed_input: str = attrs.field(repr=hidden)
    """The cleansed prompt, as the model received it."""
    raw_output: str = attrs.field(repr=hidden)
    """The model's answer, with placeholders."""
    hydrated_output: str = attrs.field(repr=hidden)
    """The answer with the original text restored."""
    status: ChatStatus | str
    """The status of a turn. An open set."""
    created_at: datetime
    """The time of the prompt's submission."""
    updated_at: datetime | None = None
    """The time of the turn's last change."""
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
        draft.thread_id = value = given.get("threadId", ABSENT)
        if type(value) is not int:
            raise decode_error(value, "an integer", (at, "threadId"))
        draft.raw_input = value = given.get("rawInput", ABSENT)
        if type(value) is not str:
            raise decode_error(value, "a string", (at, "rawInput"))
        draft.cleansed_input = value = given.get("cleansedInput", ABSENT)
        if type(value) is not str:
            raise decode_error(value, "a string", (at, "cleansedInput"))
        draft.raw_output = value = given.get("rawOutput", ABSENT)
        if type(value) is not str:
            raise decode_error(value, "a string", (at, "rawOutput"))
        draft.hydrated_output = value = given.get("hydratedOutput", ABSENT)
        if type(value) is not str:
            raise decode_error(value, "a string", (at, "hydratedOutput"))
        draft.status = a_known_str(CHAT_STATUS_MEMBERS, given.get("status", ABSENT), (at, "status"))
        draft.created_at = a_datetime(given.get("createdAt", ABSENT), (at, "createdAt"))
        value = given.get("updatedAt")
        draft.updated_at = None if value is None else a_datetime(value, (at, "updatedAt"))
        value = given.get("deletedAt")
        draft.deleted_at = None if value is None else a_datetime(value, (at, "deletedAt"))
        draft.__class__ = cls
        model: Self = draft
        return model

    def to_dict(self) -> dict[str, Any]:
        """Encode as a JSON object, without the optional fields that are None."""
        fields: dict[str, Any] = {
            "id": self.id,
            "threadId": self.thread_id,
            "rawInput": self.raw_input,
            "cleansedInput": self.cleansed_input,
            "rawOutput": self.raw_output,
            "hydratedOutput": self.hydrated_output,
            "status": str(self.status),
            "createdAt": as_text(self.created_at),
        }
        if self.updated_at is not None:
            fields["updatedAt"] = as_text(self.updated_at)
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
                "thread_id": "threadId",
                "raw_input": "rawInput",
                "cleansed_input": "cleansedInput",
                "raw_output": "rawOutput",
                "hydrated_output": "hydratedOutput",
                "created_at": "createdAt",
                "updated_at": "updatedAt",
                "deleted_at": "deletedAt",
            },
            within,
        )


_Mutable: Final = mutable_twin(Chat)
