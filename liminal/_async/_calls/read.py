"""Reads answers: the head of a stream, or a whole body within its limit."""

from __future__ import annotations

from typing import Final

import httpx

from liminal._calls.call import Answer, Call, Failure
from liminal._calls.content import BodyError, BodyReader
from liminal._calls.failures import invalid, status_failure
from liminal._http.body import AsyncResponseBody
from liminal.errors import LiminalError

# The body of an error is kept for `.body` if it is no larger and takes no longer than this. The
# status counts with or without it.
_SMALL_BYTES: Final = 1024 * 1024
_BODY_SECONDS: Final = 2.0


async def read_head(call: Call, response: httpx.Response) -> httpx.Response | Failure:
    """The answer to a stream's request, unread when it is a success."""
    if response.is_success:
        return response
    return await _read_error(call, response)


async def read_answer(call: Call, response: httpx.Response) -> Answer | Failure:
    """The whole answer, within the limit for bodies."""
    if not response.is_success:
        return await _read_error(call, response)
    body = AsyncResponseBody.of(response)
    try:
        content = await _read(call, body, response.headers, call.options.max_body_bytes)
    finally:
        await body.aclose()
    return Answer(response.status_code, response.headers, content)


async def _read_error(call: Call, response: httpx.Response) -> Failure:
    """A failure for the status, with the body if there is one."""
    body = await read_if_small(call, response)
    return status_failure(call, response.status_code, response.headers, body)


async def read_if_small(call: Call, response: httpx.Response) -> bytes | None:
    """The body, None if it is too large, too slow or cut off."""
    limit = min(call.options.max_body_bytes, _SMALL_BYTES)
    seconds = max(0.001, min(_BODY_SECONDS, call.deadline.left() / 2))
    try:
        body = AsyncResponseBody.of(response)
        try:
            with body.bounded(seconds):
                return await _read(call, body, response.headers, limit)
        finally:
            await body.aclose()
    except (TimeoutError, httpx.HTTPError, LiminalError):
        return None


async def _read(call: Call, body: AsyncResponseBody, headers: httpx.Headers, limit: int) -> bytes:
    try:
        reader = BodyReader(headers.get("content-encoding"), limit)
        while (part := await body.next_part()) is not None:
            if call.observation is not None:
                call.observation.bytes_received += len(part)
            reader.feed(part)
        return reader.finish()
    except BodyError as error:
        problem = str(error)
    raise invalid(call, headers, None, f"the body {problem}")
