"""The Liminal Python SDK: a privacy gateway for language models, blocking and asyncio.

``Client`` is for asyncio and trio, ``SyncClient`` its blocking twin. All is loaded when it is first
used, so that ``import liminal`` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module

from ._version import VERSION

__version__ = VERSION

TYPE_CHECKING = False  # as in typing, which takes longer to load than all else here
if TYPE_CHECKING:
    from . import auth as auth
    from . import bulk as bulk
    from . import endpoints as endpoints
    from . import errors as errors
    from . import placeholders as placeholders
    from . import streaming as streaming
    from ._async.client import Client
    from ._async.conversation import AsyncConversation
    from ._async.stream import AsyncPromptStream
    from ._calls.observing.report import CallReport
    from ._sync.client import SyncClient
    from ._sync.conversation import Conversation
    from ._sync.stream import PromptStream
    from .errors import (
        APIConnectionError,
        APIStatusError,
        APITimeoutError,
        AuthError,
        LiminalError,
        ModelInstanceUnknownError,
        RateLimitError,
        RequestError,
        ResponseValidationError,
        StreamInterruptedError,
        StreamServerError,
    )

__all__ = [
    "APIConnectionError",
    "APIStatusError",
    "APITimeoutError",
    "AsyncConversation",
    "AsyncPromptStream",
    "AuthError",
    "CallReport",
    "Client",
    "Conversation",
    "LiminalError",
    "ModelInstanceUnknownError",
    "PromptStream",
    "RateLimitError",
    "RequestError",
    "ResponseValidationError",
    "StreamInterruptedError",
    "StreamServerError",
    "SyncClient",
    "__version__",
]

_ELSEWHERE = {
    "AsyncConversation": "._async.conversation",
    "AsyncPromptStream": "._async.stream",
    "CallReport": "._calls.observing.report",
    "Client": "._async.client",
    "Conversation": "._sync.conversation",
    "PromptStream": "._sync.stream",
    "SyncClient": "._sync.client",
}


# Attributes that need no import: `import liminal; liminal.errors.AuthError`.
_SUBMODULES = (
    "auth",
    "bulk",
    "client",
    "const",
    "endpoints",
    "errors",
    "helpers",
    "placeholders",
    "streaming",
)


def __getattr__(name: str) -> object:
    if name in _SUBMODULES:
        return import_module(f".{name}", __name__)
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(_ELSEWHERE.get(name, ".errors"), __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
