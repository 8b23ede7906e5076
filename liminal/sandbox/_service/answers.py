"""Converts an operation's outcome into an HTTP answer: whole, streamed, refused or failed."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from starlette.responses import Response, StreamingResponse

from liminal.sandbox._controls import to_json
from liminal.sandbox._service.model import pieces

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from starlette.types import Receive, Scope, Send

    from liminal.sandbox._controls import Controls, Failure, StreamFailure
    from liminal.sandbox._settings import StreamFormat

_JSON = "application/json"
_SSE = "text/event-stream"
_NDJSON = "application/x-ndjson"
# RFC 9110, 6.4.1: answers that never have a body.
_BODILESS = {204, 205, 304}
_PHRASES = {status.value: status.phrase for status in HTTPStatus}


def whole(data: object) -> Response:
    """A successful answer, with its ``data``."""
    return Response(to_json({"data": data}), media_type=_JSON)


def refused(status: int, message: str, headers: tuple[tuple[str, str], ...] = ()) -> Response:
    """An error answer."""
    return Response(_error(status, message), status, dict(headers), _JSON)


class ConnectionDropped(Exception):  # noqa: N818 - a request to the server, not an error
    """Close the connection without an answer."""


class _Dropped(Response):
    """No answer."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        raise ConnectionDropped


def failed(failure: Failure) -> Response:
    """The answer of a failure; its headers replace the default ones of the same name."""
    if failure.status is None:
        return _Dropped(status_code=0)
    content, media_type = _failed_body(failure, failure.status)
    response = Response(content, failure.status, media_type=media_type)
    given = {name for name, _ in failure.headers}
    kept = [pair for pair in response.raw_headers if pair[0] not in given]
    response.raw_headers = [*kept, *failure.headers]
    return response


def _failed_body(failure: Failure, status: int) -> tuple[bytes, str | None]:
    if status in _BODILESS:
        return b"", None
    if failure.body is None:
        return _error(status, "The sandbox was told to fail."), _JSON
    return failure.body, failure.media_type


def _error(status: int, message: str) -> bytes:
    error = _PHRASES.get(status, "Error")
    return to_json({"statusCode": status, "error": error, "message": message})


def streamed(
    text: str, accept: str, stream_format: StreamFormat | None, controls: Controls
) -> Response:
    """A streamed answer, in the given format or the one that ``Accept`` prefers."""
    sse = stream_format == "sse" or (stream_format is None and _prefers_sse(accept))
    failure = controls.stream_failures.popleft() if controls.stream_failures else None
    lines = _events(text, failure) if sse else _lines(text, failure)
    return StreamingResponse(_paced(lines, controls), media_type=_SSE if sse else _NDJSON)


def _prefers_sse(accept: str) -> bool:
    """RFC 9110, 12.5.1. Server-sent events if both are preferred equally, NDJSON if neither is."""
    weights = dict(_weight(media_range) for media_range in accept.lower().split(","))
    return weights.get(_SSE, 0.0) > 0 and weights[_SSE] >= weights.get(_NDJSON, 0.0)


def _weight(media_range: str) -> tuple[str, float]:
    media_type, *parameters = (part.strip() for part in media_range.split(";"))
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name == "q":
            try:
                return media_type, float(value)
            except ValueError:
                return media_type, 0.0
    return media_type, 1.0


async def _paced(lines: Iterator[bytes], controls: Controls) -> AsyncIterator[bytes]:
    for line in lines:
        # Sleeps even for 0 seconds: the server notices a disconnect only in the event loop.
        await asyncio.sleep(controls.chunk_delay)
        yield line


def _lines(text: str, failure: StreamFailure | None) -> Iterator[bytes]:
    """NDJSON: one chunk a line."""
    for chunk in _chunks(text, failure):
        yield to_json(chunk) + b"\n"


def _events(text: str, failure: StreamFailure | None) -> Iterator[bytes]:
    """Server-Sent Events: the chunk as data, an event named ``error``, a closing ``[DONE]``."""
    for chunk in _chunks(text, failure):
        yield b"data: " + to_json(chunk) + b"\n\n"
    if failure is None:
        yield b"data: [DONE]\n\n"
    elif failure.message is not None:
        yield b"event: error\ndata: " + to_json({"message": failure.message}) + b"\n\n"


def _chunks(text: str, failure: StreamFailure | None) -> list[dict[str, Any]]:
    chunks: list[dict[str, Any]] = [
        {"content": piece, "finishReason": None} for piece in pieces(text)
    ]
    chunks[-1]["finishReason"] = "stop"
    # A stream that breaks never sends its last chunk, even with a large ``after``.
    return chunks if failure is None else chunks[:-1][: failure.after]
