# Derived from liminal/_async/_streams/source.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""The body of a streamed answer: what was decoded of it, and how it was lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import httpx

from liminal._calls.content import BodyError, ContentDecoder
from liminal._calls.failures import invalid, transport_failure
from liminal._http.body import ResponseBody
from liminal._http.loops import DroppedStreamCloser
from liminal.errors import RequestError

if TYPE_CHECKING:
    from liminal._calls.call import Call
    from liminal_api.models import StreamResponseChunk

    from .turn import Turn

_OTHER_LOOP: Final = "it belongs to another event loop and can only be read there"


class Source:
    """The answer that a stream reads: its connection, what it has decoded, how it was lost.

    The chunks of a ``turn`` are hydrated.
    """

    def __init__(
        self, call: Call, response: httpx.Response, decoder: Any, turn: Turn | None = None
    ) -> None:
        self.call = call
        self.headers = response.headers
        self.loss: str | None = None
        self._raw = ResponseBody.of(response)
        self._closer = DroppedStreamCloser(self)
        self._coding = response.headers.get("content-encoding")
        self._content_decoder: ContentDecoder | None = None
        self._ended = False
        self.decoder = decoder
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
            return self._decoded()
        hydrator = self._turn.chunks
        if self._turn.ask():
            return hydrator.go_on()
        ready = self._decoded()
        if ready is not None:
            return hydrator.hydrated(ready)
        return hydrator.end() if self.decoder.finished and not hydrator.is_done else None

    def _decoded(self) -> Iterator[StreamResponseChunk] | None:
        """Like ``next_chunks``, but not hydrated."""
        if self.decoder.finished or self._ended:
            return None
        part = self._next_part()
        if part is not None:
            return self._unpacked(part) if self._coding else self.decoder.feed(part)
        self._ended = True
        return self._last() if self.loss is None else None

    def _last(self) -> Iterator[StreamResponseChunk]:
        """The rest at the end of the bytes, which is no end if their content coding is cut off."""
        yield from self.decoder.finish()
        if self._content_decoder is not None and self.decoder.finish_reason is None:
            try:
                self._content_decoder.finish()
            except BodyError as error:
                self.loss, self.decoder.finished = f"the body {error}", False

    def _next_part(self) -> bytes | None:
        """The next bytes; None at their end. ``loss`` then has the reason if they were cut off."""
        try:
            part = self._raw.next_part()
        except httpx.HTTPError as error:
            self.loss = _reason(transport_failure(error, self.call).error)
            return None
        if part is not None and self.call.observation is not None:
            self.call.observation.bytes_received += len(part)
        return part

    def _unpacked(self, part: bytes) -> Iterator[StreamResponseChunk]:
        try:
            if self._content_decoder is None:
                self._content_decoder = ContentDecoder(self._coding)
            for piece in self._content_decoder.feed(part):
                yield from self.decoder.feed(piece)
        except BodyError as error:
            problem = str(error)
        else:
            return
        raise invalid(self.call.context, self.headers, None, f"the body {problem}")

    def close(self) -> None:
        if self._turn is not None:
            self._turn.stop()
        try:
            if self.decoder.finished:
                self._raw.drain()
            else:
                self._raw.close()
        finally:
            self._closer.leave(self)

    def close_soon(self) -> None:
        self._closer.close_soon(self, self.close)


def _reason(error: RequestError) -> str:
    """What happened, without the operation's name and the advice for that class of errors."""
    return str(error).partition(": ")[2].partition(";")[0]
