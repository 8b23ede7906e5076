"""OpenAI and Anthropic: their paths, keys, lists of models and errors."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from liminal.testing._models.anthropic_messages import Messages
from liminal.testing._models.openai_chat import ChatCompletions
from liminal.testing._models.openai_responses import Responses

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from liminal.testing._models.wire import Wire

_ERRORS = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    529: "overloaded_error",
}
_MADE = 1_700_000_000


class Vendor(ABC):
    """A service for models."""

    name: str
    request_id: str  # the header that holds it
    wires: Mapping[str, Wire]

    @abstractmethod
    def key(self, headers: Mapping[str, str]) -> str:
        """The API key that a request came with."""

    @abstractmethod
    def error(self, status: int, message: str) -> dict[str, Any]:
        """The body of an error."""

    @abstractmethod
    def models(self, names: Sequence[str]) -> dict[str, Any]:
        """The body of a list of models."""


class OpenAIService(Vendor):
    """The service behind the package ``openai``."""

    name = "OpenAI"
    request_id = "x-request-id"

    def __init__(self) -> None:
        self.wires = {"/v1/chat/completions": ChatCompletions(), "/v1/responses": Responses()}

    def key(self, headers: Mapping[str, str]) -> str:
        """``Authorization: Bearer``."""
        return headers.get("authorization", "").removeprefix("Bearer ")

    def error(self, status: int, message: str) -> dict[str, Any]:
        """``error`` with message, type, param and code."""
        kind = "invalid_request_error" if status < 500 else "server_error"
        code = {401: "invalid_api_key", 429: "rate_limit_exceeded"}.get(status)
        return {"error": {"message": message, "type": kind, "param": None, "code": code}}

    def models(self, names: Sequence[str]) -> dict[str, Any]:
        """A ``list`` of models."""
        models = [
            {"id": name, "object": "model", "created": _MADE, "owned_by": "liminal"}
            for name in names
        ]
        return {"object": "list", "data": models}


class AnthropicService(Vendor):
    """The service behind the package ``anthropic``."""

    name = "Anthropic"
    request_id = "request-id"

    def __init__(self) -> None:
        self.wires = {"/v1/messages": Messages()}

    def key(self, headers: Mapping[str, str]) -> str:
        """``X-Api-Key``, or ``Authorization: Bearer``."""
        token = headers.get("authorization", "").removeprefix("Bearer ")
        return headers.get("x-api-key") or token

    def error(self, status: int, message: str) -> dict[str, Any]:
        """``error`` with type and message."""
        kind = _ERRORS.get(status, "api_error")
        return {"type": "error", "error": {"type": kind, "message": message}}

    def models(self, names: Sequence[str]) -> dict[str, Any]:
        """A page of models, which is the only one."""
        models = [
            {
                "type": "model",
                "id": name,
                "display_name": name,
                "created_at": "2023-11-14T22:13:20Z",
                "lifecycle": "active",
            }
            for name in names
        ]
        first, last = (models[0]["id"], models[-1]["id"]) if models else (None, None)
        return {"data": models, "has_more": False, "first_id": first, "last_id": last}
