"""TLS without sockets, and the default context, which is kept until its sources change."""

from __future__ import annotations

import os
import ssl
import weakref
from contextlib import suppress
from typing import Final, cast

import httpx

from liminal.errors import LiminalError

from .exchange import Steps

# Bytes decrypted at a time: the largest TLS record.
_RECORDS: Final = 16 * 1024

# The variables that the default context depends on, besides httpx's own certificates.
_VARIABLES: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE")

_made: dict[tuple[object, ...], ssl.SSLContext] = {}
# Every context that was the default once; connections of older clients still refer to them.
_defaults: weakref.WeakSet[ssl.SSLContext] = weakref.WeakSet()


def default_context(kind: type[LiminalError] = LiminalError) -> ssl.SSLContext:
    """The context of a client without one. Obeys SSL_CERT_FILE, SSL_CERT_DIR and truststore.

    If a file can't be loaded, an error of this ``kind`` names the variables to check.

    Loading certificates takes 30 to 60 ms, so the context is cached until its sources change: the
    class, which ``truststore.inject_into_ssl()`` replaces, and the files that the variables name.
    """
    key = (ssl.SSLContext, *(state_of(os.environ.get(name)) for name in _VARIABLES))
    found = _made.get(key)
    if found is None:
        found = _load(kind)
        _defaults.add(found)
        _made.clear()
        _made[key] = found
    return found


def state_of(path: object) -> object:
    """A value that changes when the file is replaced, as when a certificate is renewed."""
    with suppress(OSError, TypeError, ValueError):  # the last two: not a path
        found = os.stat(cast("str", path))  # noqa: PTH116 - Path('') would be the current folder
        return path, found.st_mtime_ns, found.st_size, found.st_ino
    return path


def current(context: ssl.SSLContext) -> ssl.SSLContext:
    """The context for a new connection: the caller's own, or the present default."""
    return default_context() if context in _defaults else context


class Tls:
    """One TLS session, without a socket. A server's session may run inside a proxy's."""

    __slots__ = ("_incoming", "_object", "_outgoing", "_proxy")

    def __init__(self, context: ssl.SSLContext, host: str, proxy: Tls | None = None) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        context = current(context)
        context.set_alpn_protocols(["http/1.1"])  # or a proxy may expect HTTP/2
        self._object = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)
        self._proxy = proxy

    def handshake(self) -> Steps:
        """Shake hands and verify the server's certificate; ssl.SSLError if it is refused.

        The last bytes are left in ``pending``: those of a success go out with the first request,
        those of a failure are an alert.
        """
        while True:
            try:
                self._object.do_handshake()
                return
            except ssl.SSLWantReadError:
                if not self._pull():
                    self.feed((yield self.pending()))

    def carry(self, steps: Steps) -> Steps:
        """The same steps, encrypted for the wire."""
        with suppress(StopIteration):
            out = self.encrypt(next(steps))
            while True:
                while (plain := self.plain()) is None:
                    self.feed((yield out))
                    out = self.pending()
                out = self.encrypt(steps.send(plain))

    def encrypt(self, data: bytes) -> bytes:
        """The bytes to write for ``data``."""
        while data:
            data = data[self._object.write(data) :]
        return self.pending()

    def pending(self) -> bytes:
        """Bytes that TLS itself has to send."""
        out = self._outgoing.read()
        return out if self._proxy is None else self._proxy.encrypt(out)

    def feed(self, data: bytes) -> None:
        """Receive encrypted bytes; empty at the end of the connection."""
        if self._proxy is not None:
            self._proxy.feed(data)
        else:
            self._take_in(data)

    def plain(self) -> bytes | None:
        """Decrypted bytes, empty at the end, None if nothing has arrived.

        Many servers close a connection without TLS's close_notify. HTTP's own framing tells whether
        an answer was cut off.
        """
        while True:
            try:
                return self._object.read(_RECORDS)
            except ssl.SSLWantReadError:
                if not self._pull():
                    return None
            except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                return b""

    def _pull(self) -> bool:
        """Receive what the proxy's session has decrypted; False if there is nothing."""
        if self._proxy is None or (data := self._proxy.plain()) is None:
            return False
        self._take_in(data)
        return True

    def _take_in(self, data: bytes) -> None:
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()


def _load(kind: type[LiminalError]) -> ssl.SSLContext:
    with suppress(OSError):  # an SSLError is one, too
        return httpx.create_ssl_context()
    raise kind(
        "the certificates of this environment can't be loaded: check which files SSL_CERT_FILE,"
        " SSL_CERT_DIR and SSLKEYLOGFILE name"
    )
