# Generated from openapi/liminal.yaml by ./codegen.sh; do not edit.

"""ErrorBody."""

from __future__ import annotations

from typing import Any, Final, Self, final

from attrs import field, frozen

from ..codec import At, an_object, draft_of, hidden, misfit


@final
@frozen(kw_only=True, weakref_slot=False)
class ErrorBody:
    """What a failure usually says. None of it is promised, and it may quote what was sent."""

    message: str | None = field(default=None, repr=hidden)
    """What went wrong."""
    error: str | None = field(default=None, repr=hidden)
    """The kind of failure."""
    status_code: int | None = None
    """The HTTP status once more."""

    @classmethod
    def from_dict(cls, src: object, at: At = None) -> Self:
        """Decode a JSON object that stands at ``at``; DecodeError when it does not fit the contract."""
        given = an_object(src, at)
        draft: Any = _Draft()
        draft.message = value = given.get("message")
        if value is not None and type(value) is not str:
            raise misfit(value, "a string or null", (at, "message"))
        draft.error = value = given.get("error")
        if value is not None and type(value) is not str:
            raise misfit(value, "a string or null", (at, "error"))
        draft.status_code = value = given.get("statusCode")
        if value is not None and type(value) is not int:
            raise misfit(value, "an integer or null", (at, "statusCode"))
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


_Draft: Final = draft_of(ErrorBody)
