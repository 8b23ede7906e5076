"""The steps of protection that need a call to Liminal, and the two ways to make it."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, NamedTuple, TypeAlias, TypeVar, cast

from liminal import AsyncConversation, Conversation
from liminal._streams.resolver import Question

# ruff: noqa: SLF001 - asking for placeholders by name is for our own modules

T = TypeVar("T")


class Cleanse(NamedTuple):
    """A text to cleanse. The answer is the cleansed text."""

    text: str


# A Cleanse is sent a str, a Question a HydrateResponse.
Steps: TypeAlias = Generator[Cleanse | Question, Any, T]


def run(steps: Steps[T], conversation: Conversation) -> T:
    """Run all steps, blocking."""
    answer: object = None
    while True:
        try:
            step = steps.send(answer)
        except StopIteration as done:
            return cast("T", done.value)
        if isinstance(step, Cleanse):
            answer = conversation.cleanse(step.text)
        else:
            answer = conversation._ask(step)


async def run_async(steps: Steps[T], conversation: AsyncConversation) -> T:
    """Run all steps, asynchronously."""
    answer: object = None
    while True:
        try:
            step = steps.send(answer)
        except StopIteration as done:
            return cast("T", done.value)
        if isinstance(step, Cleanse):
            answer = await conversation.cleanse(step.text)
        else:
            answer = await conversation._ask(step)
