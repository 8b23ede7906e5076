"""What tests can set and read while the sandbox serves: failures, requests, counts."""

from __future__ import annotations

import json
import re
from collections import Counter, deque
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import httpx

from liminal.errors import LiminalError
from liminal.sandbox._settings import is_flag, is_whole

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    HeaderSource = Mapping[str, str] | Sequence[tuple[str, str]]
    RawHeaders = tuple[tuple[bytes, bytes], ...]

# RFC 9110, 5.1 and 5.5: anything else would break the server that sends it.
_FIELD_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_FIELD_VALUE = re.compile(rb"[\t\x20-\x7e\x80-\xff]*")
_ENCODER = json.JSONEncoder(separators=(",", ":"))


@dataclass(frozen=True, slots=True, repr=False)
class RecordedRequest:
    """A request that the sandbox answered.

    ``time`` is the time of its processing, on ``time.monotonic()``. ``body`` is the decoded JSON,
    the bytes if it isn't JSON, or None. ``status`` is the answer's, or 0 if the connection was
    dropped, and ``request_id`` is the answer's ``x-request-id``. The repr shows neither headers nor
    body.
    """

    method: str
    path: str
    query: str
    time: float
    status: int
    request_id: str
    body: Any
    raw_headers: tuple[tuple[bytes, bytes], ...]

    @property
    def headers(self) -> httpx.Headers:
        """The headers as received, including secrets."""
        return httpx.Headers(list(self.raw_headers))

    def __repr__(self) -> str:
        return f"<RecordedRequest {self.method} {self.path} -> {self.status}>"


@dataclass(slots=True)
class Failure:
    """An answer that replaces the real one, ``times`` times.

    Without a status, the connection is dropped.
    """

    status: int | None
    times: int
    path: str
    processed: bool
    headers: RawHeaders = ()
    body: bytes | None = None
    media_type: str = ""


@dataclass(slots=True)
class StreamFailure:
    """Where to cut a streamed answer off, and the message of an error event, if any."""

    after: int
    message: str | None


class Controls:
    """The state of the controls. The owner holds the lock."""

    def __init__(self, *, keep_requests: int) -> None:
        self.requests: deque[RecordedRequest] = deque(maxlen=keep_requests)
        self.failures: list[Failure] = []
        self.stream_failures: deque[StreamFailure] = deque()
        self.chunk_delay = 0.0
        self.answer_delay = 0.0
        self.counts: Counter[str] = Counter()
        self._submitted: set[int] = set()

    def next_failure(self, path: str) -> Failure | None:
        """Take one failure that is meant for ``path``, the oldest first."""
        for failure in self.failures:
            if fnmatchcase(path, failure.path):
                failure.times -= 1
                if failure.times == 0:
                    self.failures.remove(failure)
                return failure
        return None

    def count_submit(self, thread_id: int | None, text: str) -> None:
        """Count a submit, and whether it repeats an earlier one in the same thread."""
        turn = hash((thread_id, text))  # 64 bits are unique enough, and small even in a soak test
        self.counts["submits"] += 1
        self.counts["doubled_submits"] += turn in self._submitted
        self._submitted.add(turn)


def make_failure(
    status: int,
    *,
    times: int,
    headers: HeaderSource | None,
    body: bytes | str | dict[str, Any] | list[Any] | None,
    path: str | None,
    processed: bool,
) -> Failure:
    """Validate a failure, so that mistakes are reported in the test, not in the server."""
    if not is_whole(status, 200, 599):
        raise LiminalError("A failure's status must be 200 to 599.")
    failure = make_drop(times=times, path=path, processed=processed)
    failure.status = status
    failure.body, failure.media_type = _encoded(body)
    failure.headers = _raw(() if headers is None else headers)
    return failure


def make_drop(*, times: int, path: str | None, processed: bool) -> Failure:
    """Validate a dropped connection."""
    for right, problem in (
        (is_whole(times, 1), "times must be a whole number, 1 or more"),
        (_is_text(path), "path must be a str or None"),
        (is_flag(processed), "processed must be True or False"),
    ):
        if not right:
            raise LiminalError(f"A failure's {problem}.")
    return Failure(None, times, path or "*", processed)


def make_stream_failure(after: int, message: str | None) -> StreamFailure:
    """Validate a failure of a stream."""
    if not is_whole(after, 0):
        raise LiminalError("A stream failure's after must be a whole number, 0 or more.")
    if not _is_text(message):
        raise LiminalError("A stream failure's message must be a str or None.")
    return StreamFailure(after, message)


def _is_text(value: object) -> bool:
    return value is None or isinstance(value, str)


def _encoded(body: object) -> tuple[bytes | None, str]:
    """Encode a body now, because the test may change it later; return its media type, too."""
    try:
        if isinstance(body, bytes | str):
            return body.encode() if isinstance(body, str) else body, "text/html"
        return None if body is None else to_json(body), "application/json"
    except (TypeError, ValueError, RecursionError):
        pass
    raise LiminalError("A failure's body must be bytes, text in UTF-8, or what JSON can hold.")


def _raw(headers: HeaderSource) -> RawHeaders:
    try:
        pairs = httpx.Headers(headers, encoding="utf-8").raw
    except (TypeError, ValueError, AttributeError):
        pairs = None
    if pairs is None:
        raise LiminalError("A failure's headers must be a mapping or pairs of str.")
    if not all(
        _FIELD_NAME.fullmatch(name) and _FIELD_VALUE.fullmatch(value) for name, value in pairs
    ):
        raise LiminalError("A failure's header has a name or value that HTTP does not allow.")
    return tuple((name.lower(), value) for name, value in pairs)


def to_json(value: object) -> bytes:
    """Encode as ASCII JSON, which preserves lone surrogates."""
    return _ENCODER.encode(value).encode("ascii")
