"""A middleware for LangChain's agents."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Any, Final, TypeAlias

from langchain.agents.middleware import (
    AgentMiddleware,
    AgentState,
    ModelRequest,
    ModelResponse,
    ToolCallRequest,
)
from langchain_core.messages import BaseMessage, SystemMessage, ToolMessage
from langchain_core.tools import BaseTool
from langgraph.types import Command

from liminal import AsyncConversation, Client, Conversation, SyncClient
from liminal._calls.discreet import discreet, discreet_async
from liminal.errors import LiminalError
from liminal.integrations._protection.protection import INSTRUCTIONS
from liminal.integrations._protection.steps import Steps

from ._model import ProtectedChatModel
from ._outgoing import conversation as cleansed_conversation
from ._outgoing import instructed
from ._session import Options, Session, sessions
from ._tools import cleansed_call, hydrated_result

_ToolResult: TypeAlias = "ToolMessage | Command[Any]"
# The most conversations of a client that are remembered. A dropped one starts again.
_MAX_THREADS: Final = 1024


class LiminalMiddleware(AgentMiddleware[AgentState[Any], Any, Any]):
    """Protects an agent: its model sees placeholders, and so do tools that aren't trusted.

    The program sees the original text: in the state, final messages, tool calls, and what
    ``stream`` yields of them, token by token. Put it last in the list of middleware, since those
    after it see placeholders and must not change the model.

    - ``conversation``: all runs share its thread, so that a value keeps its placeholder. Use one
      for each user. With a Liminal client and a ``model_instance_id``, each thread of the agent's
      checkpointer has its own conversation, and without a checkpointer each call has.
      ``invoke`` and ``stream`` need a SyncClient, ``ainvoke`` and ``astream`` a Client.
    - ``trusted_tools``: the names of the tools that see the original text. Any other sees
      placeholders, in its arguments and in the state; what it returns is hydrated.
    - ``instructions`` are added to the system prompt, so that the model leaves placeholders as they
      are; None adds nothing.
    - ``allow_unchecked=True`` sends what can't be checked: images, audio, files, and fields that
      this version doesn't know. Otherwise they raise LiminalError.
    - ``lenient``: as for ``Placeholders.hydrate``.

    If a text can't be cleansed, neither the model nor the tool is called, and the error is raised.

        middleware = LiminalMiddleware(conversation, trusted_tools=["send_letter"])
        agent = create_agent("openai:gpt-5", tools=[send_letter], middleware=[middleware])
    """

    @discreet
    def __init__(
        self,
        conversation: Conversation | AsyncConversation | SyncClient | Client,
        *,
        model_instance_id: int | None = None,
        trusted_tools: Collection[str] = (),
        instructions: str | None = INSTRUCTIONS,
        allow_unchecked: bool = False,
        lenient: bool = False,
    ) -> None:
        super().__init__()
        self.tools: Sequence[BaseTool] = []
        if isinstance(trusted_tools, str):
            raise LiminalError("trusted_tools must be a collection of names, not one name")
        self._trusted = frozenset(trusted_tools)
        self._options = Options(instructions, allow_unchecked, lenient)
        self._new_session = sessions(conversation, model_instance_id, self._options)
        self._threads: OrderedDict[str, Session] = OrderedDict()
        self._lock = threading.Lock()

    @discreet
    def wrap_model_call(
        self,
        request: ModelRequest[Any],
        handler: Callable[[ModelRequest[Any]], ModelResponse[Any]],
    ) -> ModelResponse[Any]:
        """Call the model with placeholders, and return its answer with the original text."""
        session, call = self._session(request.runtime), _Call()
        sent = session.run(self._cleansed(session, request, call))
        response = handler(sent)
        call.check()
        return response

    @discreet_async
    async def awrap_model_call(
        self,
        request: ModelRequest[Any],
        handler: Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]],
    ) -> ModelResponse[Any]:
        """Like ``wrap_model_call``, awaited."""
        session, call = self._session(request.runtime), _Call()
        sent = await session.arun(self._cleansed(session, request, call))
        response = await handler(sent)
        call.check()
        return response

    @discreet
    def wrap_tool_call(
        self, request: ToolCallRequest, handler: Callable[[ToolCallRequest], _ToolResult]
    ) -> _ToolResult:
        """Call a tool: a trusted one unchanged, any other with placeholders."""
        if request.tool_call["name"] in self._trusted:
            return handler(request)
        session = self._session(_runtime_of(request))
        result = handler(session.run(cleansed_call(session, request)))
        hydrated: _ToolResult = session.run(hydrated_result(session, result))
        return hydrated

    @discreet_async
    async def awrap_tool_call(
        self,
        request: ToolCallRequest,
        handler: Callable[[ToolCallRequest], Awaitable[_ToolResult]],
    ) -> _ToolResult:
        """Like ``wrap_tool_call``, awaited."""
        if request.tool_call["name"] in self._trusted:
            return await handler(request)
        session = self._session(_runtime_of(request))
        result = await handler(await session.arun(cleansed_call(session, request)))
        hydrated: _ToolResult = await session.arun(hydrated_result(session, result))
        return hydrated

    def _session(self, runtime: object) -> Session:
        info = getattr(runtime, "execution_info", None)
        thread: str | None = getattr(info, "thread_id", None)
        if thread is None:
            return self._new_session()
        with self._lock:
            session = self._threads.pop(thread, None) or self._new_session()
            self._threads[thread] = session
            if len(self._threads) > _MAX_THREADS:
                self._threads.popitem(last=False)
            return session

    def _cleansed(
        self, session: Session, request: ModelRequest[Any], call: _Call
    ) -> Steps[ModelRequest[Any]]:
        if isinstance(request.model, ProtectedChatModel):
            raise LiminalError("the agent's model is protected already: use the middleware alone")
        given: list[BaseMessage] = list(request.messages)
        if request.system_message is not None:
            given.insert(0, request.system_message)
        messages: list[Any] = yield from cleansed_conversation(session, given)
        if self._options.instructions is not None:
            messages = instructed(session, messages, self._options.instructions)
        has_system = bool(messages) and isinstance(messages[0], SystemMessage)
        return request.override(
            model=ProtectedChatModel.of(request.model, lambda: session, None, call.note),
            system_message=messages.pop(0) if has_system else None,
            messages=messages,
        )


def _runtime_of(request: Any) -> object:
    return request.runtime


class _Call:
    """Records whether the protected model was called, rather than a replacement."""

    def __init__(self) -> None:
        self._called = False

    def note(self) -> None:
        self._called = True

    def check(self) -> None:
        if not self._called:
            raise LiminalError(
                "a middleware after LiminalMiddleware has answered without the protected model:"
                " put LiminalMiddleware last"
            )
