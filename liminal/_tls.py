"""Which certificates are believed: the default context, read once for as long as it is current."""

from __future__ import annotations

import os
import ssl
from contextlib import suppress
from pathlib import Path
from typing import Final

import httpx

from .errors import LiminalError

# What the default context is made from, beside the certificates that httpx brings.
_VARIABLES: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE")

_Key = tuple[object, ...]
_made: dict[_Key, ssl.SSLContext] = {}


def default_context() -> ssl.SSLContext:
    """The context for who gave none: SSL_CERT_FILE and SSL_CERT_DIR are obeyed, truststore too.

    To load the certificates takes 30 to 60 ms, so it is kept; but for no longer than what it was
    made from: the class, which ``truststore.inject_into_ssl()`` replaces, and the files named.
    """
    key = (ssl.SSLContext, *(_state(os.environ.get(name)) for name in _VARIABLES))
    found = _made.get(key)
    if found is None:
        found = _load()
        _made.clear()
        _made[key] = found
    return found


def current(context: ssl.SSLContext) -> ssl.SSLContext:
    """``context``, or the default one where asyncio would refuse it.

    It does so once truststore was injected, since that replaces the class that it asks for.
    """
    if isinstance(context, ssl.SSLContext):  # pyright: ignore[reportUnnecessaryIsInstance] - see above
        return context
    return default_context()


def _state(path: str | None) -> object:
    """What tells that a file was replaced, as an authority's is when it is renewed."""
    if not path:
        return None
    with suppress(OSError):
        found = Path(path).stat()
        return path, found.st_mtime_ns, found.st_size, found.st_ino
    return path


def _load() -> ssl.SSLContext:
    with suppress(OSError):  # an SSLError is one, too
        return httpx.create_ssl_context()
    raise LiminalError(
        "the certificates of this environment can't be loaded: check which files SSL_CERT_FILE,"
        " SSL_CERT_DIR and SSLKEYLOGFILE name"
    )
