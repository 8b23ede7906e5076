"""One call as values: what goes out, what comes back, and which error a failure is. No socket here.

The only place that names the generated client.
"""

from __future__ import annotations

import functools
import logging
import math
import ssl
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final, TypeVar

import httpx

from liminal_api.client import Client as GeneratedClient
from liminal_api.errors import DecodeError
from liminal_api.types import Operation, RequestKwargs, Response

from ._options import Clock, Options
from ._retry import Fault, TokenBucket, delay_before_retry, is_retryable, parse_retry_after
from ._url import ServerUrl
from ._version import VERSION
from .errors import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AuthError,
    LiminalError,
    RateLimitError,
    RequestError,
    ResponseValidationError,
)

T = TypeVar("T")

# Where a request carries its Call; transports pass over extensions that they don't know.
CALL: Final = "liminal.call"
_HEADERS: Final = {
    "User-Agent": f"liminal-sdk-python/{VERSION}",
    # Only what _body.py can unpack within a bound.
    "Accept-Encoding": "gzip",
}


_NOT_BLOCKING: Final = (
    "this is the api of a Client: call the operation's asyncio functions, or use a SyncClient"
)
_NOT_ASYNCIO: Final = (
    "this is the api of a SyncClient: call the operation's blocking functions, or use a Client"
)


class ApiClient(GeneratedClient):
    """The generated client with every verb refused; each variant puts its own in their place."""

    def call(self, operation: Operation[T], request: RequestKwargs) -> Response[T]:
        raise LiminalError(_NOT_BLOCKING)

    def stream(self, operation: Operation[Any], request: RequestKwargs) -> Any:
        raise LiminalError(_NOT_BLOCKING)

    async def call_async(self, operation: Operation[T], request: RequestKwargs) -> Response[T]:
        raise LiminalError(_NOT_ASYNCIO)

    def stream_async(self, operation: Operation[Any], request: RequestKwargs) -> Any:
        raise LiminalError(_NOT_ASYNCIO)


class Call:
    """What is known of one call while it runs, through all its tries."""

    __slots__ = (
        "attempts",
        "clock",
        "is_lent",
        "is_login",
        "kwargs",
        "lost",
        "number",
        "operation",
        "options",
        "sent",
    )

    def __init__(
        self,
        operation: Operation[Any],
        kwargs: RequestKwargs,
        options: Options,
        *,
        number: int = 0,
        deadline: float | None = None,
        is_login: bool = False,
    ) -> None:
        self.operation: Operation[Any] = operation
        self.kwargs: RequestKwargs = kwargs
        self.options: Options = options
        self.number: int = number
        self.is_login: bool = is_login
        self.is_lent: bool = False
        self.clock: Clock = Clock(call_seconds=deadline, try_seconds=options.try_seconds)
        self.attempts: int = 0
        self.sent: bool = False
        self.lost: bool = False

    def begin_try(self) -> None:
        self.attempts += 1
        self.sent = False
        self.clock.begin_try()

    def hand_over(self) -> None:
        """A transport gets the request now: one of our own tells when it asks for the body.

        A lent one may have the body without asking, so that what it was given counts as sent.
        """
        self.sent = self.is_lent

    @property
    def context(self) -> dict[str, Any]:
        """What every error of this call carries."""
        return {"operation": self.operation.id, "attempts": self.attempts}


class RequestBody(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A request's bytes, which note that they were asked for.

    A transport asks for them when the head is out. Until then a server can't have acted on the
    request; from then on it may have.
    """

    def __init__(self, inner: httpx.SyncByteStream | httpx.AsyncByteStream, call: Call) -> None:
        self._inner = inner
        self._call = call

    def __iter__(self) -> Iterator[bytes]:
        self._call.sent = True
        yield from self._inner  # type: ignore[misc]  # what httpx encodes is both

    def __aiter__(self) -> AsyncIterator[bytes]:
        return _Parts(iter(self))


class _Parts:
    """A body's parts for asyncio. A generator would warn when it is left half-way."""

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
    except (httpx.InvalidURL, UnicodeEncodeError):  # they quote what they are about
        reason = _UNSENDABLE
    except (TypeError, ValueError, AttributeError):
        reason = _ILL_TYPED
    raise _lost(call, reason)


def _request(server: ServerUrl, call: Call, hide: Callable[..., Any]) -> httpx.Request:
    kwargs: dict[str, Any] = dict(call.kwargs)
    kwargs["url"] = _url(server.text, call.kwargs["url"])
    if kwargs["url"] is None:
        raise _lost(call, _NO_PATH)
    headers = call.kwargs["headers"]
    if not _FRAMING.isdisjoint(map(str.lower, headers)):
        raise _lost(call, _FRAMED)
    kwargs["headers"] = _HEADERS | headers
    extensions: dict[str, Any] = {"timeout": waits(call), CALL: call}
    if _httpcore_tells():
        extensions["trace"] = hide
    request = httpx.Request(**kwargs, extensions=extensions)
    request.stream = RequestBody(request.stream, call)
    return request


@functools.lru_cache(maxsize=256)
def _url(origin: str, path: str) -> httpx.URL | None:
    """Where a request goes, None for what would lead away from ``origin``, such as ``@evil/``.

    Reading a URL takes httpx longer than the rest of a request, and most are asked for again.
    """
    if not path.startswith("/"):
        return None
    url = httpx.URL(origin + path)
    return url if f"{url.scheme}://{url.netloc.decode('ascii')}" == origin else None


def waits(call: Call) -> dict[str, float | None]:
    """The longest wait of each kind, cut to what the clock leaves."""
    left = max(0.001, call.clock.left())
    if left >= call.options.longest_wait:
        return call.options.waits.copy()
    return {
        kind: wait if left >= (math.inf if wait is None else wait) else left
        for kind, wait in call.options.waits.items()
    }


_TELLERS: Final = tuple(
    logging.getLogger(f"httpcore.{name}")
    for name in ("http11", "http2", "connection", "proxy", "socks")
)
# Beneath HTTP/2, which a lent client may speak.
_HPACK: Final = tuple(logging.getLogger(f"hpack.{name}") for name in ("hpack", "table"))
_TOLD_BY_HPACK: Final = (
    "over HTTP/2 the library hpack would log the session, as its loggers are at DEBUG: quiet them"
    " by logging.getLogger('hpack').setLevel(logging.INFO), or lend a client without http2"
)


def _httpcore_tells() -> bool:
    """httpcore logs headers (``Set-Cookie``!) and h11's errors (which quote) at DEBUG."""
    return _is_at_debug(_TELLERS) or _is_at_debug(_HPACK)


def _is_at_debug(loggers: tuple[logging.Logger, ...]) -> bool:
    return any(logger.isEnabledFor(logging.DEBUG) for logger in loggers)


def hide(event: str, info: dict[str, Any]) -> None:
    """httpcore's trace hook, called before it logs: what it would print of ours is taken out.

    What it logs at the start of a step are the step's own arguments: hosts and objects, no headers.
    Beneath it hpack logs each header that it packs or unpacks, and nothing can be taken out there:
    none is packed then.
    """
    if event == "http2.send_request_headers.started" and _is_at_debug(_HPACK):
        raise LiminalError(_TOLD_BY_HPACK)
    if not event.endswith(".started"):
        info.clear()


async def hide_async(event: str, info: dict[str, Any]) -> None:
    """The same for its asyncio connections."""
    hide(event, info)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer whose body is in."""

    status_code: int
    headers: httpx.Headers
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Failure:
    """A try that failed: what to raise, and what kind of failure it was (None: never try again)."""

    error: RequestError
    outcome: Fault | int | None


def result(outcome: T | Failure) -> T:
    """What a call came to: a value to return, or an error to raise."""
    if isinstance(outcome, Failure):
        raise outcome.error
    return outcome


def retry_delay(failure: Failure, call: Call, bucket: TokenBucket) -> float | None:
    """Seconds until the next try, or None: this failure is the call's outcome."""
    retry = call.attempts - 1
    retry_after = getattr(failure.error, "retry_after", None)
    if retry >= call.options.max_retries or failure.outcome is None:
        return None
    if not is_retryable(
        failure.outcome, repeatable=call.operation.repeatable, retry_after=retry_after
    ):
        return None
    delay = delay_before_retry(retry, rate_limited=failure.outcome == 429, retry_after=retry_after)
    if delay is None or delay >= call.clock.call_left() or not bucket.take():
        return None
    return delay


def parsed(call: Call, answer: Answer) -> Any:
    """What the operation makes of the answer; ResponseValidationError where it does not fit."""
    try:
        return call.operation.parse(answer.status_code, answer.content)
    except DecodeError as error:
        path, problem = error.path, error.problem
    raise invalid(call.context, answer.headers, path, problem)


def invalid(
    context: Mapping[str, Any], headers: httpx.Headers, path: str | None, problem: str
) -> ResponseValidationError:
    """An answer that does not fit the contract."""
    where = f"{path} " if path else ""
    return ResponseValidationError(
        f"Could not validate response: {where}{problem}",
        path=path,
        request_id=request_id(headers),
        **context,
    )


def context_of(call: Call, headers: httpx.Headers) -> dict[str, Any]:
    """What an error of this call carries when it is about an answer."""
    return {**call.context, "request_id": request_id(headers)}


def request_id(headers: httpx.Headers) -> str | None:
    """The service's ``x-request-id``, unless it is something no log should be given."""
    value = headers.get("x-request-id", "")
    return value if 0 < len(value) <= 128 and value.isascii() and value.isprintable() else None


_ADVICE: Final = {
    403: "this identity is not allowed to do it",
    404: "check the id, and api_server_url",
    413: "the prompt is too large for the service",
    429: "wait before you try again: retry_after says how long, if the service did",
    422: "what was sent does not fit together: findings must be those of this very prompt",
}


def status_failure(call: Call, status: int, headers: httpx.Headers, body: bytes | None) -> Failure:
    """An answer with any status but a success."""
    context = context_of(call, headers)
    if status == 401 or (call.is_login and status == 403):
        return Failure(AuthError(_refusal(call, status), status_code=status, **context), None)
    kind = RateLimitError if status == 429 else APIStatusError
    error = kind(
        f"{call.operation.id}: the service answered {status}{_phrase(status)}; {_advice(status)}",
        status_code=status,
        # As bytes: httpx would encode text as ASCII, and quote what is not in its error.
        headers=httpx.Headers([(k, v) for k, v in headers.raw if k.lower() != b"set-cookie"]),
        body=body,
        retry_after=parse_retry_after(headers),
        **context,
    )
    return Failure(error, status)


def _refusal(call: Call, status: int) -> str:
    if call.is_login:
        return f"the service refused the login ({status}): check the token, session id or account"
    return (
        f"{call.operation.id}: the service refused the session (401), also after it was renewed;"
        " sign in again"
    )


def _phrase(status: int) -> str:
    try:
        return f" {HTTPStatus(status).phrase}"
    except ValueError:
        return ""


def _advice(status: int) -> str:
    if 300 <= status < 400:
        return "redirects are not followed: check api_server_url"
    if status >= 500:
        return "try again later, and quote the request id to support"
    return _ADVICE.get(status, "see the error's body for the service's reason")


_UNSENDABLE: Final = (
    "the request could not be sent: something in it has characters HTTP can't carry"
)
_ILL_TYPED: Final = (
    "the request could not be sent: it holds a value of another type than liminal_api's"
    " RequestKwargs says; a header is text"
)
_NO_PATH: Final = "the request was not sent: its url must be a path that begins with /"
# They say where a request goes and where it ends, which is httpx's to know.
_FRAMING: Final = frozenset({"host", "content-length", "transfer-encoding"})
_FRAMED: Final = (
    "the request was not sent: leave out its headers Host, Content-Length and Transfer-Encoding,"
    " which this client sets"
)
_CUT: Final = (
    "the connection was lost before the whole answer was in; may_have_been_processed says if the"
    " request was sent"
)
_UNSENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


def transport_failure(error: Exception, call: Call) -> Failure:
    """What httpx raised, as ours. Its text may quote a header; only a connect error's is told."""
    if isinstance(error, httpx.TimeoutException):
        return timed_out(call, unsent=isinstance(error, _UNSENT))
    if isinstance(error, _UNSENT):
        return _not_connected(error, call)
    if isinstance(error, httpx.UnsupportedProtocol | httpx.LocalProtocolError | httpx.InvalidURL):
        return Failure(_lost(call, _UNSENDABLE), None)
    call.lost = call.lost or call.sent
    outcome = Fault.LOST if call.sent else Fault.UNSENT
    return Failure(_lost(call, _CUT), outcome)


def timed_out(call: Call, *, unsent: bool = False) -> Failure:
    """No answer in time: within one try's timeout, or the whole call's deadline."""
    call.lost = call.lost or (call.sent and not unsent)
    if call.clock.call_left() <= 0:
        reason, outcome = _too_long("deadline", call.options.deadline), None
    else:
        reason = _too_long("timeout", call.options.timeout)
        outcome = Fault.UNSENT if unsent or not call.sent else Fault.LOST
    error = APITimeoutError(
        f"{call.operation.id}: {reason}", may_have_been_processed=call.lost, **call.context
    )
    return Failure(error, outcome)


def _too_long(option: str, bound: object) -> str:
    told = f" of {bound:g} seconds" if isinstance(bound, int | float) else ""
    return f"no answer within the {option}{told}; may_have_been_processed says if it was sent"


def _not_connected(error: Exception, call: Call) -> Failure:
    certificate = _certificate_error(error)
    if certificate is None:
        return Failure(_lost(call, _unreachable(error)), Fault.UNSENT)
    # It does not become right by asking again.
    reason = f"the server's certificate was refused: {certificate.verify_message}"
    return Failure(_lost(call, reason), None)


def _unreachable(error: Exception) -> str:
    text = str(error)
    if isinstance(error, httpx.ProxyError):  # the proxy's own words, which may echo its password
        status = f" ({text[:3]})" if text[:3].isdecimal() else ""
        return f"the proxy refused to connect to the server{status}: check its URL and password"
    return f"could not connect to the server{f' ({text})' if text else ''}"


def _lost(call: Call, reason: str) -> APIConnectionError:
    return APIConnectionError(
        f"{call.operation.id}: {reason}", may_have_been_processed=call.lost, **call.context
    )


def _certificate_error(error: BaseException | None) -> ssl.SSLCertVerificationError | None:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return error
        error = error.__cause__ or error.__context__
    return None
