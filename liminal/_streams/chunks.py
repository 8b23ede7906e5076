"""Decodes the bytes of a streamed answer into typed chunks. Pure, and shared by both clients."""

from __future__ import annotations

import re
from itertools import chain
from json import JSONDecoder, decoder
from json.scanner import make_scanner
from typing import TYPE_CHECKING, Any, Final, cast

from liminal.errors import RequestError, ResponseValidationError, StreamServerError
from liminal.streaming import (
    DEFAULT_MAX_EVENT_BYTES,
    LineDecoder,
    ServerSentEvent,
    SSEDecoder,
    is_event_stream,
)
from liminal_api.decode import mutable_twin
from liminal_api.errors import DecodeError
from liminal_api.models import StreamResponseChunk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

# Some servers send this in place of JSON after the last chunk.
DONE: Final = "[DONE]"

JSON_WHITE_SPACE: Final = " \t\r\n"

# Bytes split into events at a time. httpx reads up to 64 KiB, and splitting all of them would delay
# the first chunk by a tenth of a millisecond.
_PIECE: Final = 8 * 1024


def _refuse(_constant: str) -> None:
    raise ValueError  # NaN and the infinities are not JSON, though Python reads them


_json: Final = JSONDecoder(parse_constant=_refuse)

# What the methods of _json call in the end: calling them directly halves the time for a chunk.
_scan: Final = make_scanner(cast("Any", _json))
_scan_string: Final[Callable[[str, int], tuple[str, int]]] = cast("Any", decoder).scanstring

# A string, up to its end or the end of the text; and the characters of JSON outside of strings.
_STRING: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
_OUTSIDE: Final = re.compile(r"[ \t\r\n0-9{}\[\],:.+\-aeflnrstuE]*")

# A chunk in the middle of an answer, as the serializers of JavaScript and Python write it.
_USUAL_FORMS: Final = (
    ('{"content":"', ',"finishReason":null}'),
    ('{"content": "', ', "finishReason": null}'),
)
_MutableChunk: Final = mutable_twin(StreamResponseChunk)


class ChunkDecoder:
    r"""Decodes a streamed answer: server-sent events if the content type says so, else JSON lines.

    ``finished`` becomes True when the answer is complete: after a chunk with a finish reason, which
    is kept as ``finish_reason``, or after ``[DONE]``. Anything after that is ignored. If the bytes
    end before it, the answer was cut off.

    ``feed`` and ``finish`` are lazy, so that the chunks before a fault come out ahead of its error:
    iterate to the end before the next call, and after an error make no other. They raise
    StreamServerError for an ``error`` event, and ResponseValidationError for anything that is not a
    chunk or is longer than ``max_event_bytes``. The errors carry ``operation``, ``request_id`` and
    ``attempts``.

        >>> decoder = ChunkDecoder("application/x-ndjson")
        >>> for chunk in decoder.feed(b'{"content": "Hello", "finishReason": "stop"}\n'):
        ...     print(chunk.content, decoder.finished, decoder.finish_reason)
        Hello True stop
    """

    def __init__(
        self,
        content_type: str | None,
        *,
        max_event_bytes: int = DEFAULT_MAX_EVENT_BYTES,
        operation: str | None = None,
        request_id: str | None = None,
        attempts: int = 1,
    ) -> None:
        self.finished = False
        self.finish_reason: str | None = None
        self._has_begun = False
        self._operation = operation
        self._request_id = request_id
        self._attempts = attempts
        self._read = _usual_chunk
        self._messages, self._last_messages = message_decoder(content_type, max_event_bytes)

    def feed(self, data: bytes) -> Iterator[StreamResponseChunk]:
        """Decode the next bytes of the answer, and yield the chunks that end in them."""
        pieces = (data[start : start + _PIECE] for start in range(0, len(data), _PIECE))
        return self._chunks(chain.from_iterable(map(self._messages, pieces)))

    def finish(self) -> Iterator[StreamResponseChunk]:
        """Yield the rest when the bytes have ended: the last line may lack its LF.

        An incomplete last line after good chunks was cut off with the rest of the answer. It is
        dropped, so that the caller reports an interrupted stream.
        """
        messages = self._last_messages()
        if self._has_begun:
            messages = (text for text in messages if not is_cut_off(text))
        return self._chunks(messages)

    def _chunks(self, messages: Iterable[str | ServerSentEvent]) -> Iterator[StreamResponseChunk]:
        if self.finished:
            return
        try:
            for message in messages:
                text = message if isinstance(message, str) else message_text(message)
                chunk = self._read(text) or self._chunk(text)
                if chunk is not None:
                    self._has_begun = True
                    if chunk.finish_reason:
                        self.finished, self.finish_reason = True, chunk.finish_reason
                    yield chunk
                if self.finished:
                    return
        except RequestError as error:
            error.operation, error.request_id = self._operation, self._request_id
            error.attempts = self._attempts
            raise

    def _chunk(self, text: str) -> StreamResponseChunk | None:
        """Parse a text that the fast path did not take; None if it can be ignored."""
        text = text.strip(JSON_WHITE_SPACE)
        if text == DONE:
            self.finished = True
        if text in {"", DONE}:
            return None
        self._read = _plain_chunk  # this server formats its chunks differently
        try:
            return StreamResponseChunk.from_dict(_json.decode(text))
        except DecodeError as error:
            path, problem = error.path, error.problem
        except (ValueError, RecursionError):
            path, problem = "$", "should be JSON"
        # Not raised inside the except blocks: those errors, chained as context, hold the text.
        raise ResponseValidationError(
            f"Could not validate response: {path} of a chunk {problem}", path=path
        )


def message_decoder(
    content_type: str | None, max_event_bytes: int
) -> tuple[Callable[[bytes], Iterator[str | ServerSentEvent]], Callable[[], Iterable[str]]]:
    """The functions that decode a body's bytes into messages, and that return the last one.

    Messages are server-sent events if the content type says so, else lines.
    """
    if is_event_stream(content_type):
        # None is left at the end: an event without its empty line is dropped (WHATWG HTML, 9.2.6).
        return SSEDecoder(max_event_bytes=max_event_bytes).messages, tuple
    lines = LineDecoder(max_event_bytes=max_event_bytes)
    return lines.feed, lines.finish


def _usual_chunk(text: str) -> StreamResponseChunk | None:
    """Read a chunk in one of the usual formats, in half the time of the other path; None if not."""
    for start, rest in _USUAL_FORMS:
        if text.startswith(start):
            try:
                content, end = _scan_string(text, len(start))
            except ValueError:
                return None
            if text[end:] != rest:
                return None
            draft: Any = _MutableChunk()
            draft.content = content
            draft.finish_reason = None
            draft.__class__ = StreamResponseChunk
            chunk: StreamResponseChunk = draft
            return chunk
    return None


def _plain_chunk(text: str) -> StreamResponseChunk | None:
    """Read a text that is one JSON chunk and nothing else; None if it is not."""
    try:
        value, end = _scan(text, 0)
        return StreamResponseChunk.from_dict(value) if end == len(text) else None
    except (StopIteration, ValueError, RecursionError, DecodeError):
        return None


def is_cut_off(text: str) -> bool:
    """Whether this is only the beginning of an object or of ``[DONE]``."""
    text = text.strip(JSON_WHITE_SPACE)
    if not text.startswith("{"):
        return text != DONE and DONE.startswith(text)
    outside = _STRING.sub("", text)
    return outside.count("{") > outside.count("}") and _OUTSIDE.fullmatch(outside) is not None


def message_text(event: ServerSentEvent) -> str:
    """The JSON text of a message; empty for other events, which are ignored."""
    if event.event == "error":
        raise _server_error(event.data)
    return event.data if event.event == "message" else ""


def _server_error(data: str) -> StreamServerError:
    try:
        message = _json.decode(data)["message"]
    except (ValueError, RecursionError, LookupError, TypeError):
        message = None
    return StreamServerError(
        "The service reported an error in the middle of the stream: the answer is incomplete; "
        "server_message has the service's own words",
        server_message=message if isinstance(message, str) else data,
    )
