"""Hydrates the chunks of a streamed answer, one by one."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

import attrs

from liminal_api.models import StreamResponseChunk

from .resolver import Question, Resolver, ThreadHydrator

if TYPE_CHECKING:
    from liminal_api.models import HydrateResponse


class ChunkHydrator:
    """Turns the chunks of one answer, as the model wrote them, into hydrated ones.

    While there is a ``question``, the service must answer it before more chunks follow.
    """

    def __init__(self, resolver: Resolver) -> None:
        self._texts = ThreadHydrator(resolver)
        self._raw = io.StringIO()
        self._source: Iterator[StreamResponseChunk] = iter(())
        self._chunk: StreamResponseChunk | None = None
        self._is_whole = False

    @property
    def question(self) -> Question | None:
        """What to ask the service."""
        return self._texts.question

    @property
    def raw_text(self) -> str:
        """The text of all chunks so far, as the model wrote it."""
        return self._raw.getvalue()

    @property
    def is_done(self) -> bool:
        """Whether the answer is complete and all of its chunks were returned."""
        return self._is_whole and self._chunk is None

    def hydrated(self, chunks: Iterator[StreamResponseChunk]) -> Iterator[StreamResponseChunk]:
        """Hydrate ``chunks``, up to the first question."""
        self._source = chunks
        while self.question is None:
            chunk = self._take()
            if chunk is not None:
                yield chunk
            elif (chunk := next(self._source, None)) is not None:
                self._feed(chunk, last=bool(chunk.finish_reason))
            else:
                return

    def settle(self, answer: HydrateResponse) -> None:
        """Take over the answer to the ``question``."""
        self._texts.settle(answer)

    def go_on(self) -> Iterator[StreamResponseChunk]:
        """The chunks that follow, after a question is settled."""
        return self.hydrated(self._source)

    def end(self) -> Iterator[StreamResponseChunk]:
        """The text still held back when the answer ends without a finish reason."""
        self._feed(StreamResponseChunk(content="", finish_reason=None), last=True)
        return self.hydrated(iter(()))

    def _feed(self, chunk: StreamResponseChunk, *, last: bool) -> None:
        self._raw.write(chunk.content)
        self._chunk, self._is_whole = chunk, last
        self._texts.feed(chunk.content, last=last)

    def _take(self) -> StreamResponseChunk | None:
        """The chunk that was fed, unless all of its text is still uncertain."""
        chunk = self._chunk
        if chunk is None:
            return None
        self._chunk = None
        text = self._texts.take()
        if not text and not chunk.finish_reason and (chunk.content or self._is_whole):
            return None
        return chunk if text == chunk.content else attrs.evolve(chunk, content=text)
