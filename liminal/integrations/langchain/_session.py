"""The state of one conversation: its placeholders, and the texts that it has cleansed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias, TypeVar

from liminal import AsyncConversation, Client, Conversation, SyncClient
from liminal._calls.arguments.checks import check_text
from liminal._calls.discreet import discreet, discreet_async
from liminal.errors import LiminalError
from liminal.integrations._protection import protecting
from liminal.integrations._protection.incoming import UNTOUCHED, Incoming
from liminal.integrations._protection.memory import Memory
from liminal.integrations._protection.outgoing import Outgoing
from liminal.integrations._protection.protecting import AnyConversation, check_liminal
from liminal.integrations._protection.steps import Steps, run, run_async

from ._fields import FIELDS

if TYPE_CHECKING:
    from liminal._streams.resolver import Resolver

# ruff: noqa: SLF001 - the conversation's resolver, which is ours

T = TypeVar("T")
# Reasoning blocks are signed by some models, as their thinking is.
_UNTOUCHED: Final = UNTOUCHED | {"reasoning"}
AnyClient: TypeAlias = SyncClient | Client

_BLOCKING: Final = (
    "this was called without await, so it needs a SyncClient or its conversation: pass one, or call"
    " ainvoke or astream"
)
_AWAITING: Final = (
    "this was awaited, so it needs a Client or its conversation: pass one, or call invoke or stream"
)


class Options(NamedTuple):
    """The options of the user."""

    instructions: str | None
    allow_unchecked: bool
    lenient: bool


class Session:
    """Cleanses and hydrates in one conversation."""

    def __init__(self, conversation: AnyConversation, options: Options) -> None:
        self._conversation = conversation
        self._resolver: Resolver = conversation._resolver
        self.options = options
        self.memory = Memory()

    def outgoing(self) -> Outgoing:
        """Cleanses what goes to the model or to a tool."""
        return Outgoing(FIELDS, self.memory, allow_unchecked=self.options.allow_unchecked)

    def incoming(self, *, is_json: bool = False) -> Incoming:
        """Hydrates what comes back. ``is_json``: the answer's text is JSON."""
        return Incoming(
            self._resolver,
            self.memory,
            is_json=is_json,
            lenient=self.options.lenient,
            untouched=_UNTOUCHED,
        )

    @discreet
    def run(self, steps: Steps[T]) -> T:
        """Run all steps, blocking."""
        if not isinstance(self._conversation, Conversation):
            raise LiminalError(_BLOCKING)
        return run(steps, self._conversation)

    @discreet_async
    async def arun(self, steps: Steps[T]) -> T:
        """Run all steps, asynchronously."""
        if not isinstance(self._conversation, AsyncConversation):
            raise LiminalError(_AWAITING)
        return await run_async(steps, self._conversation)


def sessions(
    conversation: AnyConversation | AnyClient, model_instance_id: int | None, options: Options
) -> Callable[[], Session]:
    """Return a function that returns the session: always the same, or with a client a new one."""
    check_liminal(conversation)
    if options.instructions is not None:
        check_text("instructions", options.instructions)
    return protecting.sessions(
        conversation, model_instance_id, lambda talk, _is_shared: Session(talk, options)
    )
