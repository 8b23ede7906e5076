"""Splits newline-delimited JSON into lines, and the size limit of both stream decoders."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final

from liminal._calls.arguments.options import check_count
from liminal._calls.discreet import discreet_steps
from liminal.errors import LiminalError, ResponseValidationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# An event or a line holds one piece of an answer: usually some bytes, at most a page of text. While
# it waits for the rest, a decoder holds a small multiple of this, whatever the server sends.
DEFAULT_MAX_EVENT_BYTES: Final = 1024 * 1024

BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


class LineDecoder:
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
        check_count("max_event_bytes", max_event_bytes, least=1)
        self._max_bytes = max_event_bytes
        self._at_start = True  # of the stream, where a byte order mark is allowed
        self._partial = bytearray()  # the line whose end has not arrived

    @discreet_steps
    def feed(self, chunk: bytes) -> Iterator[str]:
        """Decode the next bytes of the stream, and yield the lines that end in them.

        Lazy, so that the lines before a fault come out ahead of its error: iterate to the end
        before the next call, and after an error make no other.
        """
        check_chunk(chunk)
        head, end, rest = chunk.rpartition(b"\n")
        if not end:
            return self._hold(rest)
        self._partial += head
        return chain(self._take(), self._hold(rest))

    @discreet_steps
    def finish(self) -> Iterator[str]:
        """Yield the last line, at the end of the stream, if it has no LF."""
        return iter(self._take() if self._partial else ())

    def _hold(self, rest: bytes) -> Iterator[str]:
        """Keep the bytes after the last LF. A generator, to fail only after the lines before."""
        self._partial += rest
        # A byte order mark, while there may be one, doesn't count.
        if len(self._partial) > self._max_bytes + self._at_start * len(BYTE_ORDER_MARK):
            raise self._too_long()
        yield from ()

    def _take(self) -> Iterable[str]:
        lines = bytes(self._partial)
        self._partial.clear()
        if self._at_start:
            self._at_start = False
            lines = lines.removeprefix(BYTE_ORDER_MARK)
        if len(lines) > self._max_bytes:
            return self._checked(lines)
        return lines.decode(errors="replace").split("\n")

    def _checked(self, lines: bytes) -> Iterator[str]:
        for line in lines.split(b"\n"):
            if len(line) > self._max_bytes:
                raise self._too_long()
            yield line.decode(errors="replace")

    def _too_long(self) -> ResponseValidationError:
        return too_long("a line", self._max_bytes)


def check_chunk(chunk: object) -> None:
    """Raise LiminalError for text: decoding it line by line loses the stream's own line ends."""
    if not isinstance(chunk, bytes | bytearray):
        raise LiminalError(
            f"a chunk of a stream must be bytes, not {type(chunk).__name__}: with httpx, take "
            "response.iter_bytes() or aiter_bytes(), not iter_text() or iter_lines()"
        )


def too_long(what: str, max_bytes: int) -> ResponseValidationError:
    """Make the error for a line or event that is larger than the limit."""
    return ResponseValidationError(
        f"Could not validate response: {what} of the stream is longer than {max_bytes} bytes; if "
        "that is expected, raise max_event_bytes"
    )
