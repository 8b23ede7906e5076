"""Redacts answers for the file and restores them from it, whole or as a stream's chunks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import attrs
import httpx

from liminal.errors import LiminalError
from liminal.streaming import ServerSentEvent, iter_sse
from liminal.testing._recorder.redact import redacted, resplit, restored
from liminal_api.decode import loads
from liminal_api.errors import DecodeError
from liminal_api.models import ErrorBody, StreamResponseChunk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from liminal.testing._recorder.operations import Call

_JSON = "application/json"
_SSE = "text/event-stream"
_DONE = "[DONE]"


def redacted_answer(call: Call, response: httpx.Response, content: bytes) -> dict[str, Any]:
    """Return the entry of an answer in the file."""
    made: dict[str, Any] = {"status": response.status_code}
    if any(each.startswith("session=") for each in response.headers.get_list("set-cookie")):
        made["session"] = True
    if "retry-after" in response.headers:
        made["retry_after"] = response.headers["retry-after"]
    try:
        if not response.is_success:
            made["body"] = _error(content)
        elif call.streams:
            made |= _stream(response.headers.get("content-type", ""), content)
        else:
            found = redacted(call.operation.parse(response.status_code, content))
            made["body"] = None if found is None else found.to_dict()
    except DecodeError as error:
        problem = str(error)
    else:
        return made
    raise LiminalError(f"An answer to {call.operation.id} can't be redacted: {problem}")


def restored_answer(call: Call, made: dict[str, Any]) -> httpx.Response:
    """Return the answer of an entry in the file."""
    headers: dict[str, str] = {}
    if made.get("session"):
        headers["set-cookie"] = "session=recorded; Path=/"
    if "retry_after" in made:
        headers["retry-after"] = made["retry_after"]
    if "chunks" in made:
        headers["content-type"] = made["type"]
        chunks = _encoded(made["type"], made["chunks"])
        return httpx.Response(made["status"], headers=headers, stream=_Chunks(list(chunks)))
    content = b"" if made.get("body") is None else json.dumps(made["body"]).encode()
    if content and made["status"] < 300:
        content = _restored(call, made["status"], content)
    headers["content-type"] = _JSON
    return httpx.Response(made["status"], headers=headers, content=content)


def _restored(call: Call, status: int, content: bytes) -> bytes:
    try:
        found = restored(call.operation.parse(status, content), call.text)
    except DecodeError as error:
        problem = str(error)
    else:
        return json.dumps(found.to_dict()).encode()
    raise LiminalError(
        f"A recorded answer to {call.operation.id} doesn't match the contract: {problem}; record it"
        " again"
    )


def _error(content: bytes) -> Any:
    try:
        return redacted(ErrorBody.from_dict(loads(content))).to_dict()
    except DecodeError:
        return None  # A page of a gateway's, say: it is left out whole.


def _stream(media_type: str, content: bytes) -> dict[str, Any]:
    """Return a stream's chunks: the name of each event, if it has one, and its data."""
    is_sse = media_type.startswith(_SSE)
    events = list(iter_sse([content])) if is_sse else _lines(content)
    named = [event.event for event in events if event.event not in ("message", "error")]
    if named:  # pings, which say nothing
        events = [event for event in events if event.event in ("message", "error")]
    chunks = [
        StreamResponseChunk.from_dict(loads(event.data.encode()))
        for event in events
        if event.event == "message" and event.data != _DONE
    ]
    texts = resplit([chunk.content for chunk in chunks])
    shown: list[Any] = [
        attrs.evolve(chunk, content=text).to_dict()
        for chunk, text in zip(chunks, texts, strict=True)
    ]
    ends = {"error": "error", "message": _DONE}
    last = [ends[event.event] for event in events if event.event == "error" or event.data == _DONE]
    return {"type": _SSE if is_sse else "application/x-ndjson", "chunks": [*shown, *last]}


def _lines(content: bytes) -> list[ServerSentEvent]:
    lines = content.decode().splitlines()
    return [ServerSentEvent(data=line) for line in lines if line.strip()]


def _encoded(media_type: str, chunks: list[Any]) -> Iterator[bytes]:
    for chunk in chunks:
        data = chunk if chunk == _DONE else json.dumps({} if chunk == "error" else chunk)
        name = "event: error\n" if chunk == "error" else ""
        yield (f"{name}data: {data}\n\n" if media_type == _SSE else f"{data}\n").encode()


class _Chunks(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A stream that comes in the recorded chunks."""

    def __init__(self, chunks: list[bytes]) -> None:
        self._chunks = chunks

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._chunks)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield each chunk."""
        for chunk in self._chunks:
            yield chunk
