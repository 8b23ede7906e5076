"""An answer's bytes as they come off the connection, and how to leave them early without a trace.

The two variants stand side by side. A connection goes back to its pool when the answer was read to
its end, and is closed otherwise. The generators that httpx and httpcore nest under a body must not
be left half-way: trio warns of each. Once the connection is closed, one more step ends them all.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from typing import Final

import anyio
import httpx

from ._limit import LimitedStream, limit_sync
from ._options import Clock

# What is read of an answer that nobody needs, so that its connection can serve again: more than an
# error page, less than it costs to connect anew.
DRAIN_BYTES: Final = 64 * 1024
DRAIN_SECONDS: Final = 0.1


class AsyncRaw:
    """The body of one answer on asyncio or trio."""

    def __init__(self, response: httpx.Response) -> None:
        self._response = response
        self._parts: AsyncIterator[bytes] = aiter(response.stream)  # type: ignore[arg-type]
        self._ended = False

    async def next_part(self) -> bytes | None:
        """The next bytes, None at the end. Raises what httpx raises."""
        try:
            return await anext(self._parts)
        except StopAsyncIteration:
            self._ended = True
        return None

    async def drain(self) -> None:
        """Read what is left, within a bound, so that the connection can serve again; then close."""
        size: int | None = 0
        with anyio.move_on_after(DRAIN_SECONDS):
            while not self._ended and size is not None and size <= DRAIN_BYTES:
                size = await self._drained(size)
        await self.close()

    async def _drained(self, size: int) -> int | None:
        try:
            part = await self.next_part()
        except httpx.HTTPError:
            return None
        return size + len(part or b"")

    async def close(self) -> None:
        """Give the connection back, or close it when there is more to read."""
        await self._response.aclose()
        if self._ended:
            return
        self._ended = True
        try:
            while await anext(self._parts, None) is not None:
                pass
        except (httpx.HTTPError, httpx.StreamError, RuntimeError):
            pass  # closed is closed; RuntimeError: another task is reading, and will notice


class Raw:
    """The body of one answer on a blocking connection."""

    def __init__(self, response: httpx.Response) -> None:
        self._response = response
        self._parts: Iterator[bytes] = iter(response.stream)  # type: ignore[arg-type]
        self._ended = False

    def next_part(self) -> bytes | None:
        """The next bytes, None at the end. Raises what httpx raises."""
        part = next(self._parts, None)
        self._ended = part is None
        return part

    def drain(self) -> None:
        """Read what is left, within a bound, so that the connection can serve again; then close.

        On a caller's own pool the waits can't be bounded: there the connection is just closed.
        """
        stream = self._response.extensions.get("network_stream")
        if stream is None or isinstance(stream, LimitedStream):
            self._drain()
        self.close()

    def _drain(self) -> None:
        size, ends = 0, time.monotonic() + DRAIN_SECONDS
        with limit_sync(Clock(call_seconds=DRAIN_SECONDS, try_seconds=None)):
            while not self._ended and size <= DRAIN_BYTES and time.monotonic() < ends:
                try:
                    size += len(self.next_part() or b"")
                except httpx.HTTPError:
                    return

    def close(self) -> None:
        """Give the connection back, or close it when there is more to read."""
        self._response.close()
        self._ended = True
