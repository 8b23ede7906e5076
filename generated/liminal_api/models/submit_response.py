# Generated from openapi/liminal.yaml by ./codegen.sh; do not edit.

"""SubmitResponse."""

from __future__ import annotations

from typing import Any, Final, Self, final

import attrs

from ..decode import ABSENT, At, an_array, an_object, decode_error, mutable_twin
from ..encode import hidden
from .cleanse_response import CleanseResponse
from .deidentified_token import DeidentifiedToken
from .reidentified_token import ReidentifiedToken


@final
@attrs.frozen(kw_only=True, weakref_slot=False)
class SubmitResponse:
    """A model's answer to a prompt, with all replacements in both."""

    thread_id: int
    """The id of the thread."""
    chat_id: int
    """The id of the turn."""
    input_text: str = attrs.field(repr=hidden)
    """The original prompt."""
    deidentified_input_text_data: CleanseResponse
    """The cleansed prompt, as the model received it."""
    llm_model: str
    """The model that answered."""
    raw_llm_response_text: str = attrs.field(repr=hidden)
    """The model's answer, with placeholders."""
    reidentified_llm_response_text: str = attrs.field(repr=hidden)
    """The answer with the original text restored."""
    reidentified_llm_response_items: list[ReidentifiedToken] = attrs.field(hash=False)
    """The positions of the restored text in the answer."""
    deidentified_context_history: list[DeidentifiedToken] | None = attrs.field(
        default=None, hash=False
    )
    """The placeholders of the thread's earlier turns, one item for each place."""

    @classmethod
    def from_dict(cls, src: object, at: At = None) -> Self:
        """Decode the JSON object at the place ``at``; DecodeError when it does not fit."""
        given = an_object(src, at)
        draft: Any = _Mutable()
        draft.thread_id = value = given.get("threadId", ABSENT)
        if type(value) is not int:
            raise decode_error(value, "an integer", (at, "threadId"))
        draft.chat_id = value = given.get("chatId", ABSENT)
        if type(value) is not int:
            raise decode_error(value, "an integer", (at, "chatId"))
        draft.input_text = value = given.get("inputText", ABSENT)
        if type(value) is not str:
            raise decode_error(value, "a string", (at, "inputText"))
        draft.deidentified_input_text_data = CleanseResponse.from_dict(
            given.get("deidentifiedInputTextData", ABSENT), (at, "deidentifiedInputTextData")
        )
        draft.llm_model = value = given.get("llmModel", ABSENT)
        if type(value) is not str:
            raise decode_error(value, "a string", (at, "llmModel"))
        draft.raw_llm_response_text = value = given.get("rawLLMResponseText", ABSENT)
        if type(value) is not str:
            raise decode_error(value, "a string", (at, "rawLLMResponseText"))
        draft.reidentified_llm_response_text = value = given.get(
            "reidentifiedLLMResponseText", ABSENT
        )
        if type(value) is not str:
            raise decode_error(value, "a string", (at, "reidentifiedLLMResponseText"))
        where = (at, "reidentifiedLLMResponseItems")
        draft.reidentified_llm_response_items = [
            ReidentifiedToken.from_dict(item, (where, index))
            for index, item in enumerate(
                an_array(given.get("reidentifiedLLMResponseItems", ABSENT), where)
            )
        ]
        value = given.get("deidentifiedContextHistory")
        where = (at, "deidentifiedContextHistory")
        draft.deidentified_context_history = (
            None
            if value is None
            else [
                DeidentifiedToken.from_dict(item, (where, index))
                for index, item in enumerate(an_array(value, where))
            ]
        )
        draft.__class__ = cls
        model: Self = draft
        return model

    def to_dict(self) -> dict[str, Any]:
        """Encode as a JSON object, without the optional fields that are None."""
        fields: dict[str, Any] = {
            "threadId": self.thread_id,
            "chatId": self.chat_id,
            "inputText": self.input_text,
            "deidentifiedInputTextData": self.deidentified_input_text_data.to_dict(),
            "llmModel": self.llm_model,
            "rawLLMResponseText": self.raw_llm_response_text,
            "reidentifiedLLMResponseText": self.reidentified_llm_response_text,
            "reidentifiedLLMResponseItems": [
                item.to_dict() for item in self.reidentified_llm_response_items
            ],
        }
        if self.deidentified_context_history is not None:
            fields["deidentifiedContextHistory"] = [
                item.to_dict() for item in self.deidentified_context_history
            ]
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
                "chat_id": "chatId",
                "input_text": "inputText",
                "deidentified_input_text_data": "deidentifiedInputTextData",
                "llm_model": "llmModel",
                "raw_llm_response_text": "rawLLMResponseText",
                "reidentified_llm_response_text": "reidentifiedLLMResponseText",
                "reidentified_llm_response_items": "reidentifiedLLMResponseItems",
                "deidentified_context_history": "deidentifiedContextHistory",
            },
            within,
        )


_Mutable: Final = mutable_twin(SubmitResponse)
