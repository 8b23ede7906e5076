# Derived from liminal/_async/stream.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""A streamed answer: its chunks, its whole text, and whether it is complete."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NoReturn, Self

from liminal._calls.discreet import discreet
from liminal._calls.failures import context_of, request_id
from liminal._streams.chunks import ChunkDecoder
from liminal.errors import (
    LiminalError,
    RequestError,
    StreamInterruptedError,
)

from ._streams.source import Source

# ruff: noqa: SLF001 - an iteration is a part of its stream

if TYPE_CHECKING:
    from liminal._calls.call import Call
    from liminal._streams.decoder import StreamDecoder
    from liminal_api.models import StreamResponseChunk
    from liminal_api.types import Operation, RequestKwargs

    from ._streams.turn import StreamApi, Turn


class PromptStream:
    """A streamed answer to a prompt, from ``client.prompt.stream``.

    Iterate over its chunks, or call ``text()`` for the whole answer. The prompt is sent when the
    first chunk is read. Leaving the loop early, an exception in it, and the end of a ``with`` block
    close the stream, and the service stops generating.

    An incomplete answer raises StreamInterruptedError, StreamServerError or ResponseValidationError
    after the valid chunks, and again from ``text()``. ``timeout`` limits the wait for each next
    piece; ``deadline`` limits the time until the answer begins.

    With ``hydrate=True`` the chunks, ``text()`` and ``partial_text`` have the original text in
    place of the placeholders. For those of earlier turns, the service is asked before their chunk;
    if that call fails, its error is raised after the chunks before.
    """

    def __init__(
        self,
        api: StreamApi,
        operation: Operation[Any],
        request: RequestKwargs,
        turn: Turn | None = None,
        *,
        decoder: Callable[..., StreamDecoder[Any]] = ChunkDecoder,
    ) -> None:
        self._api = api
        self._operation = operation
        self._request = request
        self._turn = turn
        self._decoder = decoder
        self._call: Call | None = None
        self._source: Source | None = None
        self._ready: Iterator[StreamResponseChunk] | None = None  # in the bytes that have arrived
        self._text = io.StringIO()
        self._chunks = 0
        self._reading = False
        self._closed = False
        self._error: BaseException | None = None

    def __repr__(self) -> str:
        state = "closed" if self._closed else "open" if self._call else "not sent yet"
        return f"<{type(self).__name__}: {state}, {self._chunks} chunks>"

    def __reduce__(self) -> NoReturn:
        raise LiminalError(
            f"a {type(self).__name__} can't be pickled or copied, since it reads from a connection:"
            " send what text() gives, or open another"
        )

    @property
    def finish_reason(self) -> str | None:
        """Why the answer ended, usually ``stop``; None before its end."""
        return self._source.decoder.finish_reason if self._source else None

    def __iter__(self) -> Iterator[StreamResponseChunk]:
        return Chunks(self)

    def __next__(self) -> StreamResponseChunk:
        chunk = self._next_ready()
        return chunk if chunk is not None else self._read_next()

    def __del__(self) -> None:
        self._drop()

    def text(self) -> str:
        """Read to the end and return the whole text, including chunks that were already read."""
        while self._next_ready() is not None or self._read_more():
            pass
        return self._text.getvalue()

    def raw_text(self) -> str:
        """Read to the end and return the whole text as the model wrote it, not hydrated."""
        text = self.text()
        return text if self._turn is None else self._turn.chunks.raw_text

    @discreet
    def close(self) -> None:
        """Stop reading. The connection is reused if the answer has been read to its end.

        Another task or thread that is reading the stream gets StreamInterruptedError.
        """
        self._closed = True
        try:
            if self._source is not None:
                self._source.close()
            elif self._call is not None:
                self._call.deadline.cancel()
        finally:
            self._report()

    def _drop(self) -> None:
        """Close a stream that was read in part, from where nothing can be awaited."""
        if self._source is not None and not self._closed:
            self._closed = True
            self._source.close_soon()
            self._report()

    def _report(self) -> None:
        """Report the end of the call to its observers."""
        call = self._call
        if call is not None and call.observation is not None:
            is_whole = self._source is not None and self._source.is_whole
            call.observation.ends(
                call,
                self._error,
                cancelled=self._error is None and not is_whole,
                is_stream=True,
                chunks=self._chunks,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _next_ready(self) -> StreamResponseChunk | None:
        """The next chunk if its bytes have arrived, so that most steps wait for nothing."""
        if self._closed or self._reading:
            return None
        self._reading = True
        try:
            for chunk in self._ready or ():
                self._text.write(chunk.content)
                self._chunks += 1
                if self._chunks == 1 and self._call and self._call.observation:
                    self._call.observation.note_chunk()
                return chunk
            self._ready = None
        except BaseException as error:  # noqa: BLE001 - raised by the next _read_more
            self._error = error
        finally:
            self._reading = False
        return None

    def _read_next(self) -> StreamResponseChunk:
        """The next chunk, after none was ready."""
        while self._read_more():
            chunk = self._next_ready()
            if chunk is not None:
                return chunk
        raise StopIteration

    @discreet
    def _read_more(self) -> bool:
        """Read the next bytes, as the only reader; False when the answer is complete.

        Any failure ends the stream.
        """
        if self._reading:
            raise LiminalError("another task or thread is reading this stream: only one can")
        self._reading = True
        try:
            return self._read()
        except BaseException as error:  # also when it is cancelled: a part may be lost
            self._error = error if isinstance(error, LiminalError) else None
            self.close()
            raise
        finally:
            self._reading = False

    def _read(self) -> bool:
        if self._error is not None:
            raise self._error.with_traceback(None)  # or each raise would lengthen its traceback
        if self._ready is not None and not self._closed:  # another reader was faster just now
            return True
        source = self._source or self._open()
        try:
            self._ready = None if self._closed else source.next_chunks()
        except LiminalError:
            if not self._closed:
                raise
        if self._ready is not None:
            return True
        if not source.is_whole:
            raise self._interrupted(source.call, source)
        self.close()
        return False

    def _open(self) -> Source:
        self._check_not_closed()
        request = self._request if self._turn is None else self._turn.request(self._request)
        self._check_not_closed()
        self._call = self._api.begin(self._operation, request)
        self._check_not_closed()  # perhaps just now, by another thread that found no call to end
        if self._turn is not None and self._call.observation is not None:
            self._call.observation.note_thread(self._turn.thread_id)
        response = None
        try:
            response = self._api.open_stream(self._call)
        except RequestError:
            if not self._closed:
                raise
        if response is None:  # closed meanwhile
            raise self._interrupted(self._call, None)
        decoder = self._decoder(
            response.headers.get("content-type"),
            max_event_bytes=self._call.options.max_event_bytes,
            events=self._operation.stream_events,
            context=context_of(self._call, response.headers),
        )
        self._source = Source(self._call, response, decoder, self._turn)
        return self._source

    def _check_not_closed(self) -> None:
        if self._closed:
            raise LiminalError("this stream was closed before its answer began: open another")

    def _interrupted(self, call: Call, source: Source | None) -> RequestError:
        """The error for an answer that ended before it was whole."""
        reason = "this stream was closed before the answer's end"
        if source is not None and not self._closed:
            reason = f"the answer was cut off: {source.loss or 'it ended before its last chunk'}"
        if source is not None:
            reason += f"; {source.decoder.what_arrived}"
        return StreamInterruptedError(
            reason,
            partial_text=self._text.getvalue(),
            chunks_received=self._chunks,
            request_id=request_id(source.headers) if source is not None else None,
            **call.context,
        )


class Chunks:
    """One iteration of a stream. When it is dropped, as by ``break``, the stream closes."""

    def __init__(self, stream: PromptStream) -> None:
        self._stream = stream
        self._is_second = False  # another reader was there first, and reads on

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Any:
        chunk = self._stream._next_ready()
        if chunk is None:
            self._is_second = self._stream._reading
            chunk = self._stream._read_next()
        return chunk

    def __reduce__(self) -> NoReturn:  # nor is a copy to close the stream when it is dropped
        self._stream.__reduce__()

    def __del__(self) -> None:
        if not self._is_second:
            self._stream._drop()
