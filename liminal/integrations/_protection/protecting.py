"""Protects a client of OpenAI's or Anthropic's packages, which have the same ancestor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final, TypeVar, cast

from liminal import AsyncConversation, Client, Conversation, SyncClient
from liminal._calls.arguments.checks import check_text
from liminal.errors import LiminalError

from .http_clients import Session, protected
from .protection import Operation, Protection, Rules

# ruff: noqa: SLF001 - the conversation's resolver, which is ours

C = TypeVar("C")

_NO_WEBSOCKETS: Final = "wss://not-protected.invalid"


def http_client_of(client: Any) -> Any:
    """The HTTP client that a client of these packages sends through.

    They have no public name for it. Without it, a protected client would have to make connections
    of its own, and lose the proxies, certificates and hooks of the user's.
    """
    return client._client


def check_client(client: object, *kinds: type[object]) -> None:
    """Raise LiminalError unless it is a client of the package."""
    if not isinstance(client, kinds):
        names = " or ".join(kind.__name__ for kind in kinds)
        raise LiminalError(f"client must be of the class {names}")
    if hasattr(client, "is_protected"):
        raise LiminalError("client is protected already")


def check_liminal(conversation: object) -> None:
    """Raise LiminalError unless it is a conversation or client of Liminal."""
    if not isinstance(conversation, Conversation | AsyncConversation | SyncClient | Client):
        kind = type(conversation).__name__
        raise LiminalError(f"conversation must be a Liminal conversation or client, not a {kind}")


def protected_copy(client: C, http_client: Any) -> C:
    """A copy of ``client`` whose own copies stay protected."""
    made: Any = cast("Any", client).copy(http_client=http_client)
    made.__class__ = _protected_kind(made.__class__)
    return cast("C", made)


@lru_cache
def _protected_kind(kind: Any) -> Any:
    def copy(self: Any, *, http_client: object = None, **options: Any) -> Any:
        if http_client is not None:
            raise LiminalError(
                "with another http_client nothing would be protected: give it to the client before"
                " you protect it"
            )
        return kind.copy(self, **options)

    own = {
        "copy": copy,
        "with_options": copy,
        # Realtime connections don't go through the HTTP client, so they have to fail. No host has a
        # name in this domain (RFC 6761). Some options of copies would set another address.
        "websocket_base_url": property(lambda _: _NO_WEBSOCKETS, lambda _self, _value: None),
        "is_protected": True,
    }
    return type(kind.__name__, (kind,), own)


def protected_http_client(
    client: Any,
    conversation: Conversation | AsyncConversation | SyncClient | Client,
    operations: Mapping[str, Operation],
    *,
    is_async: bool,
    model_instance_id: int | None,
    rules: Rules,
    error: type[Exception] | None = None,
) -> Any:
    """An HTTP client that protects ``client``. LiminalError for a wrong combination."""
    if rules.instructions is not None:
        check_text("instructions", rules.instructions)
    check_liminal(conversation)
    if is_async is not isinstance(conversation, AsyncConversation | Client):
        raise LiminalError(
            "an asynchronous client needs a Client or its conversation to protect it, and a"
            " blocking one a SyncClient or its conversation"
        )

    headers = {**dict(client.headers), **rules.default_headers}
    known = rules._replace(default_headers=headers)

    def session_of(talk: Conversation | AsyncConversation, *, is_shared: bool) -> Session:
        protection = Protection(talk._resolver, operations, known, is_shared=is_shared)
        return Session(protection, talk)

    make: Callable[[], Session]
    if isinstance(conversation, SyncClient | Client):
        if model_instance_id is None:
            raise LiminalError(
                "model_instance_id says whose policy applies: pass it together with a client, or"
                " pass a conversation"
            )
        instance, liminal = model_instance_id, conversation
        liminal.conversation(instance)  # to check the id now

        def make() -> Session:
            # Each request has its own placeholders, which no other request knows.
            return session_of(liminal.conversation(instance), is_shared=False)
    else:
        if model_instance_id is not None:
            raise LiminalError("a conversation has a model instance already")
        shared = session_of(conversation, is_shared=True)

        def make() -> Session:
            return shared

    return protected(client, make, error=error)
