# Generated from openapi/liminal.yaml by ./codegen.sh; do not edit.

"""The classes of what is sent and answered, a module for each; it loads when it is first asked for."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .analysis_finding import AnalysisFinding
    from .analyze_answer import AnalyzeAnswer
    from .analyze_request import AnalyzeRequest
    from .analyze_response import AnalyzeResponse
    from .chat import Chat
    from .chat_status import ChatStatus
    from .cleanse_answer import CleanseAnswer
    from .cleanse_request import CleanseRequest
    from .cleanse_response import CleanseResponse
    from .cleansed_token import CleansedToken
    from .create_thread_request import CreateThreadRequest
    from .deidentified_token import DeidentifiedToken
    from .error_body import ErrorBody
    from .finding_type import FindingType
    from .hydrate_answer import HydrateAnswer
    from .hydrate_request import HydrateRequest
    from .hydrate_response import HydrateResponse
    from .hydrated_token import HydratedToken
    from .model_connection import ModelConnection
    from .model_instance import ModelInstance
    from .model_instance_list_answer import ModelInstanceListAnswer
    from .policy_action import PolicyAction
    from .provider_key import ProviderKey
    from .reidentified_token import ReidentifiedToken
    from .score_category import ScoreCategory
    from .stream_response_chunk import StreamResponseChunk
    from .submit_answer import SubmitAnswer
    from .submit_request import SubmitRequest
    from .submit_response import SubmitResponse
    from .thread import Thread
    from .thread_answer import ThreadAnswer
    from .thread_list_answer import ThreadListAnswer
    from .thread_type import ThreadType

__all__ = (
    "AnalysisFinding",
    "AnalyzeAnswer",
    "AnalyzeRequest",
    "AnalyzeResponse",
    "Chat",
    "ChatStatus",
    "CleanseAnswer",
    "CleansedToken",
    "CleanseRequest",
    "CleanseResponse",
    "CreateThreadRequest",
    "DeidentifiedToken",
    "ErrorBody",
    "FindingType",
    "HydrateAnswer",
    "HydratedToken",
    "HydrateRequest",
    "HydrateResponse",
    "ModelConnection",
    "ModelInstance",
    "ModelInstanceListAnswer",
    "PolicyAction",
    "ProviderKey",
    "ReidentifiedToken",
    "ScoreCategory",
    "StreamResponseChunk",
    "SubmitAnswer",
    "SubmitRequest",
    "SubmitResponse",
    "Thread",
    "ThreadAnswer",
    "ThreadListAnswer",
    "ThreadType",
)

_MODULES = {
    "AnalysisFinding": ".analysis_finding",
    "AnalyzeAnswer": ".analyze_answer",
    "AnalyzeRequest": ".analyze_request",
    "AnalyzeResponse": ".analyze_response",
    "Chat": ".chat",
    "ChatStatus": ".chat_status",
    "CleanseAnswer": ".cleanse_answer",
    "CleanseRequest": ".cleanse_request",
    "CleanseResponse": ".cleanse_response",
    "CleansedToken": ".cleansed_token",
    "CreateThreadRequest": ".create_thread_request",
    "DeidentifiedToken": ".deidentified_token",
    "ErrorBody": ".error_body",
    "FindingType": ".finding_type",
    "HydrateAnswer": ".hydrate_answer",
    "HydrateRequest": ".hydrate_request",
    "HydrateResponse": ".hydrate_response",
    "HydratedToken": ".hydrated_token",
    "ModelConnection": ".model_connection",
    "ModelInstance": ".model_instance",
    "ModelInstanceListAnswer": ".model_instance_list_answer",
    "PolicyAction": ".policy_action",
    "ProviderKey": ".provider_key",
    "ReidentifiedToken": ".reidentified_token",
    "ScoreCategory": ".score_category",
    "StreamResponseChunk": ".stream_response_chunk",
    "SubmitAnswer": ".submit_answer",
    "SubmitRequest": ".submit_request",
    "SubmitResponse": ".submit_response",
    "Thread": ".thread",
    "ThreadAnswer": ".thread_answer",
    "ThreadListAnswer": ".thread_list_answer",
    "ThreadType": ".thread_type",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_MODULES[name], __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
