# Generated from openapi/liminal.yaml by ./codegen.sh; do not edit.

"""AnalysisFinding."""

from __future__ import annotations

from typing import Any, Final, Self, final

import attrs

from ..decode import ABSENT, At, a_known_str, a_number, an_object, decode_error, mutable_twin
from ..encode import hidden
from .finding_type import FINDING_TYPE_MEMBERS, FindingType
from .policy_action import POLICY_ACTION_MEMBERS, PolicyAction
from .score_category import SCORE_CATEGORY_MEMBERS, ScoreCategory


@final
@attrs.frozen(kw_only=True, weakref_slot=False)
class AnalysisFinding:
    """Sensitive text in a prompt. It can be sent back to the service with the prompt, and must then
    be complete, so fields that the contract doesn't know are kept and sent as well.
    """

    start: int
    """The offset of its first character in the prompt, from 0."""
    end: int
    """The offset after its last character."""
    text: str = attrs.field(repr=hidden)
    """The sensitive text."""
    type: FindingType | str
    """The kind of sensitive text. An open set."""
    score: float
    """The confidence of the service, from 0 to 1."""
    score_category: ScoreCategory | str
    """The category of the score. An open set."""
    policy_action: PolicyAction | str
    """The policy's action for a finding. An open set."""
    custom_term: str | None = attrs.field(repr=hidden)
    """The customer's own term that was found, if any."""
    additional_properties: dict[str, Any] = attrs.field(
        factory=dict[str, Any], repr=False, hash=False
    )
    """Fields that the contract doesn't know, by the names that they came with."""

    @classmethod
    def from_dict(cls, src: object, at: At = None) -> Self:
        """Decode the JSON object at the place ``at``; DecodeError when it does not fit."""
        given = an_object(src, at)
        draft: Any = _Mutable()
        draft.start = value = given.get("start", ABSENT)
        if type(value) is not int:
            raise decode_error(value, "an integer", (at, "start"))
        draft.end = value = given.get("end", ABSENT)
        if type(value) is not int:
            raise decode_error(value, "an integer", (at, "end"))
        draft.text = value = given.get("text", ABSENT)
        if type(value) is not str:
            raise decode_error(value, "a string", (at, "text"))
        draft.type = a_known_str(FINDING_TYPE_MEMBERS, given.get("type", ABSENT), (at, "type"))
        draft.score = a_number(given.get("score", ABSENT), (at, "score"))
        draft.score_category = a_known_str(
            SCORE_CATEGORY_MEMBERS, given.get("scoreCategory", ABSENT), (at, "scoreCategory")
        )
        draft.policy_action = a_known_str(
            POLICY_ACTION_MEMBERS, given.get("policyAction", ABSENT), (at, "policyAction")
        )
        draft.custom_term = value = given.get("customTerm", ABSENT)
        if value is not None and type(value) is not str:
            raise decode_error(value, "a string or null", (at, "customTerm"))
        draft.additional_properties = {key: item for key, item in given.items() if key not in _KEYS}
        draft.__class__ = cls
        model: Self = draft
        return model

    def to_dict(self) -> dict[str, Any]:
        """Encode as a JSON object, without the optional fields that are None."""
        return {
            **self.additional_properties,
            "start": self.start,
            "end": self.end,
            "text": self.text,
            "type": str(self.type),
            "score": self.score,
            "scoreCategory": str(self.score_category),
            "policyAction": str(self.policy_action),
            "customTerm": self.custom_term,
        }

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
                "score_category": "scoreCategory",
                "policy_action": "policyAction",
                "custom_term": "customTerm",
            },
            within,
        )


_Mutable: Final = mutable_twin(AnalysisFinding)
_KEYS: Final = frozenset(
    ("start", "end", "text", "type", "score", "scoreCategory", "policyAction", "customTerm")
)
