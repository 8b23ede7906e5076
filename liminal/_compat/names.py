"""The table of old names: the module of 2025.5.0 that had each of them, and its replacement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple


class Old(NamedTuple):
    """What an old name refers to, and what a program should use instead."""

    target: str
    instead: str | None

    @property
    def advice(self) -> str:
        """The end of the warning, after the old name."""
        if self.instead is None:
            return "is deprecated and has no replacement"
        return f"is deprecated: use {self.instead}"


def _new(target: str) -> Old:
    return Old(target, target)


_ERRORS: Final = {
    name: _new(f"liminal.errors.{name}") for name in ("ModelInstanceUnknownError", "RequestError")
}
_LOGGER: Final = Old("liminal._compat.values.LOGGER", 'logging.getLogger("liminal")')
_SOURCE: Final = Old("liminal._compat.values.SOURCE", None)
_RESPONSE: Final = Old("liminal._compat.values.ValidatedResponseT", "a TypeVar of your own")
_BASE_MODEL: Final = Old("liminal._compat.bases.BaseModel", None)
_BASE_SCHEMA: Final = Old("liminal._compat.bases.BaseResponseSchema", None)
_AUTH_PROVIDER: Final = _new("liminal.auth.AuthProvider")
_TIMEOUT: Final = Old("liminal._compat.values.DEFAULT_REQUEST_TIMEOUT", "timeout= of the client")
_CHALLENGE_TIMEOUT: Final = Old(
    "liminal._compat.values.DEFAULT_AUTH_CHALLENGE_TIMEOUT",
    "auth_challenge_timeout= of the provider",
)
_MSAL: Final = {
    name: Old(f"liminal._compat.msal_responses.{name}", None)
    for name in ("MSALCacheTokenResponse", "MSALIdentityProviderTokenResponse")
}

_LLM: Final = Old("liminal._async.llm.LLM", "the client's llm")
_PROMPT: Final = Old("liminal._async.prompt.Prompts", "the client's prompt")
_THREAD: Final = Old("liminal._async.thread.Threads", "the client's thread")

# The payloads of the answers, which the methods return.
_INSTANCE: Final = _new("liminal.endpoints.llm.models.ModelInstance")
_THREAD_MODEL: Final = _new("liminal.endpoints.thread.models.Thread")
_TOKEN: Final = _new("liminal.endpoints.thread.models.DeidentifiedToken")
_CHUNK: Final = _new("liminal.endpoints.prompt.models.StreamResponseChunk")
_PAYLOADS: Final = {
    "AnalysisFindings": _new("liminal.endpoints.prompt.models.AnalyzeResponse"),
    "CleanseData": _new("liminal.endpoints.prompt.models.CleanseResponse"),
    "HydrateData": _new("liminal.endpoints.prompt.models.HydrateResponse"),
    "SubmitData": _new("liminal.endpoints.prompt.models.SubmitResponse"),
}

# The answers as they are sent, with the payload in ``data``.
_LLM_SCHEMAS: Final = {
    "GetAvailableModelInstancesResponse": _new("liminal_api.models.ModelInstanceListAnswer")
}
_PROMPT_SCHEMAS: Final = {
    "AnalyzeResponse": _new("liminal_api.models.AnalyzeAnswer"),
    "CleanseResponse": _new("liminal_api.models.CleanseAnswer"),
    "HydrateResponse": _new("liminal_api.models.HydrateAnswer"),
    "SubmitResponse": _new("liminal_api.models.SubmitAnswer"),
}
_THREAD_SCHEMAS: Final = {
    "CreateThreadResponse": _new("liminal_api.models.ThreadAnswer"),
    "GetAvailableThreadsResponse": _new("liminal_api.models.ThreadListAnswer"),
    "GetThreadByIdResponse": _new("liminal_api.models.ThreadAnswer"),
}

# The names that each module had and no longer has, including those that it had imported.
NAMES: Final[Mapping[str, Mapping[str, Old]]] = {
    "liminal.client": {
        "AuthProvider": _AUTH_PROVIDER,
        "Client": _new("liminal.Client"),
        "DEFAULT_REQUEST_TIMEOUT": _TIMEOUT,
        "LLMEndpoint": _LLM,
        "LOGGER": _LOGGER,
        "PromptEndpoint": _PROMPT,
        "RequestError": _ERRORS["RequestError"],
        "ThreadEndpoint": _THREAD,
        "ValidatedResponseT": _RESPONSE,
    },
    "liminal.const": {"LOGGER": _LOGGER, "SOURCE": _SOURCE},
    "liminal.helpers.model": {"BaseModel": _BASE_MODEL},
    "liminal.helpers.schema": {"BaseResponseSchema": _BASE_SCHEMA},
    "liminal.helpers.typing": {"ValidatedResponseT": _RESPONSE},
    "liminal.auth.microsoft.device_code_flow": {
        "DEFAULT_AUTH_CHALLENGE_TIMEOUT": _CHALLENGE_TIMEOUT,
        "LOGGER": _LOGGER,
        **_MSAL,
    },
    "liminal.auth.microsoft.models": {"BaseModel": _BASE_MODEL, **_MSAL},
    "liminal.endpoints.llm": {
        "LLMEndpoint": _LLM,
        "ModelInstance": _INSTANCE,
        "ModelInstanceUnknownError": _ERRORS["ModelInstanceUnknownError"],
        "ValidatedResponseT": _RESPONSE,
        **_LLM_SCHEMAS,
    },
    "liminal.endpoints.llm.models": {"BaseModel": _BASE_MODEL},
    "liminal.endpoints.llm.schemas": {
        "BaseResponseSchema": _BASE_SCHEMA,
        "ModelInstance": _INSTANCE,
        **_LLM_SCHEMAS,
    },
    "liminal.endpoints.prompt": {
        "LOGGER": _LOGGER,
        "PromptEndpoint": _PROMPT,
        "SOURCE": _SOURCE,
        "StreamResponseChunk": _CHUNK,
        "ValidatedResponseT": _RESPONSE,
        **_PAYLOADS,
        **_PROMPT_SCHEMAS,
    },
    "liminal.endpoints.prompt.models": {
        "BaseModel": _BASE_MODEL,
        "DeidentifiedToken": _TOKEN,
        **_PAYLOADS,
    },
    "liminal.endpoints.prompt.schemas": {
        "BaseResponseSchema": _BASE_SCHEMA,
        **_PAYLOADS,
        **_PROMPT_SCHEMAS,
    },
    "liminal.endpoints.thread": {
        "SOURCE": _SOURCE,
        "Thread": _THREAD_MODEL,
        "ThreadEndpoint": _THREAD,
        "ValidatedResponseT": _RESPONSE,
        **_THREAD_SCHEMAS,
    },
    "liminal.endpoints.thread.models": {"BaseModel": _BASE_MODEL, "ModelInstance": _INSTANCE},
    "liminal.endpoints.thread.schemas": {
        "BaseResponseSchema": _BASE_SCHEMA,
        "Thread": _THREAD_MODEL,
        **_THREAD_SCHEMAS,
    },
}

# Modules that `import liminal` loaded, so that they were attributes without an import.
SUBMODULES: Final[Mapping[str, tuple[str, ...]]] = {
    "liminal.endpoints": ("llm", "prompt", "thread"),
    "liminal.endpoints.llm": ("models", "schemas"),
    "liminal.endpoints.prompt": ("models", "schemas"),
    "liminal.endpoints.thread": ("models", "schemas"),
    "liminal.helpers": ("model", "schema", "typing"),
}
