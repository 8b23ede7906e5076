"""One hydrated stream as a turn of its thread: what it sends, and what it asks the service."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Protocol

import attrs

from liminal._streams.hydration import ChunkHydrator
from liminal_api.api.prompt import hydrate_prompt, submit_prompt
from liminal_api.models import HydrateRequest, SubmitRequest

if TYPE_CHECKING:
    import httpx

    from liminal._calls.call import Call
    from liminal._streams.resolver import Resolver
    from liminal_api.types import Operation, RequestKwargs, Response


class StreamApi(Protocol):
    """Makes the calls of a stream: the client's ``api``."""

    def begin(self, operation: Operation[Any], request: RequestKwargs) -> Call: ...
    async def open_stream(self, call: Call) -> httpx.Response: ...
    async def finish(self, call: Call) -> Response[Any]: ...


class Turn:
    """A streaming submit in the thread of ``body``, or in the one that ``thread`` makes."""

    def __init__(
        self,
        api: StreamApi,
        body: SubmitRequest,
        resolver: Resolver,
        *,
        thread: Callable[[], Awaitable[int]] | None = None,
    ) -> None:
        self.chunks: ChunkHydrator = ChunkHydrator(resolver)
        self._api = api
        self._body = body
        self._resolver = resolver
        self._thread = thread
        self._asking: Call | None = None
        self._is_stopped = False

    async def request(self, request: RequestKwargs) -> RequestKwargs:
        """The request to send: ``request``, or a copy with the thread in it."""
        if self._thread is None:
            return request
        self._body = attrs.evolve(self._body, thread_id=await self._thread())
        return submit_prompt.stream_kwargs(body=self._body)

    @property
    def thread_id(self) -> int | None:
        """The thread of the turn, once it exists."""
        known = self._body.thread_id
        return known if isinstance(known, int) else None

    def begin(self) -> None:
        """Record that the answer begins: the thread has this turn's placeholders now."""
        self._resolver.new_turn()

    async def ask(self) -> bool:
        """Ask the service about unknown placeholders; False if there are none."""
        question = self.chunks.question
        if question is None:
            return False
        body = HydrateRequest(
            model_instance_id=self._body.model_instance_id,
            text=question.text,
            thread_id=self._body.thread_id,
        )
        request = hydrate_prompt.get_kwargs(body=body)
        self._asking = call = self._api.begin(hydrate_prompt.OPERATION, request)
        if self._is_stopped:  # just now, by another thread that found no call to end
            call.deadline.cancel()
        answer = await self._api.finish(call)
        self.chunks.settle(answer.parsed.data)
        return True

    def stop(self) -> None:
        """End the call that asks the service, since the stream is closed."""
        self._is_stopped = True
        if self._asking is not None:
            self._asking.deadline.cancel()
