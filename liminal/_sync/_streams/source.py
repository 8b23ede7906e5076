# Derived from liminal/_async/_streams/source.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""The answer that a stream reads: what was decoded of it, and how it was lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import httpx

from liminal._http.loops import DroppedStreamCloser
from liminal.errors import APIConnectionError

from .body import StreamBody

if TYPE_CHECKING:
    from liminal._calls.call import Call
    from liminal._streams.decoder import StreamDecoder
    from liminal_api.models import StreamResponseChunk

    from .turn import Turn


class Source:
    """Reads an answer, decodes it, and hydrates it if it belongs to a ``turn``.

    ``loss`` says why the answer was cut off, if its connection or content coding shows that.
    """

    def __init__(
        self,
        call: Call,
        response: httpx.Response,
        decoder: StreamDecoder[Any],
        turn: Turn | None = None,
    ) -> None:
        self.call = call
        self.headers = response.headers
        self.decoder = decoder
        self.loss: str | None = None
        self._body = StreamBody(call, response)
        self._ended = False
        self._closer = DroppedStreamCloser(self)
        self._turn = turn
        if turn is not None:
            turn.begin()

    @property
    def is_whole(self) -> bool:
        """Whether the answer has ended and all of its chunks were returned."""
        return self.decoder.finished and (self._turn is None or self._turn.chunks.is_done)

    def next_chunks(self) -> Iterator[StreamResponseChunk] | None:
        """The chunks in the next bytes; None when the answer is whole, or there are no more bytes.

        They are decoded one by one, so an error is raised after the chunks before it.
        """
        if self._turn is None:
            return self._next_decoded()
        hydrator = self._turn.chunks
        if self._turn.ask():
            return hydrator.go_on()
        ready = self._next_decoded()
        if ready is not None:
            return hydrator.hydrated(ready)
        return hydrator.end() if self.decoder.finished and not hydrator.is_done else None

    def _next_decoded(self) -> Iterator[StreamResponseChunk] | None:
        """Like ``next_chunks``, but not hydrated."""
        if self.decoder.finished or self._ended:
            return None
        data = None
        try:
            data = self._body.next_bytes()
        except APIConnectionError as error:
            # Without the operation's name, and the advice for that class of errors.
            self.loss = str(error).partition(": ")[2].partition(";")[0]
        if data is not None:
            return self.decoder.feed(data)
        self._ended = True
        return self.decoder.finish() if self.loss is None else None

    def close(self) -> None:
        if self._turn is not None:
            self._turn.stop()
        try:
            if self.decoder.finished:
                self._body.encoded.drain()
            else:
                self._body.encoded.close()
        finally:
            self._closer.leave(self)

    def close_soon(self) -> None:
        self._closer.close_soon(self, self.close)
