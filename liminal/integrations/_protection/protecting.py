"""Protects a client of OpenAI's or Anthropic's packages, which have a common origin."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final, TypeAlias, TypeVar, cast

from liminal import AsyncConversation, Client, Conversation, SyncClient
from liminal._calls.arguments.checks import check_text
from liminal.errors import LiminalError

from .http_clients import Session, protected
from .protection import Operation, Protection, Rules

# ruff: noqa: SLF001 - the conversation's resolver, which is ours

AnyConversation: TypeAlias = Conversation | AsyncConversation
C = TypeVar("C")
S = TypeVar("S")

_NO_WEBSOCKETS: Final = "wss://not-protected.invalid"


def http_client_of(client: Any) -> Any:
    """Return the HTTP client that a client of these packages uses.

    They have no public name for it. Without it, a protected client would need separate connections,
    without the proxies, certificates and hooks of the user's client.
    """
    return client._client


def check_client(client: object, *kinds: type[object]) -> None:
    """Raise LiminalError unless it is a client of the package."""
    if not isinstance(client, kinds):
        names = " or ".join(kind.__name__ for kind in kinds)
        raise LiminalError(f"client must be of the class {names}")
    if hasattr(client, "is_protected"):
        raise LiminalError("client is protected already")


def sessions(
    conversation: AnyConversation | SyncClient | Client,
    model_instance_id: int | None,
    make: Callable[[AnyConversation, bool], S],
) -> Callable[[], S]:
    """Return a function that returns the session of a call, made by ``make``.

    All calls share the session of a conversation. With a client, each call has a new one. ``make``
    is told whether the session is shared.
    """
    if isinstance(conversation, Conversation | AsyncConversation):
        if model_instance_id is not None:
            raise LiminalError("a conversation has a model instance already")
        shared = make(conversation, True)  # noqa: FBT003 - a callback's argument
        return lambda: shared
    client, instance = conversation, model_instance_id
    if instance is None:
        raise LiminalError(
            "model_instance_id says whose policy applies: pass it together with a client, or pass a"
            " conversation"
        )
    client.conversation(instance)  # to check the id now
    return lambda: make(client.conversation(instance), False)  # noqa: FBT003 - as above


def check_liminal(conversation: object) -> None:
    """Raise LiminalError unless it is a conversation or client of Liminal."""
    if not isinstance(conversation, Conversation | AsyncConversation | SyncClient | Client):
        kind = type(conversation).__name__
        raise LiminalError(
            f"conversation must be a Liminal conversation or client, not of type {kind}"
        )


def protected_copy(client: C, http_client: Any) -> C:
    """Return a copy of ``client`` whose own copies stay protected."""
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
    conversation: AnyConversation | SyncClient | Client,
    operations: Mapping[str, Operation],
    *,
    is_async: bool,
    model_instance_id: int | None,
    rules: Rules,
    error: type[Exception] | None = None,
) -> Any:
    """Return an HTTP client that protects ``client``; LiminalError for a wrong combination."""
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

    def make(talk: AnyConversation, is_shared: bool) -> Session:  # noqa: FBT001 - a callback
        return Session(Protection(talk._resolver, operations, known, is_shared=is_shared), talk)

    session_of = sessions(conversation, model_instance_id, make)
    return protected(client, session_of, error=error)
