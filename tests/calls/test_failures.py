"""What an error says of a status or a lost connection, and whether another try may follow."""

import ssl
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from liminal._calls.arguments.options import Options
from liminal._calls.call import Call, Fault
from liminal._calls.failures import (
    is_shut_down,
    request_id,
    shut_down,
    status_failure,
    timed_out,
    transport_failure,
)
from liminal.errors import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AuthError,
    RateLimitError,
)
from liminal_api.api.prompt import analyze_prompt, submit_prompt

OPTIONS = Options(timeout=7, deadline=60, max_retries=0, max_body_bytes=1, max_event_bytes=1)


def call_of(operation: Any = analyze_prompt, **state: Any) -> Call:
    call = Call(operation.OPERATION, {}, OPTIONS, seconds=60)
    for name, value in state.items():
        setattr(call, name, value)
    return call


LOGIN, SUBMIT = {"is_login": True}, {"operation": submit_prompt}
SOON = {"Retry-After": "2"}


@pytest.mark.parametrize(
    ("status", "state", "headers", "kind", "says", "lost"),
    [
        (302, {}, {}, APIStatusError, "302 Found; redirects are not followed", False),
        (399, {}, {}, APIStatusError, "399; redirects are not followed", False),
        (400, {}, {}, APIStatusError, "400 Bad Request; see the error's body", False),
        (403, {}, {}, APIStatusError, "403 Forbidden; the signed-in user is not allowed", False),
        (404, {}, {}, APIStatusError, "404 Not Found; check the id", False),
        (413, {}, {}, APIStatusError, "too large for the service", False),
        (422, {}, {}, APIStatusError, "don't belong together", False),
        (429, {}, {}, RateLimitError, "429 Too Many Requests; wait before", False),
        (499, {}, {}, APIStatusError, "499; see the error's body", False),
        (500, {}, {}, APIStatusError, "500 Internal Server Error; try again later", True),
        (500, SUBMIT, {}, APIStatusError, "may have been processed: check before", True),
        (503, SUBMIT, SOON, APIStatusError, "503 Service Unavailable; try again later", False),
        (401, {}, {}, AuthError, "refused the session (401)", False),
        (401, LOGIN, {}, AuthError, "refused the login (401)", False),
        (403, LOGIN, {}, AuthError, "refused the login (403)", False),
    ],
)
def test_an_error_names_the_status_and_what_to_do(*, status, state, headers, kind, says, lost):
    call = call_of(**state)
    sent = httpx.Headers([*headers.items(), ("Set-Cookie", "session=secret"), ("X-A", "b")])
    failure = status_failure(call, status, sent, b"body")
    assert (type(failure.error), failure.error.status_code, call.lost) == (kind, status, lost)
    assert says in str(failure.error)
    assert failure.outcome == (None if kind is AuthError else status)
    if kind is not AuthError:
        assert dict(failure.error.headers) == {**httpx.Headers(headers), "x-a": "b"}
        assert failure.error.body == b"body"


@pytest.mark.parametrize("body", [None, b""])
def test_an_error_without_a_body_does_not_refer_to_it(body):
    failure = status_failure(call_of(), 400, httpx.Headers(), body)
    assert str(failure.error).endswith("400 Bad Request; it gave no readable reason")


@pytest.mark.parametrize(
    ("headers", "advice"),
    [({"X-Request-Id": "9f1c"}, "later, and quote the request id to support"), ({}, "later")],
)
def test_only_a_request_id_that_the_service_gave_is_to_be_quoted(headers, advice):
    failure = status_failure(call_of(), 500, httpx.Headers(headers), b"body")
    assert str(failure.error).endswith(f"500 Internal Server Error; try again {advice}")


@pytest.mark.parametrize(
    ("value", "kept"),
    [(b"x" * 128, True), (b"x" * 129, False), (b"caf\xe9", False), (b"a\tb", False), (b"", False)],
)
def test_a_request_id_unfit_for_logs_is_left_out(value, kept):
    assert request_id(httpx.Headers({b"X-Request-Id": value})) == (value.decode() if kept else None)


def caused(error: Exception, **facts: Any) -> httpx.ConnectError:
    """A failed connect, two steps above what OpenSSL raised."""
    for name, value in facts.items():
        setattr(error, name, value)
    beneath, above = OSError(), httpx.ConnectError("no")
    beneath.__context__, above.__cause__ = error, beneath
    return above


def certificate(code: int) -> httpx.ConnectError:
    facts = {"verify_code": code, "verify_message": "it expired", "reason": "VERIFY_FAILED"}
    return caused(ssl.SSLCertVerificationError(), **facts)


def alert(reason: str) -> httpx.ConnectError:
    return caused(ssl.SSLError(), reason=reason)


UNSENT, LOST = Fault.UNSENT, Fault.LOST
LATE, FREE = APITimeoutError, "no connection was free"


@pytest.mark.parametrize(
    ("error", "sent", "kind", "outcome", "says"),
    [
        (httpx.ReadError("secret"), False, APIConnectionError, UNSENT, "connection was lost"),
        (httpx.ReadError("secret"), True, APIConnectionError, LOST, "connection was lost"),
        (httpx.RemoteProtocolError("secret"), True, APIConnectionError, LOST, "was lost"),
        (httpx.ReadTimeout("secret"), False, LATE, UNSENT, "within the timeout"),
        (httpx.ReadTimeout("secret"), True, LATE, LOST, "within the timeout"),
        (httpx.ConnectTimeout("secret"), False, LATE, UNSENT, "within the timeout"),
        (httpx.PoolTimeout("secret"), False, LATE, UNSENT, FREE),
        *(
            (error, False, APIConnectionError, UNSENT, says)
            for error, says in (
                (httpx.ConnectError("nobody listens"), "(nobody listens)"),
                (httpx.ConnectError(""), "could not connect to the server"),
                (httpx.ProxyError("407 secret"), "the server (407): check its URL"),
                (httpx.ProxyError("40 secret"), "the server: check its URL"),
                (alert("SSLV3_ALERT_HANDSHAKE_FAILURE"), "it may require a client certificate"),
            )
        ),
        # No other try would change these.
        *(
            (error, False, APIConnectionError, None, says)
            for error, says in (
                (httpx.LocalProtocolError("secret"), "could not be sent"),
                (httpx.InvalidURL("secret"), "could not be sent"),
                (alert("TLSV13_ALERT_CERTIFICATE_REQUIRED"), "(certificate required)"),
                (alert("tlsv1 alert unknown ca"), "(unknown ca)"),
                (certificate(10), "the server's certificate was refused: it expired"),
                *((certificate(code), "SSL_CERT_FILE") for code in (2, 18, 19, 20, 21)),
            )
        ),
    ],
)
def test_a_request_is_in_doubt_only_if_it_or_one_before_was_sent(error, sent, kind, outcome, says):
    for was_lost in (False, True):
        call = call_of(sent=sent, lost=was_lost)
        failure = transport_failure(error, call)
        assert (type(failure.error), failure.outcome) == (kind, outcome)
        assert call.lost is failure.error.may_have_been_processed is (sent or was_lost)
        assert says in str(failure.error)
        assert "secret" not in str(failure.error)
        assert says == "SSL_CERT_FILE" or "SSL_CERT_FILE" not in str(failure.error)


@pytest.mark.parametrize(
    ("left", "queues", "outcome", "says"),
    [
        (1, False, LOST, "within the timeout of 7 seconds"),
        (0, False, None, "within the deadline of 60 seconds"),
        (-1, False, None, "within the deadline of 60 seconds"),
        (1, True, LOST, FREE),
    ],
)
def test_no_answer_in_time_names_the_bound_that_ran_out(left, queues, outcome, says):
    call = call_of(sent=True, queues=queues, deadline=SimpleNamespace(call_left=lambda: left))
    failure = timed_out(call)
    assert failure.outcome == outcome
    assert says in str(failure.error)
    assert failure.error.may_have_been_processed


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("attached to a different loop", "on the event loop of its call"),
        ("Event loop is closed", "the event loop was closed"),
        ("can't start new thread at interpreter shutdown", "the program is exiting"),
        ("this pool was closed", "the event loop was closed"),
        ("of a user's hook", None),
    ],
)
@pytest.mark.parametrize("sent", [False, True])
def test_the_end_of_a_loop_or_program_is_distinguished_from_a_hook_s_error(text, says, sent):
    error = RuntimeError(text)
    assert is_shut_down(error) is (says is not None)
    failure = shut_down(error, call_of(sent=sent))
    assert failure.outcome is None
    assert failure.error.may_have_been_processed is sent
    assert says is None or says in str(failure.error)
