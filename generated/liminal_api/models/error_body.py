# Generated from openapi/liminal.yaml by ./codegen.sh; do not edit.

"""ErrorBody."""

from __future__ import annotations

from typing import Any, Final, Self, final

import attrs

from ..decode import At, an_object, decode_error, mutable_twin
from ..encode import hidden


@final
@attrs.frozen(kw_only=True, weakref_slot=False)
class ErrorBody:
    """The usual body of a failure. All of it is optional, and it may quote the request."""

    message: str | None = attrs.field(default=None, repr=hidden)
    """What went wrong."""
    error: str | None = attrs.field(default=None, repr=hidden)
    """The kind of error."""
    status_code: int | None = None
    """The HTTP status."""

    @classmethod
    def from_dict(cls, src: object, at: At = None) -> Self:
        """Decode the JSON object at the place ``at``; DecodeError when it does not fit."""
        given = an_object(src, at)
        draft: Any = _Mutable()
        draft.message = value = given.get("message")
        if value is not None and type(value) is not str:
            raise decode_error(value, "a string", (at, "message"))
        draft.error = value = given.get("error")
        if value is not None and type(value) is not str:
            raise decode_error(value, "a string", (at, "error"))
        draft.status_code = value = given.get("statusCode")
        if value is not None and type(value) is not int:
            raise decode_error(value, "an integer", (at, "statusCode"))
        draft.__class__ = cls
        model: Self = draft
        return model

    def to_dict(self) -> dict[str, Any]:
        """Encode as a JSON object, without the optional fields that are None."""
        fields: dict[str, Any] = {}
        if self.message is not None:
            fields["message"] = self.message
        if self.error is not None:
            fields["error"] = self.error
        if self.status_code is not None:
            fields["statusCode"] = self.status_code
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

        return json_schema(cls, {"status_code": "statusCode"}, within)


_Mutable: Final = mutable_twin(ErrorBody)
