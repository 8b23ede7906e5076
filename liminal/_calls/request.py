"""The request for one try of a call, how it is signed, and what httpcore may log of it."""

from __future__ import annotations

import functools
import logging
import math
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from typing import Any, Final

import httpx

from liminal._http.settings.server_url import ServerUrl, leads_up
from liminal._version import VERSION
from liminal.errors import LiminalError

from .arguments.options import merged
from .call import CALL, Call
from .codings import accept_encoding
from .failures import UNSENDABLE, lost

_ILL_TYPED: Final = (
    "the request could not be sent: it contains a value of another type than liminal_api's"
    " RequestKwargs allows; headers must be str"
)
_NO_PATH: Final = (
    "the request was not sent: its url must be a path that begins with /, without dotted parts"
)
# httpx sets these itself, since they decide where a request goes and where it ends.
_FRAMING: Final = frozenset({"host", "content-length", "transfer-encoding"})
# The headers that operations set for their formats. Others may be secret, so no cache keeps them.
_FORMATS: Final = frozenset({"Accept", "Content-Type"})
_HAVE_LENGTH: Final = frozenset({"POST", "PUT", "PATCH"})
# What httpx has to encode: a query or a form.
_UNENCODED: Final = frozenset({"params", "data", "files"})
_FRAMED: Final = (
    "the request was not sent: leave out its headers Host, Content-Length and Transfer-Encoding,"
    " which this client sets"
)


class RequestBody(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A request's bytes. Reading them marks the call as sent.

    A transport reads them once the head is sent. Before that, a server can't have acted on the
    request; afterwards it may have.
    """

    def __init__(self, parts: Iterable[bytes], call: Call) -> None:
        self._parts = parts
        self._call = call

    def __iter__(self) -> Iterator[bytes]:
        self._call.sent = True
        seen = self._call.observation
        return iter(self._parts if seen is None else seen.counted(self._parts))

    def __aiter__(self) -> AsyncIterator[bytes]:
        return _Parts(iter(self))


class _Parts:
    """A body's parts for asyncio. A generator would warn when it is not exhausted."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self._parts = parts

    def __aiter__(self) -> _Parts:
        return self

    async def __anext__(self) -> bytes:
        for part in self._parts:
            return part
        raise StopAsyncIteration


def build_request(server: ServerUrl, call: Call, hide: Callable[..., Any]) -> httpx.Request:
    """The request for the next try, not signed yet. ``hide`` keeps httpcore's log discreet."""
    try:
        return _request(server, call, hide)
    except (httpx.InvalidURL, UnicodeEncodeError):  # these errors quote the values
        reason = UNSENDABLE
    except (TypeError, ValueError, AttributeError):
        reason = _ILL_TYPED
    raise lost(call, reason)


def _request(server: ServerUrl, call: Call, hide: Callable[..., Any]) -> httpx.Request:
    url = _url(server.text, call.kwargs["url"])
    if url is None:
        raise lost(call, _NO_PATH)
    if not _FRAMING.isdisjoint(map(str.lower, call.kwargs["headers"])):
        raise lost(call, _FRAMED)
    extensions: dict[str, Any] = {CALL: call}
    if call.is_login:  # other requests get it when they are signed
        extensions["timeout"] = waits(call)
    if call.uses_user_client and _are_headers_logged():
        extensions["trace"] = hide
    in_one_piece = isinstance(call.kwargs.get("content", b""), bytes)
    if in_one_piece and _UNENCODED.isdisjoint(call.kwargs) and not call.uses_user_client:
        return _ready(url, server.text, call, extensions)
    return _encoded(url, call, extensions)


def _encoded(url: httpx.URL, call: Call, extensions: dict[str, Any]) -> httpx.Request:
    """A request that httpx encodes: a form, or any request on a user's client, for its hooks."""
    kwargs: dict[str, Any] = {**call.kwargs, "url": url, "headers": _headers(call)}
    content, data = kwargs.get("content"), kwargs.get("data")
    if not isinstance(content, bytes | str | None) or not isinstance(data, Mapping | None):
        raise lost(call, _ILL_TYPED)  # httpx would take an iterator, which no retry can read again
    request = httpx.Request(**kwargs, extensions=extensions)
    parts: Any = request.stream  # what httpx encodes is iterable in both variants
    request.stream = RequestBody(parts, call)
    return request


def _ready(url: httpx.URL, server: str, call: Call, extensions: dict[str, Any]) -> httpx.Request:
    """The request that httpx would make, from headers that are already encoded."""
    method, headers = call.kwargs["method"], call.kwargs["headers"]
    content = call.kwargs.get("content", b"")
    if call.options.headers or not _FORMATS.issuperset(headers):
        base = httpx.Headers({"Host": url.netloc.decode("ascii"), **_headers(call)})
    else:
        base = _constant_headers(server, tuple(headers.items()))
    body = RequestBody((content,) if content else (), call)
    request = httpx.Request(method, url, headers=base, stream=body, extensions=extensions)
    if content or request.method in _HAVE_LENGTH:
        request.headers["Content-Length"] = str(len(content))
    return request


def sign(request: httpx.Request, call: Call, session_cookie: str) -> None:
    """Add the session and the timeouts."""
    cookies = filter(None, (call.kwargs["headers"].get("Cookie"), session_cookie))
    request.headers["Cookie"] = "; ".join(cookies)
    request.extensions["timeout"] = waits(call)


@functools.lru_cache(maxsize=64)
def _constant_headers(server: str, formats: tuple[tuple[str, str], ...]) -> httpx.Headers:
    """The headers that most requests have in common; each request copies them."""
    host = httpx.URL(server).netloc.decode("ascii")
    return httpx.Headers({"Host": host, **_own_headers(), **dict(formats)})


def _headers(call: Call) -> dict[str, str]:
    headers, extra, own = call.kwargs["headers"], call.options.headers, _own_headers()
    return merged(headers, merged(extra, own)) if extra else own | headers


@functools.cache
def _own_headers() -> dict[str, str]:
    """The client's own headers. Built at the first request, since that loads libraries."""
    return {
        "User-Agent": f"liminal-sdk-python/{VERSION}",
        "Accept-Encoding": accept_encoding(),
    }


@functools.lru_cache(maxsize=256)
def _url(server: str, path: str) -> httpx.URL | None:
    """The URL of a request; None if it would lead away from ``server``, as ``@evil/`` does.

    Cached, since httpx takes longer to parse a URL than for the rest of a request.
    """
    if not path.startswith("/"):
        return None
    url = httpx.URL(server + path)
    if leads_up(url.path):  # a gateway may decode it and send the session to another path
        return None
    origin = f"{url.scheme}://{url.netloc.decode('ascii')}"
    return url if f"{origin}{url.raw_path.decode('ascii')}".startswith(f"{server}/") else None


def waits(call: Call) -> dict[str, float | None]:
    """The longest wait of each kind, no longer than the time that is left.

    Only an error says that a caller's client had no free connection, so that error must come before
    the try is over. Our own pools note it on the call instead.
    """
    left = max(0.001, call.deadline.left())
    found = call.options.waits.copy()
    for kind, wait in found.items():
        if left < (math.inf if wait is None else wait):
            found[kind] = left * 0.98 if kind == "pool" and call.uses_user_client else left
    return found


_NOISY_LOGGERS: Final = tuple(
    logging.getLogger(f"{library}.{name}")
    for library in ("httpcore", "httpcore2")
    for name in ("http11", "http2", "connection", "proxy", "socks")
)
# The header compression of HTTP/2, which a caller's client may use.
_HPACK: Final = tuple(logging.getLogger(f"hpack.{name}") for name in ("hpack", "table"))
_LOGGED_BY_HPACK: Final = (
    "over HTTP/2 the library hpack would log the session, since its loggers are at DEBUG: call"
    " logging.getLogger('hpack').setLevel(logging.INFO), or pass an httpx_client without http2"
)


def _are_headers_logged() -> bool:
    """Whether httpcore or hpack logs headers such as ``Set-Cookie``, as they do at DEBUG."""
    return _is_at_debug(_NOISY_LOGGERS) or _is_at_debug(_HPACK)


def _is_at_debug(loggers: tuple[logging.Logger, ...]) -> bool:
    return any(logger.isEnabledFor(logging.DEBUG) for logger in loggers)


def hide(event: str, info: dict[str, Any]) -> None:
    """httpcore's trace hook, called before it logs: removes what would be secret.

    At the start of a step, httpcore logs hosts and objects, but no headers. hpack logs each header
    that it encodes or decodes, and has no hook, so nothing is sent while it logs.
    """
    if event == "http2.send_request_headers.started" and _is_at_debug(_HPACK):
        raise LiminalError(_LOGGED_BY_HPACK)
    if not event.endswith(".started"):
        info.clear()


async def hide_async(event: str, info: dict[str, Any]) -> None:
    """The same hook for asyncio."""
    hide(event, info)
