"""The client's side of HTTP/1.1, over h11 and without a socket: bytes in, an answer out.

A dialogue with the other side (a tunnel, a handshake) is a generator of ``Steps``: it yields the
bytes to write, is sent the bytes read in return (empty at the end of the connection), and returns
when the dialogue is over.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any, Final, NamedTuple

import h11
import httpx

Steps = Generator[bytes, bytes, None]

# For a whole head, and for the trailers: far more than the 8 KiB that most servers allow a request,
# since gateways add cookies and policies to an answer. The same bound as httpcore's.
MAX_HEAD_BYTES: Final = 100 * 1024
# RFC 9110, 15.2 allows any number. No server in use sends this many.
MAX_INTERIM: Final = 32
# A head and a small body leave in one packet. A larger body is sent piece by piece.
HELD_BYTES: Final = 64 * 1024

_END: Final = h11.EndOfMessage()

_NO_ANSWER: Final = "the server ended the connection without an answer"
_NOT_HTTP: Final = "the server's answer is not HTTP/1.1, or was cut off"
_ENDLESS: Final = f"the server sent more than {MAX_INTERIM} interim answers"
_UNSENDABLE: Final = "the request contains data that HTTP/1.1 doesn't allow"


class Head(NamedTuple):
    """An answer without its body."""

    status: int
    headers: list[tuple[bytes, bytes]]
    version: bytes
    reason: bytes


class Exchange:
    """Requests and answers on one connection, one after another.

    Its errors are httpx's, and quote nothing that was sent or received.
    """

    __slots__ = ("_h11", "_interim", "answer", "is_over")

    def __init__(self) -> None:
        self._h11 = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD_BYTES)
        self._interim = 0
        # The head of the answer, once it has arrived.
        self.answer: Head | None = None
        # Whether the answer has come to its end.
        self.is_over = False

    def request(self, request: httpx.Request) -> Iterator[bytes]:
        """The request's bytes, in one piece if it is small.

        The body is iterated right before the first piece, so that its iterator can record that the
        request is being sent. Invalid headers raise httpx.LocalProtocolError before that.
        """
        send = self._h11.send
        try:
            head = h11.Request(
                method=request.method, headers=request.headers.raw, target=request.url.raw_path
            )
            held = send(head) or b""
            stream: Any = request.stream
            for part in stream:
                held += send(h11.Data(data=part)) or b""
                if len(held) >= HELD_BYTES:
                    yield held
                    held = b""
            held += send(_END) or b""
        except h11.LocalProtocolError as error:
            raise httpx.LocalProtocolError(_UNSENDABLE) from error
        yield held

    def abort(self) -> None:
        """Give up the request: part of it may be unsent, so nothing can follow it."""
        self._h11.send_failed()

    def receive(self, data: bytes) -> None:
        """Receive bytes; empty at the end of the connection."""
        self._h11.receive_data(data)

    def head(self) -> Head | None:
        """The answer's head, None until all of it has arrived.

        Interim answers are skipped (RFC 9110, 15.2).
        """
        while (event := self._event()) is not None:
            if type(event) is h11.Response:
                version, headers = b"HTTP/" + event.http_version, event.headers.raw_items()
                self.answer = Head(event.status_code, headers, version, event.reason)
                return self.answer
            self._interim += 1
            if self._interim > MAX_INTERIM:
                raise httpx.RemoteProtocolError(_ENDLESS)
        return None

    def body(self) -> bytes:
        """What has arrived of the answer's body since the last call. Trailers are skipped."""
        parts: list[bytes] = []
        try:
            while (event := self._event()) is not None:
                if type(event) is not h11.Data:
                    self.is_over = True
                    break
                parts.append(event.data)
        except httpx.RemoteProtocolError:
            if not parts:
                raise  # else at the next call, since the bytes before the error are valid
        return b"".join(parts)

    def renew(self) -> bool:
        """Prepare for another request; False if this connection can't serve one.

        That is the case if either side hasn't finished or has announced to close; HTTP/1.0 and a
        body without a length imply the latter. Bytes beyond the answer's end would be taken for the
        beginning of the next answer.
        """
        conn = self._h11
        if conn.our_state is not h11.DONE or conn.their_state is not h11.DONE:
            return False
        if conn.trailing_data != (b"", False):
            return False
        conn.start_next_cycle()
        self._interim, self.answer, self.is_over = 0, None, False
        return True

    def tunnel(self, target: bytes, headers: list[tuple[bytes, bytes]]) -> Steps:
        """Ask a proxy to connect to ``target``. All bytes after that belong to the tunnel.

        httpx.ProxyError, whose message begins with the status, if the proxy refuses.
        """
        try:
            connect = h11.Request(
                method="CONNECT",
                target=target,
                headers=[(b"Host", target), (b"Accept", b"*/*"), *headers],
            )
        except h11.LocalProtocolError:
            connect = None  # its error quotes the headers, which may hold a password
        if connect is None:
            raise httpx.LocalProtocolError(_UNSENDABLE)
        out = (self._h11.send(connect) or b"") + (self._h11.send(_END) or b"")
        while (head := self.head()) is None:
            self.receive((yield out))
            out = b""
        if not 200 <= head.status < 300:
            raise httpx.ProxyError(f"{head.status} {head.reason.decode('ascii', 'ignore')}")
        if self._h11.trailing_data[0]:  # in TLS, the client speaks first
            raise httpx.RemoteProtocolError(_NOT_HTTP)

    def _event(self) -> Any:
        """The next event, None until more has been received."""
        try:
            event = self._h11.next_event()
        except h11.RemoteProtocolError as error:
            is_missing = self.answer is None and self._h11.trailing_data[1]
            raise httpx.RemoteProtocolError(_NO_ANSWER if is_missing else _NOT_HTTP) from error
        return None if event is h11.NEED_DATA else event
