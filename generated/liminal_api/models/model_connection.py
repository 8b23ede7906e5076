# Generated from openapi/liminal.yaml by ./codegen.sh; do not edit.

"""ModelConnection."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, Self, final

import attrs

from ..decode import (
    ABSENT,
    At,
    a_datetime,
    a_known_str,
    a_string,
    an_object,
    decode_error,
    mutable_twin,
)
from ..encode import as_text, hidden
from .provider_key import PROVIDER_KEY_MEMBERS, ProviderKey


@final
@attrs.frozen(kw_only=True, weakref_slot=False)
class ModelConnection:
    """A connection to a model at its provider."""

    id: int
    """The connection's id."""
    model_instance_id: int
    """The id of the model instance."""
    model: str
    """The model's name at its provider."""
    provider_key: ProviderKey | str
    """The provider of a model. An open set."""
    created_at: datetime
    """The time of its creation."""
    updated_at: datetime
    """The time of its last change."""
    credentials: dict[str, str | None] | None = attrs.field(default=None, repr=hidden, hash=False)
    """The credentials for the provider, by name. Secret."""
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
        draft.model = value = given.get("model", ABSENT)
        if type(value) is not str:
            raise decode_error(value, "a string", (at, "model"))
        draft.provider_key = a_known_str(
            PROVIDER_KEY_MEMBERS, given.get("providerKey", ABSENT), (at, "providerKey")
        )
        draft.created_at = a_datetime(given.get("createdAt", ABSENT), (at, "createdAt"))
        draft.updated_at = a_datetime(given.get("updatedAt", ABSENT), (at, "updatedAt"))
        value = given.get("credentials")
        where = (at, "credentials")
        draft.credentials = (
            None
            if value is None
            else {
                key: None if item is None else a_string(item, (where, "*"))
                for key, item in an_object(value, where).items()
            }
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
            "model": self.model,
            "providerKey": str(self.provider_key),
            "createdAt": as_text(self.created_at),
            "updatedAt": as_text(self.updated_at),
        }
        if self.credentials is not None:
            fields["credentials"] = self.credentials
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
                "provider_key": "providerKey",
                "created_at": "createdAt",
                "updated_at": "updatedAt",
                "deleted_at": "deletedAt",
            },
            within,
        )


_Mutable: Final = mutable_twin(ModelConnection)
