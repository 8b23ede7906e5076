"""Protects a client of ``anthropic``: ``pip install "liminal-sdk-python[anthropic]"``."""

from __future__ import annotations

from typing import TypeVar

from anthropic import Anthropic, AnthropicError, AsyncAnthropic

from liminal import AsyncConversation, Client, Conversation, SyncClient
from liminal._calls.discreet import discreet

from ._protection.protecting import (
    check_client,
    http_client_of,
    protected_copy,
    protected_http_client,
)
from ._protection.protection import ANTHROPIC_OPERATIONS, INSTRUCTIONS, Rules

__all__ = ["INSTRUCTIONS", "protect"]

C = TypeVar("C", Anthropic, AsyncAnthropic)


@discreet
def protect(
    client: C,
    conversation: Conversation | AsyncConversation | SyncClient | Client,
    *,
    model_instance_id: int | None = None,
    instructions: str | None = INSTRUCTIONS,
    allow_unchecked: bool = False,
    lenient: bool = False,
) -> C:
    """Return a copy of ``client`` that cleanses requests and hydrates answers.

    Messages are protected, whole and streamed, with tools and all helpers of the package. The
    model's thinking stays as it wrote it, since it is signed. For everything else, see
    ``liminal.integrations.openai.protect``, which has the same arguments. Errors of Liminal are
    AnthropicErrors as well, so that the package doesn't take them for lost connections.

        protected = protect(Anthropic(), client.conversation(instance.id))
        answer = protected.messages.create(model="claude-5", max_tokens=99, messages=messages)
    """
    check_client(client, Anthropic, AsyncAnthropic)
    http_client = protected_http_client(
        http_client_of(client),
        conversation,
        ANTHROPIC_OPERATIONS,
        is_async=isinstance(client, AsyncAnthropic),
        model_instance_id=model_instance_id,
        rules=Rules(
            instructions,
            allow_unchecked,
            lenient,
            default_headers=client.default_headers,
            default_query=client.default_query,
        ),
        error=AnthropicError,
    )
    return protected_copy(client, http_client)
