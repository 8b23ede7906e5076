"""Turns failures into errors: an invalid answer, an error status, a lost connection, a timeout."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, Final

import httpx

from liminal.errors import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AuthError,
    RateLimitError,
    ResponseValidationError,
)

from .call import Call, Failure, Fault
from .retry import may_have_acted, parse_retry_after


def invalid(
    call: Call, headers: httpx.Headers, path: str | None, problem: str
) -> ResponseValidationError:
    """An answer that does not fit the contract."""
    where = f"{path} " if path else ""
    return ResponseValidationError(
        f"Could not validate response: {where}{problem}", path=path, **context_of(call, headers)
    )


def context_of(call: Call, headers: httpx.Headers) -> dict[str, Any]:
    """The attributes of an error of this call that is about an answer."""
    return {**call.context, "request_id": request_id(headers)}


def request_id(headers: httpx.Headers) -> str | None:
    """The service's ``x-request-id``, or None if it is not fit for a log."""
    value = headers.get("x-request-id", "")
    return value if 0 < len(value) <= 128 and value.isascii() and value.isprintable() else None


_ADVICE: Final = {
    403: "the signed-in user is not allowed to do this",
    404: "check the id and api_server_url",
    413: "the request is too large for the service",
    429: "wait before you try again: retry_after has the seconds, if the service gave them",
    422: "its arguments don't belong together, such as a prompt and the findings of another",
}
_SEE_BODY: Final = "see the error's body for the service's reason"
_NO_BODY: Final = "it gave no readable reason"


def status_failure(call: Call, status: int, headers: httpx.Headers, body: bytes | None) -> Failure:
    """The failure for an answer with an error status."""
    context = context_of(call, headers)
    retry_after = parse_retry_after(headers)
    in_doubt = may_have_acted(status, retry_after)
    call.lost = call.lost or in_doubt
    if status == 401 or (call.is_login and status == 403):
        return Failure(AuthError(_refusal(call, status), status_code=status, **context), None)
    kind = RateLimitError if status == 429 else APIStatusError
    in_doubt = in_doubt and not call.repeatable
    has_id = context["request_id"] is not None
    advice = _advice(status, in_doubt=in_doubt, has_body=bool(body), has_id=has_id)
    error = kind(
        f"{call.operation.id}: the service answered {status}{_phrase(status)}; {advice}",
        status_code=status,
        # As bytes: httpx would encode text as ASCII, and its error would quote anything else.
        headers=httpx.Headers([(k, v) for k, v in headers.raw if k.lower() != b"set-cookie"]),
        body=body,
        retry_after=retry_after,
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


def _advice(status: int, *, in_doubt: bool, has_body: bool, has_id: bool) -> str:
    if 300 <= status < 400:
        return "redirects are not followed: check api_server_url"
    if in_doubt:
        return "the request may have been processed: check before you send it again"
    if status >= 500:
        return "try again later" + (", and quote the request id to support" if has_id else "")
    return _ADVICE.get(status, _SEE_BODY if has_body else _NO_BODY)


UNSENDABLE: Final = "the request could not be sent: it contains characters that HTTP doesn't allow"
_CUT: Final = (
    "the connection was lost before the whole answer arrived; may_have_been_processed says whether"
    " the request was sent"
)
_NO_PLACE: Final = "no connection was free in time: reduce concurrency or create another client"
# X509_V_ERR_… of OpenSSL: the issuer is unknown, or the certificate is self-signed.
_UNKNOWN_AUTHORITY: Final = frozenset({2, 18, 19, 20, 21})
_NAME_THE_AUTHORITY: Final = (
    "; if a company's authority signed it, name that authority's file in SSL_CERT_FILE, trust the"
    " system's authorities with the package truststore, or pass ssl_context="
)
_WANTS_CERTIFICATE: Final = (
    "the server requires a client certificate, and refused what it got ({}): give the client an"
    " ssl_context= with load_cert_chain()"
)
# OpenSSL's names for alerts about a certificate (RFC 8446, 6.2). A server's alerts are about the
# client's certificate.
_CERTIFICATE_ALERT: Final = re.compile(r"ALERT_(\w*CERTIFICATE\w*|UNKNOWN_CA)")
# TLS 1.2's alert for a missing certificate, and for other reasons.
_HANDSHAKE_ALERT: Final = re.compile(r"ALERT_(HANDSHAKE_FAILURE)")
_MAY_WANT_CERTIFICATE: Final = (
    "; it may require a client certificate: give the client an ssl_context= with load_cert_chain()"
)
# asyncio, anyio, Python and our pools raise a plain RuntimeError in these cases.
_SHUT_DOWN_WORDS: Final = re.compile(
    r"shutdown|loop is closed|pool was closed|different loop|can't start new thread"
)
OTHER_LOOP: Final = "an answer can only be read on the event loop of its call"
_SHUT_DOWN: Final = (
    "the event loop was closed, or the program is exiting and can't start a thread: make the call"
    " earlier"
)
_UNSENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


def transport_failure(error: Exception, call: Call) -> Failure:
    """The failure for an error of httpx, whose text is kept only if it can't quote a header."""
    if isinstance(error, httpx.PoolTimeout):
        return Failure(lost(call, _NO_PLACE, APITimeoutError), Fault.UNSENT)
    if isinstance(error, httpx.TimeoutException):
        return timed_out(call, unsent=isinstance(error, _UNSENT))
    wrong = _alert(error, _CERTIFICATE_ALERT)
    if wrong is not None:  # the server processes nothing before it has seen one
        return Failure(lost(call, _WANTS_CERTIFICATE.format(wrong)), None)
    if isinstance(error, _UNSENT):
        return _not_connected(error, call)
    if isinstance(error, httpx.UnsupportedProtocol | httpx.LocalProtocolError | httpx.InvalidURL):
        return Failure(lost(call, UNSENDABLE), None)
    call.lost = call.lost or call.sent
    outcome = Fault.LOST if call.sent else Fault.UNSENT
    return Failure(lost(call, _CUT), outcome)


def is_shut_down(error: RuntimeError) -> bool:
    """Whether an event loop or the interpreter raised it, not a hook of the user."""
    return _SHUT_DOWN_WORDS.search(str(error)) is not None


def shut_down(error: RuntimeError, call: Call) -> Failure:
    """The failure for a loop or interpreter that has ended, or for the wrong loop."""
    call.lost = call.lost or call.sent
    is_elsewhere = "different loop" in str(error)
    return Failure(lost(call, OTHER_LOOP if is_elsewhere else _SHUT_DOWN), None)


def timed_out(call: Call, *, unsent: bool = False) -> Failure:
    """The failure for no answer within a try's timeout or the call's deadline."""
    call.lost = call.lost or (call.sent and not unsent)
    if call.deadline.call_left() <= 0:
        reason, outcome = _too_long("deadline", call.options.deadline), None
    else:
        reason = _too_long("timeout", call.options.timeout)
        outcome = Fault.UNSENT if unsent or not call.sent else Fault.LOST
    reason = _NO_PLACE if call.queues else reason
    return Failure(lost(call, reason, APITimeoutError), outcome)


def _too_long(option: str, bound: object) -> str:
    seconds = f" of {bound:g} seconds" if isinstance(bound, int | float) else ""
    return (
        f"no answer within the {option}{seconds}; may_have_been_processed says whether the request"
        " was sent"
    )


def _not_connected(error: Exception, call: Call) -> Failure:
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            reason = f"the server's certificate was refused: {cause.verify_message}"
            if cause.verify_code in _UNKNOWN_AUTHORITY:
                reason += _NAME_THE_AUTHORITY
            return Failure(lost(call, reason), None)  # a retry would meet the same certificate
    return Failure(lost(call, _unreachable(error)), Fault.UNSENT)


def _unreachable(error: Exception) -> str:
    text = str(error)
    if isinstance(error, httpx.ProxyError):  # the proxy's own words, which may echo its password
        status = f" ({text[:3]})" if text[:3].isdecimal() else ""
        return f"the proxy refused to connect to the server{status}: check its URL and password"
    reason = f"could not connect to the server{f' ({text})' if text else ''}"
    return reason + (_MAY_WANT_CERTIFICATE if _alert(error, _HANDSHAKE_ALERT) else "")


def lost(
    call: Call, reason: str, kind: type[APIConnectionError] = APIConnectionError
) -> APIConnectionError:
    """The error of a call without an answer."""
    return kind(f"{call.operation.id}: {reason}", may_have_been_processed=call.lost, **call.context)


def _alert(error: BaseException, kind: re.Pattern[str]) -> str | None:
    """The server's TLS alert in words, if it is of this kind."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLError):
            found = kind.search((cause.reason or "").upper().replace(" ", "_"))
            if found is not None:
                return found[1].lower().replace("_", " ")
    return None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
