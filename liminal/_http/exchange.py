"""HTTP/1.1 as a client speaks it, over h11, without a socket: bytes in, an answer out.

What needs bytes from the server is a generator of ``Steps``: it yields what is to be written, is
sent what was read then (nothing at the end of the connection), and returns its result.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any, Final, NamedTuple, TypeVar

import h11
import httpx

T = TypeVar("T")
Steps = Generator[bytes, bytes, T]

# For a whole head, and for the trailers: far more than the 8 KiB that most servers allow a request,
# since gateways add cookies and policies to an answer. The same bound as httpcore's.
MAX_HEAD_BYTES: Final = 100 * 1024
# RFC 9110, 15.2 allows any number. A server that sends more than this has lost its way.
MAX_INTERIM: Final = 32
# A head and a small body leave in one packet; what is larger does not wait for more.
HELD_BYTES: Final = 64 * 1024

_NO_ANSWER: Final = "the server ended the connection without an answer"
_NOT_HTTP: Final = "the server's answer is not HTTP/1.1, or was cut off"
_ENDLESS: Final = f"the server sent more than {MAX_INTERIM} interim answers"
_UNSENDABLE: Final = "the request holds what HTTP/1.1 can't carry"


class Head(NamedTuple):
    """An answer without its body."""

    status: int
    headers: list[tuple[bytes, bytes]]
    version: bytes
    reason: bytes


class Exchange:
    """Requests and answers on one connection, one after another.

    Its errors are httpx's, without a word of what was sent or received.
    """

    __slots__ = ("_h11",)

    def __init__(self) -> None:
        self._h11 = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD_BYTES)

    def request(self, request: httpx.Request) -> Iterator[bytes]:
        """The request's bytes; one piece for a small one.

        Its body is asked for right before the first piece is there: that tells who made the request
        that it goes out now. httpx.LocalProtocolError comes before that.
        """
        try:
            head = h11.Request(
                method=request.method, headers=request.headers.raw, target=request.url.raw_path
            )
            held = self._h11.send(head) or b""
            stream: Any = request.stream
            for part in stream:
                held += self._h11.send(h11.Data(data=part)) or b""
                if len(held) >= HELD_BYTES:
                    yield held
                    held = b""
            held += self._h11.send(h11.EndOfMessage()) or b""
        except h11.LocalProtocolError as error:
            raise httpx.LocalProtocolError(_UNSENDABLE) from error
        yield held

    def head(self, out: bytes = b"") -> Steps[Head]:
        """The answer's head, to ``out``. Interim answers are passed over (RFC 9110, 15.2)."""
        for _ in range(MAX_INTERIM + 1):
            event = yield from self._event(out)
            out = b""
            if type(event) is h11.Response:
                version = b"HTTP/" + event.http_version
                return Head(event.status_code, event.headers.raw_items(), version, event.reason)
        raise httpx.RemoteProtocolError(_ENDLESS)

    def part(self) -> Steps[bytes | None]:
        """The next bytes of the answer's body, None at its end. Trailers are passed over."""
        event = yield from self._event()
        return bytes(event.data) if type(event) is h11.Data else None

    def renew(self) -> bool:
        """Make ready for another request; False when this connection can't serve one.

        Either side has not finished, or has said that it closes; HTTP/1.0 and a body that the end
        of the connection ends say so, too. Bytes beyond the answer's end would be taken for the
        beginning of the next.
        """
        conn = self._h11
        if conn.our_state is not h11.DONE or conn.their_state is not h11.DONE:
            return False
        if conn.trailing_data != (b"", False):
            return False
        conn.start_next_cycle()
        return True

    def tunnel(self, target: bytes, headers: list[tuple[bytes, bytes]]) -> Steps[None]:
        """Have a proxy connect to ``target``: from then on, all bytes are those of the tunnel.

        httpx.ProxyError, which begins with the status, when the proxy refuses.
        """
        connect = h11.Request(
            method="CONNECT",
            target=target,
            headers=[(b"Host", target), (b"Accept", b"*/*"), *headers],
        )
        out = (self._h11.send(connect) or b"") + (self._h11.send(h11.EndOfMessage()) or b"")
        head = yield from self.head(out)
        if not 200 <= head.status < 300:
            raise httpx.ProxyError(f"{head.status} {head.reason.decode('ascii', 'ignore')}")
        if self._h11.trailing_data[0]:  # in TLS it is for us to speak first
            raise httpx.RemoteProtocolError(_NOT_HTTP)

    def _event(self, out: bytes = b"") -> Steps[Any]:
        try:
            while (event := self._h11.next_event()) is h11.NEED_DATA:
                data = yield out
                out = b""
                if not data and self._h11.their_state is h11.SEND_RESPONSE:
                    raise httpx.RemoteProtocolError(_NO_ANSWER)
                self._h11.receive_data(data)
        except h11.RemoteProtocolError as error:
            raise httpx.RemoteProtocolError(_NOT_HTTP) from error
        return event
