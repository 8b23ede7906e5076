"""A conversation: one thread, and what its placeholders stand for."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, NoReturn, Self

from liminal._calls.arguments.checks import as_id, check_chunks, check_name, check_text, sendable
from liminal._calls.discreet import discreet, discreet_async
from liminal._session.once import AsyncOnce
from liminal._streams.resolver import Question, Resolver, ThreadHydrator
from liminal.errors import LiminalError
from liminal_api.api.prompt import submit_prompt
from liminal_api.models import HydrateResponse

from ._streams.turn import Turn
from .prompt import Prompts, submission
from .stream import AsyncPromptStream
from .thread import Threads

if TYPE_CHECKING:
    from liminal._streams.matcher import Escape
    from liminal.placeholders import Placeholders
    from liminal_api.models import (
        AnalysisFinding,
        AnalyzeResponse,
        CleanseResponse,
        SubmitResponse,
    )

    from ._api import AsyncApi


class AsyncConversation:
    """One thread, and what its placeholders stand for; ``client.conversation()`` creates it.

    The thread is created by the first method that needs it, unless its id is given. Several tasks
    or threads may use one conversation at the same time.

        conversation = client.conversation(instance.id)
        async for chunk in conversation.stream("Write to Ada Lovelace"):
            print(chunk.content, end="")
    """

    def __init__(
        self,
        api: AsyncApi,
        model_instance_id: int,
        *,
        thread_id: int | None = None,
        name: str | None = None,
    ) -> None:
        self._api = api
        self._instance = as_id("model_instance_id", model_instance_id)
        self._thread = AsyncOnce(None if thread_id is None else as_id("thread_id", thread_id))
        self._name = "Conversation" if name is None else name
        check_name("name", self._name)
        self._prompts = Prompts(api)
        self._resolver = Resolver()

    @property
    def thread_id(self) -> int | None:
        """The id of the thread; None until it is created."""
        return self._thread.value

    @property
    def placeholders(self) -> Placeholders:
        """What the placeholders stand for, as far as this conversation has learned it."""
        return self._resolver.placeholders

    @discreet_async
    async def submit(
        self,
        text: str,
        *,
        findings: AnalyzeResponse | Sequence[AnalysisFinding] | None = None,
    ) -> SubmitResponse:
        """Submit a prompt as the next turn, like ``client.prompt.submit``."""
        if self.thread_id is None:  # no thread is created for arguments that are wrong
            body = submission(self._instance, text, findings, None)
            with sendable():
                submit_prompt.get_kwargs(body=body)
        response = await self._prompts.submit(
            self._instance, text, findings=findings, thread_id=await self._thread_id()
        )
        self._learn(text, response.deidentified_input_text_data, findings)
        return response

    @discreet
    def stream(
        self,
        text: str,
        *,
        findings: AnalyzeResponse | Sequence[AnalysisFinding] | None = None,
    ) -> AsyncPromptStream:
        """Submit a prompt as the next turn, and return the hydrated answer in chunks.

        Like ``client.prompt.stream`` with ``hydrate=True``.
        """
        body = submission(self._instance, text, findings, self.thread_id, is_streaming=True)
        with sendable():
            request = submit_prompt.stream_kwargs(body=body)
        turn = Turn(self._api, body, self._resolver, thread=self._thread_id)
        return AsyncPromptStream(self._api, submit_prompt.OPERATION, request, turn)

    @discreet_async
    async def cleanse(self, text: str) -> str:
        """Analyze and cleanse a text in this thread, for a model that you call yourself.

        Remembers what the placeholders stand for, so that ``hydrate`` can restore them.
        """
        findings = await self._prompts.analyze(self._instance, text)
        if not findings.findings:
            return text
        cleansed = await self._prompts.cleanse(
            self._instance, text, findings=findings, thread_id=await self._thread_id()
        )
        self._learn(text, cleansed, findings)
        return cleansed.text

    @discreet_async
    async def hydrate(
        self, text: str, *, escape: Escape | None = None, lenient: bool = False
    ) -> str:
        """Restore the original text. The arguments are those of ``Placeholders.hydrate``.

        Makes a call only for placeholders that are still unknown, and only once for each.
        """
        check_text("text", text)
        question = self._resolver.question(text, escape=escape)
        if question is not None:
            self._resolver.settle(question, await self._ask(question))
        return self.placeholders.hydrate(text, escape=escape, lenient=lenient)

    @discreet
    def hydrate_stream(
        self,
        chunks: AsyncIterable[str],
        *,
        escape: Escape | None = None,
        lenient: bool = False,
    ) -> AsyncIterator[str]:
        """Hydrate the streamed text of a model that you call yourself; empty pieces are left out.

        Like ``liminal.placeholders.hydrate_stream``, with calls for placeholders that are unknown.
        If such a call fails, its error is raised after the pieces before.
        """
        hydrator = ThreadHydrator(self._resolver, escape=escape, lenient=lenient)
        check_chunks(chunks, AsyncIterable)
        return _Pieces(self._ask, aiter(chunks), hydrator)

    async def _thread_id(self) -> int:
        return await self._thread.get(self._create_thread)

    async def _create_thread(self) -> int:
        thread = await Threads(self._api).create(self._instance, self._name)
        return thread.id

    def _learn(
        self,
        text: str,
        cleansed: CleanseResponse,
        findings: AnalyzeResponse | Sequence[AnalysisFinding] | None,
    ) -> None:
        self._resolver.new_turn()
        # The service is asked for the rest when it is needed.
        with contextlib.suppress(LiminalError):
            self.placeholders.learn(text, cleansed, findings=findings)

    async def _ask(self, question: Question) -> HydrateResponse:
        if self.thread_id is None:  # nothing has been replaced yet
            return HydrateResponse(text=question.text, items=[])
        return await self._prompts.hydrate(self._instance, question.text, thread_id=self.thread_id)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: thread {self.thread_id}, {len(self.placeholders)} known>"

    def __reduce__(self) -> NoReturn:
        raise LiminalError(
            f"a {type(self).__name__} can't be pickled or copied, since it belongs to a client: use"
            " thread_id to continue the thread elsewhere"
        )


class _Pieces:
    """The texts that ``hydrate_stream`` returns. Iteration may stop at any point."""

    def __init__(
        self,
        ask: Callable[[Question], Awaitable[HydrateResponse]],
        chunks: AsyncIterator[str],
        hydrator: ThreadHydrator,
    ) -> None:
        self._ask = ask
        self._chunks = chunks
        self._hydrator = hydrator
        self._ended = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> str:
        while not self._ended:
            piece = await self._next_piece()
            if piece:
                return piece
        raise StopAsyncIteration

    @discreet_async
    async def _next_piece(self) -> str:
        last, self._ended = True, True  # also if this raises
        chunk = ""
        with contextlib.suppress(StopAsyncIteration):
            chunk = await anext(self._chunks)
            last = False
        check_text("a chunk", chunk)
        self._hydrator.feed(chunk, last=last)
        if self._hydrator.question is not None:
            self._hydrator.settle(await self._ask(self._hydrator.question))
        self._ended = last
        return self._hydrator.take()
