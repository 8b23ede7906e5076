"""Splits newline-delimited JSON into lines, and the size limit of both stream decoders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from liminal._calls.arguments.options import check_count
from liminal._calls.discreet import discreet_steps
from liminal.errors import LiminalError, ResponseValidationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# An event or a line holds one piece of an answer: usually some bytes, at most a page of text. While
# it waits for the rest, a decoder holds a small multiple of this, whatever the server sends.
DEFAULT_MAX_EVENT_BYTES: Final = 1024 * 1024

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


class BoundedLines:
    """The line whose end has not arrived, of at most ``max_event_bytes``."""

    def __init__(self, what: str, max_event_bytes: int) -> None:
        check_count("max_event_bytes", max_event_bytes, least=1)
        self._what = what  # that is limited
        self._max_bytes = max_event_bytes
        self._at_start = True  # of the stream, where a byte order mark is allowed
        self._partial = bytearray()

    def _hold(self, rest: bytes) -> None:
        """Keep the bytes after the last LF."""
        self._partial += rest
        # A byte order mark, while there may be one, doesn't count.
        if len(self._partial) > self._max_bytes + self._at_start * len(_BYTE_ORDER_MARK):
            raise self._too_long()

    def _completed(self, end: bytes) -> bytes:
        """The partial line with its ``end``, without the byte order mark at the stream's start.

        "UTF-8 decode" strips it (WHATWG HTML, 9.2.5).
        """
        line = bytes(self._partial) + end
        self._partial.clear()
        if self._at_start:
            self._at_start = False
            return line.removeprefix(_BYTE_ORDER_MARK)
        return line

    def _too_long(self) -> ResponseValidationError:
        return ResponseValidationError(
            f"Could not validate response: {self._what} of the stream is longer than"
            f" {self._max_bytes} bytes; if that is expected, raise max_event_bytes"
        )


class LineDecoder(BoundedLines):
    r"""Decodes bytes into lines that end with LF, and nothing else.

    JSON may contain U+2028, U+0085 and the like unescaped, where ``str.splitlines`` would split it.
    The CR of a CRLF stays: to JSON it is white space. A byte order mark at the start is removed,
    and a byte that is not UTF-8 becomes U+FFFD, as in an event stream. A line longer than
    ``max_event_bytes`` raises ResponseValidationError, after all lines before it.

        >>> decoder = LineDecoder()
        >>> list(decoder.feed(b'{"a": 1}\n{"a"'))
        ['{"a": 1}']
        >>> list(decoder.finish())
        ['{"a"']
    """

    def __init__(self, *, max_event_bytes: int = DEFAULT_MAX_EVENT_BYTES) -> None:
        super().__init__("a line", max_event_bytes)

    @discreet_steps
    def feed(self, chunk: bytes) -> Iterator[str]:
        """Decode the next bytes of the stream, and yield the lines that end in them.

        Lazy, so that the lines before a fault come out ahead of its error: iterate to the end
        before the next call, and after an error make no other.
        """
        check_chunk(chunk)
        head, end, rest = chunk.rpartition(b"\n")
        if end:
            yield from self._split(self._completed(head))
        self._hold(rest)

    @discreet_steps
    def finish(self) -> Iterator[str]:
        """Yield the last line, at the end of the stream, if it has no LF."""
        if self._partial:
            yield from self._split(self._completed(b""))

    def _split(self, lines: bytes) -> Iterable[str]:
        if len(lines) <= self._max_bytes:
            return lines.decode(errors="replace").split("\n")
        return map(self._decoded, lines.split(b"\n"))

    def _decoded(self, line: bytes) -> str:
        if len(line) > self._max_bytes:
            raise self._too_long()
        return line.decode(errors="replace")


def check_chunk(chunk: object) -> None:
    """Raise LiminalError for text: decoding it line by line loses the stream's own line ends."""
    if not isinstance(chunk, bytes | bytearray):
        raise LiminalError(
            f"a chunk of a stream must be bytes, not {type(chunk).__name__}: with httpx, take "
            "response.iter_bytes() or aiter_bytes(), not iter_text() or iter_lines()"
        )
