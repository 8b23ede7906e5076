"""Protects a client of the ``openai`` package: ``pip install "liminal-sdk-python[openai]"``."""

from __future__ import annotations

from typing import TypeVar

from openai import AsyncOpenAI, OpenAI

from liminal import AsyncConversation, Client, Conversation, SyncClient
from liminal._calls.discreet import discreet

from ._protection.protecting import (
    check_client,
    http_client_of,
    protected_copy,
    protected_http_client,
)
from ._protection.protection import INSTRUCTIONS, OPENAI_OPERATIONS, Rules

__all__ = ["INSTRUCTIONS", "protect"]

C = TypeVar("C", OpenAI, AsyncOpenAI)


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

    Chat completions and responses are protected, whole and streamed, with tools, structured outputs
    and all helpers of the package. Results keep the package's types. Any other operation raises
    LiminalError, as does what can't be checked: images, audio, files, and fields, headers and query
    parameters that this version doesn't know and that aren't defaults of ``client``.
    ``allow_unchecked=True`` sends these as they are.

    If a text can't be cleansed, nothing is sent, and the error of the Liminal call is raised.

    With a ``conversation``, all calls share its thread, so that a value keeps its placeholder. Use
    one for each user. With a Liminal client and a ``model_instance_id``, each call has
    its own conversation.

    ``instructions`` are added to those of the model, so that it leaves placeholders as they are;
    None adds nothing. ``lenient`` is that of ``Placeholders.hydrate``.

        protected = protect(OpenAI(), client.conversation(instance.id))
        answer = protected.chat.completions.create(model="gpt-4.1", messages=messages)
    """
    check_client(client, OpenAI, AsyncOpenAI)
    http_client = protected_http_client(
        http_client_of(client),
        conversation,
        OPENAI_OPERATIONS,
        is_async=isinstance(client, AsyncOpenAI),
        model_instance_id=model_instance_id,
        rules=Rules(
            instructions,
            allow_unchecked,
            lenient,
            default_headers=client.default_headers,
            default_query=client.default_query,
        ),
    )
    return protected_copy(client, http_client)
