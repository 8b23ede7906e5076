# Generated from openapi/liminal.yaml by ./codegen.sh; do not edit.

"""SubmitRequest."""

from __future__ import annotations

from typing import Any, Final, Literal, Self, final

import attrs

from ..decode import ABSENT, At, a_constant, an_array, an_object, decode_error, mutable_twin
from ..encode import hidden
from ..types import NOT_GIVEN, NotGiven
from .analysis_finding import AnalysisFinding


@final
@attrs.frozen(kw_only=True, weakref_slot=False)
class SubmitRequest:
    """A prompt to cleanse and send to the model."""

    model_instance_id: int
    """The model instance that answers."""
    source: Literal["sdk"] = "sdk"
    """The kind of client; always `sdk` for an SDK."""
    text: str = attrs.field(repr=hidden)
    """The prompt."""
    thread_id: int | None | NotGiven = NOT_GIVEN
    """The thread of the prompt; without it, the service creates one."""
    findings: list[AnalysisFinding] | None | NotGiven = attrs.field(default=NOT_GIVEN, hash=False)
    """The text to replace: the findings of an analysis of the same text, with all their fields.
    Without them, the service analyzes the text itself.
    """
    is_streaming: bool | None | NotGiven = NOT_GIVEN
    """Whether the answer is a stream of chunks."""

    @classmethod
    def from_dict(cls, src: object, at: At = None) -> Self:
        """Decode the JSON object at the place ``at``; DecodeError when it does not fit."""
        given = an_object(src, at)
        draft: Any = _Mutable()
        draft.model_instance_id = value = given.get("modelInstanceId", ABSENT)
        if type(value) is not int:
            raise decode_error(value, "an integer", (at, "modelInstanceId"))
        draft.source = a_constant("sdk", given.get("source", ABSENT), (at, "source"))
        draft.text = value = given.get("text", ABSENT)
        if type(value) is not str:
            raise decode_error(value, "a string", (at, "text"))
        draft.thread_id = value = given.get("threadId", NOT_GIVEN)
        if value is not NOT_GIVEN and value is not None and type(value) is not int:
            raise decode_error(value, "an integer or null", (at, "threadId"))
        value = given.get("findings", NOT_GIVEN)
        where = (at, "findings")
        draft.findings = (
            NOT_GIVEN
            if value is NOT_GIVEN
            else None
            if value is None
            else [
                AnalysisFinding.from_dict(item, (where, index))
                for index, item in enumerate(an_array(value, where))
            ]
        )
        draft.is_streaming = value = given.get("isStreaming", NOT_GIVEN)
        if value is not NOT_GIVEN and value is not None and type(value) is not bool:
            raise decode_error(value, "a boolean or null", (at, "isStreaming"))
        draft.__class__ = cls
        model: Self = draft
        return model

    def to_dict(self) -> dict[str, Any]:
        """Encode as a JSON object, without the optional fields that are not given."""
        fields: dict[str, Any] = {
            "modelInstanceId": self.model_instance_id,
            "source": self.source,
            "text": self.text,
        }
        if self.thread_id is not NOT_GIVEN:
            fields["threadId"] = self.thread_id
        if self.findings is not NOT_GIVEN:
            fields["findings"] = (
                None if self.findings is None else [item.to_dict() for item in self.findings]
            )
        if self.is_streaming is not NOT_GIVEN:
            fields["isStreaming"] = self.is_streaming
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
                "thread_id": "threadId",
                "is_streaming": "isStreaming",
            },
            within,
        )


_Mutable: Final = mutable_twin(SubmitRequest)
