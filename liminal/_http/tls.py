"""Which certificates are believed: contexts, each kept for as long as what it was made from."""

from __future__ import annotations

import os
import ssl
import weakref
from contextlib import suppress
from typing import Any, Final, cast

import httpx

from liminal.errors import LiminalError

# What the default context is made from, beside the certificates that httpx brings.
_VARIABLES: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE")

_made: dict[tuple[object, ...], ssl.SSLContext] = {}
# All that were the default at some time: connections are still to be made for who was given one.
_defaults: weakref.WeakSet[ssl.SSLContext] = weakref.WeakSet()


def default_context(kind: type[LiminalError] = LiminalError) -> ssl.SSLContext:
    """The context for who gave none: SSL_CERT_FILE and SSL_CERT_DIR are obeyed, truststore too.

    An error of this ``kind`` says which variable names what can't be loaded.

    To load the certificates takes 30 to 60 ms, so it is kept; but for no longer than what it was
    made from: the class, which ``truststore.inject_into_ssl()`` replaces, and the files named.
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
    """What tells that a file was replaced, as an authority's is when it is renewed."""
    with suppress(OSError, TypeError, ValueError):  # the last two for what can be no path
        found = os.stat(cast("str", path))  # noqa: PTH116 - what is empty is no path either
        return path, found.st_mtime_ns, found.st_size, found.st_ino
    return path


def current(context: ssl.SSLContext) -> ssl.SSLContext:
    """What to make a connection with now: a caller's own context, or what is the default by now."""
    if context in _defaults:
        return default_context()
    if isinstance(context, ssl.SSLContext):  # pyright: ignore[reportUnnecessaryIsInstance] - see below
        return context
    return cast("ssl.SSLContext", _Posing(context))


class _Posing:
    """A caller's context from before ``truststore.inject_into_ssl()``, which replaced its class.

    asyncio would refuse it, though it works, and another would not believe what the caller said.
    """

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context

    def __getattribute__(self, name: str) -> Any:
        """Also ``__class__``, which ``isinstance`` asks for."""
        if name == "__class__":
            return ssl.SSLContext
        return getattr(object.__getattribute__(self, "_context"), name)


def _load(kind: type[LiminalError]) -> ssl.SSLContext:
    with suppress(OSError):  # an SSLError is one, too
        context = httpx.create_ssl_context()
        context.set_alpn_protocols(["http/1.1"])  # as httpcore does with those that it is given
        return context
    raise kind(
        "the certificates of this environment can't be loaded: check which files SSL_CERT_FILE,"
        " SSL_CERT_DIR and SSLKEYLOGFILE name"
    )
