"""A chat model that cleanses what it sends and hydrates what it receives."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Final

from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable, RunnableBinding, RunnableConfig
from pydantic import PrivateAttr

from liminal import AsyncConversation, Client, Conversation, SyncClient
from liminal._calls.discreet import (
    discreet,
    discreet_async,
    discreet_async_steps,
    discreet_steps,
)
from liminal.errors import LiminalError
from liminal.integrations._protection.protection import INSTRUCTIONS, has_json_format
from liminal.integrations._protection.steps import Steps

from ._answers import Chunks, message
from ._outgoing import Request, request
from ._session import Options, Session, sessions

if TYPE_CHECKING:
    from langchain_core.callbacks import (
        AsyncCallbackManagerForLLMRun,
        CallbackManagerForLLMRun,
    )
    from langchain_core.language_models.base import LangSmithParams

# ruff: noqa: SLF001 - a chat model describes itself in methods for its subclasses

# Callbacks are called by the protected model only, with what it returns.
_SILENT: Final[RunnableConfig] = {"callbacks": []}


class ProtectedChatModel(BaseChatModel):
    """A chat model in front of another; ``protect`` makes one.

    It stands between its callers and the model, so that there is no way around it: it has no other
    methods that send anything.
    """

    _model: BaseChatModel = PrivateAttr()
    _sessions: Callable[[], Session] = PrivateAttr()
    _instructions: str | None = PrivateAttr()
    _on_call: Callable[[], None] | None = PrivateAttr(default=None)

    @classmethod
    def of(
        cls,
        model: BaseChatModel,
        sessions: Callable[[], Session],
        instructions: str | None,
        on_call: Callable[[], None] | None = None,
    ) -> ProtectedChatModel:
        """Protect ``model``."""
        made = cls(
            name=model.get_name(),
            cache=False,  # the model's own cache holds placeholders, and this would hold names
            disable_streaming=model.disable_streaming,
            profile=model.profile,
            metadata=model.metadata,
            tags=model.tags,
            output_version="v0",  # the model itself has written its answers in its version
        )
        made._model, made._sessions, made._instructions = model, sessions, instructions
        made._on_call = on_call
        return made

    @property
    def model_name(self) -> str:
        """The name of the model, by which LangChain knows its features."""
        names = (getattr(self._model, name, None) for name in ("model_name", "model", "model_id"))
        return next((name for name in names if isinstance(name, str)), "")

    @property
    def _llm_type(self) -> str:
        return self._model._llm_type

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        return self._model._get_ls_params(stop=stop, **kwargs)

    def _combine_llm_outputs(self, llm_outputs: list[dict[str, Any] | None]) -> dict[str, Any]:
        return self._model._combine_llm_outputs(llm_outputs)

    def bind_tools(
        self,
        tools: Sequence[Any],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Bind tools like the model, whose API has its own form for them."""
        if tool_choice is not None:
            kwargs["tool_choice"] = tool_choice
        bound = self._model.bind_tools(tools, **kwargs)
        if not isinstance(bound, RunnableBinding) or bound.bound is not self._model:
            raise LiminalError(
                f"the tools of a {type(self._model).__name__} can't be protected: bind_tools must"
                " return a binding of the model"
            )
        return self.bind(**bound.kwargs)

    @discreet
    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        session = self._session()
        sent = session.run(self._request(session, messages, stop, kwargs))
        made = self._model.generate([sent.messages], callbacks=[], **sent.options)
        result = ChatResult(generations=_first(made.generations), llm_output=made.llm_output)
        return session.run(_hydrated(session, sent, result))

    @discreet_async
    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        session = self._session()
        sent = await session.arun(self._request(session, messages, stop, kwargs))
        made = await self._model.agenerate([sent.messages], callbacks=[], **sent.options)
        result = ChatResult(generations=_first(made.generations), llm_output=made.llm_output)
        return await session.arun(_hydrated(session, sent, result))

    @discreet_steps
    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        session = self._session()
        sent = session.run(self._request(session, messages, stop, kwargs))
        chunks = Chunks(session.incoming(is_json=_is_json(sent)))
        for chunk in self._model.stream(sent.messages, _SILENT, **sent.options):
            for made in session.run(chunks.chunk(chunk)):
                yield ChatGenerationChunk(message=made)
        for made in session.run(chunks.finish()):
            yield ChatGenerationChunk(message=made)

    @discreet_async_steps
    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        session = self._session()
        sent = await session.arun(self._request(session, messages, stop, kwargs))
        chunks = Chunks(session.incoming(is_json=_is_json(sent)))
        answer: Any = self._model.astream(sent.messages, _SILENT, **sent.options)
        async with aclosing(answer):
            async for chunk in answer:
                for made in await session.arun(chunks.chunk(chunk)):
                    yield ChatGenerationChunk(message=made)
        for made in await session.arun(chunks.finish()):
            yield ChatGenerationChunk(message=made)

    def _session(self) -> Session:
        if self._on_call is not None:
            self._on_call()
        return self._sessions()

    def _request(
        self, session: Session, messages: list[BaseMessage], stop: list[str] | None, options: Any
    ) -> Steps[Request]:
        return request(session, messages, {**options, "stop": stop}, self._instructions)


def _first(generations: Sequence[Sequence[Any]]) -> list[ChatGeneration]:
    """Return the answers to the only prompt."""
    return list(generations[0])


def _hydrated(session: Session, sent: Request, result: ChatResult) -> Steps[ChatResult]:
    made: list[ChatGeneration] = []
    for generation in result.generations:
        incoming = session.incoming(is_json=_is_json(sent))
        hydrated = yield from message(incoming, generation.message)
        info = generation.generation_info
        made.append(ChatGeneration(message=hydrated, generation_info=info))
    return ChatResult(generations=made, llm_output=result.llm_output)


def _is_json(sent: Request) -> bool:
    places = ("response_format", "text.format", "output_config.format", "output_format")
    return any(has_json_format(sent.options, place) for place in places)


def _check_model(model: object) -> None:
    if not isinstance(model, BaseChatModel) or isinstance(model, ProtectedChatModel):
        raise LiminalError(
            "model must be a chat model that isn't protected yet; bind tools afterwards"
        )


@discreet
def protect(
    model: BaseChatModel,
    conversation: Conversation | AsyncConversation | SyncClient | Client,
    *,
    model_instance_id: int | None = None,
    instructions: str | None = INSTRUCTIONS,
    allow_unchecked: bool = False,
    lenient: bool = False,
) -> BaseChatModel:
    """Return a chat model for chains that cleanses ``model``'s prompts and hydrates its answers.

    Whole answers, streams, tools and structured outputs are protected, and all are LangChain's own
    types. Bind tools to what this returns, not to ``model``. Blocking methods (``invoke``,
    ``stream``) need a SyncClient or its conversation, awaited ones a Client or its conversation.
    For an agent, use ``LiminalMiddleware``.

    The arguments are those of ``liminal.integrations.openai.protect``. LiminalError is raised, and
    nothing is sent, for what can't be checked: images, audio, files, and options that this version
    doesn't know.

        chain = prompt | protect(ChatOpenAI(model="gpt-5"), client.conversation(instance.id))
        for chunk in chain.stream({"name": "Ada Lovelace"}):
            print(chunk.text, end="")
    """
    _check_model(model)
    options = Options(instructions, allow_unchecked, lenient)
    return ProtectedChatModel.of(
        model, sessions(conversation, model_instance_id, options), instructions
    )
