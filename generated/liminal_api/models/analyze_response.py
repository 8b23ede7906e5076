# Generated from openapi/liminal.yaml by ./codegen.sh; do not edit.

"""AnalyzeResponse."""

from __future__ import annotations

from typing import Any, Final, Self, final

import attrs

from ..decode import ABSENT, At, an_array, an_object, decode_error, mutable_twin
from ..encode import hidden
from .analysis_finding import AnalysisFinding


@final
@attrs.frozen(kw_only=True, weakref_slot=False)
class AnalyzeResponse:
    """The sensitive text in a prompt."""

    findings: list[AnalysisFinding] = attrs.field(hash=False)
    """The findings; empty if there is no sensitive text."""
    text: str | None = attrs.field(default=None, repr=hidden)
    """The original prompt."""

    @classmethod
    def from_dict(cls, src: object, at: At = None) -> Self:
        """Decode the JSON object at the place ``at``; DecodeError when it does not fit."""
        given = an_object(src, at)
        draft: Any = _Mutable()
        where = (at, "findings")
        draft.findings = [
            AnalysisFinding.from_dict(item, (where, index))
            for index, item in enumerate(an_array(given.get("findings", ABSENT), where))
        ]
        draft.text = value = given.get("text")
        if value is not None and type(value) is not str:
            raise decode_error(value, "a string", (at, "text"))
        draft.__class__ = cls
        model: Self = draft
        return model

    def to_dict(self) -> dict[str, Any]:
        """Encode as a JSON object, without the optional fields that are None."""
        fields: dict[str, Any] = {"findings": [item.to_dict() for item in self.findings]}
        if self.text is not None:
            fields["text"] = self.text
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

        return json_schema(cls, {}, within)


_Mutable: Final = mutable_twin(AnalyzeResponse)
