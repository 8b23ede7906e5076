"""The body of an answer, over any connection: read part by part, drained, or closed early.

The two variants stand side by side. ``pool`` has the bodies of the client's own connections,
``httpx_clients`` those of a caller's client.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from contextlib import AbstractContextManager, suppress
from typing import Any, Final, Self

import anyio
import httpx

from .sockets.deadline import Deadline
from .sockets.limits import end_limit, limit_async

# How much of an unneeded answer is read so that its connection can serve again: more than an error
# page, and less work than a new connection.
DRAIN_BYTES: Final = 64 * 1024
DRAIN_SECONDS: Final = 0.1
LOST: Final = "this answer's connection was closed before its end"


class AsyncResponseBody(httpx.AsyncByteStream, ABC):
    """The body of one answer on asyncio or trio."""

    # Class attributes, since most answers change only two.
    # Whether all of it was read.
    ended = False
    _closed = False
    _draining = False

    @staticmethod
    def of(response: httpx.Response) -> AsyncResponseBody:
        """The body of an answer that one of this package's transports gave: its ``stream``."""
        stream: Any = response.stream
        body: AsyncResponseBody = stream
        return body

    @abstractmethod
    async def next_part(self) -> bytes | None:
        """The next bytes, None at the end. Raises what httpx raises."""

    @abstractmethod
    async def aclose(self) -> None:
        """Give the connection back, or close it if there is more to read. Must not be cancelled."""

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        part = await self.next_part()
        if part is None:
            raise StopAsyncIteration
        return part

    async def drain(self) -> None:
        """Read what is left, within a bound, so that the connection can serve again; then close."""
        if self._draining:  # another task is draining it
            return
        self._draining = True
        size = 0
        try:
            with suppress(Exception), anyio.move_on_after(DRAIN_SECONDS):  # the answer isn't needed
                while size <= DRAIN_BYTES and (part := await self.next_part()) is not None:
                    size += len(part)
        finally:
            await self.aclose()

    def bounded(self, seconds: float) -> AbstractContextManager[None]:
        """Let the block read for up to ``seconds``, then raise TimeoutError."""
        return limit_async(Deadline(call_seconds=seconds, try_seconds=None))


class ResponseBody(httpx.SyncByteStream, ABC):
    """The body of one answer on a blocking connection. Any thread may close it."""

    def __init__(self) -> None:
        # Whether all of it was read.
        self.ended = False
        self._reading = False
        self._closing = False
        self._is_cut = False
        self._pid = os.getpid()
        # Each task is done once, by the thread that pops it.
        self._to_drain, self._to_release = [True], [True]

    @staticmethod
    def of(response: httpx.Response) -> ResponseBody:
        """The body of an answer that one of this package's transports gave: its ``stream``."""
        stream: Any = response.stream
        body: ResponseBody = stream
        return body

    def next_part(self) -> bytes | None:
        """The next bytes, None at the end. Raises what httpx raises."""
        if self.ended:
            return None
        self._reading = True
        try:
            part = None if self._closing else self._next_part()
        finally:
            self._reading = False
            if self._closing:  # another thread called close() and left the release to this one
                self._release()
        if part is None:
            # A connection that is cut looks as one that the server has ended.
            if self._closing or self._is_cut:
                raise httpx.ReadError(LOST)
            self.ended = True
        return part

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        part = self.next_part()
        if part is None:
            raise StopIteration
        return part

    def drain(self) -> None:
        """Read what is left, within a bound, so that the connection can serve again; then close."""
        if not _take(self._to_drain):  # another thread is draining it
            return
        deadline = Deadline(call_seconds=DRAIN_SECONDS, try_seconds=None)
        try:
            if not self._is_shared:
                with suppress(Exception), self._bounded(deadline):  # the answer isn't needed
                    self._skip(deadline)
        finally:
            end_limit(deadline)
            self.close()

    def _skip(self, deadline: Deadline) -> None:
        size = 0
        while not self.ended and size <= DRAIN_BYTES and deadline.left() > 0:
            size += len(self.next_part() or b"")

    def bounded(self, seconds: float) -> AbstractContextManager[None]:
        """Let the block read for up to ``seconds``, then raise TimeoutError or a read error."""
        return self._bounded(Deadline(call_seconds=seconds, try_seconds=None))

    def close(self) -> None:
        """Give the connection back, or close it if there is more to read.

        A socket must not be closed while another thread waits for it: that would not wake the
        thread, which might then read from a new socket with the same descriptor.
        """
        self._closing = True
        if self._reading and _take(self._to_release):  # now the reader can't release it
            try:
                self._cut()
            finally:
                self._to_release.append(True)
        if not self._reading:
            self._release()

    def _cut(self) -> None:
        if not self._is_shared:
            self._is_cut = True
            self._wake()

    def _release(self) -> None:
        if _take(self._to_release):
            self._give_back()

    @property
    def _is_shared(self) -> bool:
        """Whether others use the connection, so that it must not be cut or read to its end."""
        return self._pid != os.getpid()  # in the child of a fork: its parent reads on

    @abstractmethod
    def _next_part(self) -> bytes | None: ...
    @abstractmethod
    def _bounded(self, deadline: Deadline) -> AbstractContextManager[None]: ...
    @abstractmethod
    def _wake(self) -> None: ...
    @abstractmethod
    def _give_back(self) -> None: ...


def _take(task: list[bool]) -> bool:
    """Whether this thread is to do the task. ``list.pop`` is atomic."""
    try:
        return task.pop()
    except IndexError:
        return False
