"""Hydrates the chunks of a streamed answer, one by one."""

from __future__ import annotations

import io
from collections.abc import Iterator

import attrs

from liminal_api.models import StreamResponseChunk

from .resolver import Resolver, ThreadHydrator


class ChunkHydrator(ThreadHydrator):
    """Turns the chunks of one answer, as the model wrote them, into hydrated ones.

    While there is a ``question``, the service must answer it before more chunks follow.
    """

    def __init__(self, resolver: Resolver) -> None:
        super().__init__(resolver)
        self._raw = io.StringIO()
        self._chunks: Iterator[StreamResponseChunk] = iter(())
        self._chunk: StreamResponseChunk | None = None  # fed, but not returned yet

    @property
    def raw_text(self) -> str:
        """The text of all chunks so far, as the model wrote it."""
        return self._raw.getvalue()

    @property
    def is_done(self) -> bool:
        """Whether the answer is complete and all of its chunks were returned."""
        return self._last and self._chunk is None

    def hydrated(self, chunks: Iterator[StreamResponseChunk]) -> Iterator[StreamResponseChunk]:
        """Hydrate ``chunks``, up to the first question."""
        self._chunks = chunks
        return self.go_on()

    def go_on(self) -> Iterator[StreamResponseChunk]:
        """The chunks up to the next question."""
        while self.question is None:
            chunk, self._chunk = self._chunk, None
            if chunk is not None:
                text = self.take()
                # A chunk is left out while all of its text is uncertain.
                if text or chunk.finish_reason or not (chunk.content or self._last):
                    yield chunk if text == chunk.content else attrs.evolve(chunk, content=text)
            elif (chunk := next(self._chunks, None)) is not None:
                self._feed_chunk(chunk, last=bool(chunk.finish_reason))
            else:
                return

    def end(self) -> Iterator[StreamResponseChunk]:
        """The text still held back when the answer ends without a finish reason."""
        self._feed_chunk(StreamResponseChunk(content="", finish_reason=None), last=True)
        return self.go_on()

    def _feed_chunk(self, chunk: StreamResponseChunk, *, last: bool) -> None:
        self._raw.write(chunk.content)
        self._chunk = chunk
        self.feed(chunk.content, last=last)
