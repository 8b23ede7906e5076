# Generated from openapi/liminal.yaml by ./codegen.sh; do not edit.

"""Low-level client of the Liminal API: a module for each operation, a class for each schema.

An operation's module has ``sync`` and ``asyncio``, which give what was answered, ``sync_detailed``
and ``asyncio_detailed``, which give it with status and headers, and their parts: ``get_kwargs`` makes
the request, ``parse_response`` reads the answer. ``iterate`` and ``asyncio_iterate`` give the items of a
list, page by page, or those of a stream::

    from liminal_api import Client
    from liminal_api.api.llm import list_model_instances

    with Client("https://api.my-tenant.liminal.ai", headers={"Cookie": "session=…"}) as client:
        answer = list_model_instances.sync(client=client)

Everything loads when it is first asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .client import Client
    from .errors import ApiError, DecodeError, InvalidParameter, UnexpectedStatus
    from .types import NOT_GIVEN, File, NotGiven, Operation, RequestKwargs, Response

__all__ = (
    "NOT_GIVEN",
    "ApiError",
    "Client",
    "DecodeError",
    "File",
    "InvalidParameter",
    "NotGiven",
    "Operation",
    "RequestKwargs",
    "Response",
    "UnexpectedStatus",
)

_MODULES = {
    "NOT_GIVEN": "types",
    "ApiError": "errors",
    "Client": "client",
    "DecodeError": "errors",
    "File": "types",
    "InvalidParameter": "errors",
    "NotGiven": "types",
    "Operation": "types",
    "RequestKwargs": "types",
    "Response": "types",
    "UnexpectedStatus": "errors",
}


def __getattr__(name: str) -> Any:
    """Load a name when it is first asked for (PEP 562)."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_MODULES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
