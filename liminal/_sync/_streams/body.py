# Derived from liminal/_async/_streams/body.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""The body of a streamed answer: its decoded bytes, and why there are no more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import httpx

from liminal._calls.content import BodyError, ContentDecoder
from liminal._calls.failures import (
    invalid,
    is_shut_down,
    lost,
    shut_down,
    transport_failure,
)
from liminal._http.body import ResponseBody

if TYPE_CHECKING:
    from liminal._calls.call import Call


class StreamBody:
    """Reads the body of an answer that has begun."""

    def __init__(self, call: Call, response: httpx.Response) -> None:
        call.lost = True  # the service has the request
        self._call = call
        self._headers = response.headers
        self._coding: str = response.headers.get("content-encoding", "")
        self._decoder: ContentDecoder | None = None
        self._decoded: Iterator[bytes] = iter(())
        # The bytes as they were sent. Any thread may close it.
        self.encoded: ResponseBody = ResponseBody.of(response)

    def next_bytes(self) -> bytes | None:
        """The next bytes; None at the end.

        Raises APIConnectionError if the body is cut off, and ResponseValidationError if its content
        coding does not fit it.
        """
        try:
            decoded = next(self._decoded, None)
            while decoded is None:
                part = self.encoded.next_part()
                if part is None:
                    self._end()
                    return None
                if self._call.observation is not None:
                    self._call.observation.bytes_received += len(part)
                if not self._coding:
                    return part
                self._decoded = self._decode(part)
                decoded = next(self._decoded, None)
        except (httpx.HTTPError, BodyError, RuntimeError) as error:
            failure = self._failure(error)
        else:
            return decoded
        # Outside the except block, so that the other error is not its context.
        raise failure

    def _decode(self, part: bytes) -> Iterator[bytes]:
        if self._decoder is None:
            self._decoder = ContentDecoder(self._coding)
        return iter(self._decoder.feed(part))

    def _end(self) -> None:
        """Raise APIConnectionError if the content coding says that the body is cut off."""
        try:
            if self._decoder is not None:
                self._decoder.finish()
        except BodyError as error:
            problem = str(error)
        else:
            return
        raise lost(self._call, f"the body {problem}")

    def _failure(self, error: Exception) -> Exception:
        """The error to raise for it."""
        if isinstance(error, BodyError):
            return invalid(self._call, self._headers, None, f"the body {error}")
        if isinstance(error, RuntimeError):  # perhaps of a hook or transport of the user's
            return shut_down(error, self._call).error if is_shut_down(error) else error
        return transport_failure(error, self._call).error
