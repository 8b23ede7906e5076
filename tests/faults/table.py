"""Every fault, and what it gives: the one table that the suite, and ``scripts/soak``, run through.

A row says what a broken try does, and what comes of it

- ``once``: to a call that may be repeated, when the next try goes well;
- ``always``: to the same call, when every try meets the fault;
- ``submit``: to a submit, which costs money, when the next try would go well;
- ``stream``: to a streamed submit, likewise;
- ``login``: to the first call of a client, when it is the login that meets the fault, once.

What is more than one broken try has tests of its own: 401s in a burst or a row, sessions in every
answer or out of order (test_sessions.py), lines and pieces of streams (test_streams.py),
cancellation at every await (test_cancel.py), close() (test_close.py, test_close_waits.py), threads,
event loops, forks and the interpreter's exit (tests/lifetimes).
"""

from email.utils import formatdate
from time import time
from typing import Any

import attrs

from liminal.errors import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AuthError,
    LiminalError,
    RateLimitError,
    ResponseValidationError,
    StreamInterruptedError,
)

from . import steps
from .server import Exchange, Step


@attrs.frozen
class Gives:
    """An answer (``error`` is None) or an error, after so many tries.

    ``requests`` is how many the server saw, where sessions make that differ from ``tries``.
    """

    error: type[LiminalError] | None
    tries: int
    requests: int
    has: dict[str, Any] = attrs.field(factory=dict)

    def __str__(self) -> str:
        if self.error is None:
            return f"answer, {self.tries} tries" if self.tries > 1 else "answer"
        fields = ", ".join(f"{name}={value!r}" for name, value in self.has.items())
        return f"{self.error.__name__}({fields})" + (f", {self.tries} tries" * (self.tries > 1))


def answer(tries: int = 1, *, requests: int | None = None) -> Gives:
    return Gives(None, tries, tries if requests is None else requests)


def fails(
    error: type[LiminalError], tries: int = 1, *, requests: int | None = None, **has: Any
) -> Gives:
    return Gives(error, tries, tries if requests is None else requests, has)


@attrs.frozen(kw_only=True)
class Fault:
    """A row. ``step`` is None where nothing listens. ``options`` are the client's.

    A fault that ``is_between`` two calls is no matter to the first: the row is about the second.
    """

    name: str
    step: Step | None
    once: Gives
    always: Gives
    submit: Gives
    stream: Gives
    login: Gives
    options: dict[str, Any] = attrs.field(factory=dict)
    is_between: bool = False

    def __str__(self) -> str:
        return self.name.replace(" ", "-")


def _refused() -> Fault:
    gives = fails(APIConnectionError, 3, requests=0, may_have_been_processed=False)
    return Fault(
        name="connect refused",
        step=None,
        once=gives,
        always=gives,
        submit=gives,
        stream=gives,
        login=gives,
    )


def _closed_between() -> Fault:
    """The server ends an idle connection; the next call finds that out, and opens another."""
    gives = answer(requests=2)
    return Fault(
        name="keep-alive connection closed between calls",
        step=steps.closed_after_answer,
        once=gives,
        always=gives,
        submit=gives,
        stream=gives,
        login=answer(),
        is_between=True,
    )


def _lost(
    name: str,
    step: Step,
    *,
    error: type[LiminalError] = APIConnectionError,
    in_body: bool = False,
    stream: Gives | None = None,
    **options: Any,
) -> Fault:
    """The request went out, and no whole answer came back."""
    submit = fails(error, may_have_been_processed=True)
    return Fault(
        name=name,
        step=step,
        once=answer(2),
        always=fails(error, 3, may_have_been_processed=True),
        submit=submit,
        stream=stream or (fails(StreamInterruptedError) if in_body else submit),
        login=answer(2),
        options=options,
    )


def _turned_away(name: str, step: Step, error: type[LiminalError], **has: Any) -> Fault:
    """The service said "not now": nothing was done, so all is tried again."""
    return Fault(
        name=name,
        step=step,
        once=answer(2),
        always=fails(error, 3, **has),
        submit=answer(2),
        stream=answer(2),
        login=answer(2),
    )


def _transient(code: int, step: Step) -> Fault:
    """A status that may pass, with no word on whether anything was done."""
    gives = fails(APIStatusError, status_code=code)
    return Fault(
        name=f"{code}",
        step=step,
        once=answer(2),
        always=fails(APIStatusError, 3, status_code=code),
        submit=gives,
        stream=gives,
        login=answer(2),
    )


def _final(name: str, step: Step, gives: Gives, *, login: Gives | None = None) -> Fault:
    """An answer that no other try would change."""
    return Fault(
        name=name,
        step=step,
        once=gives,
        always=gives,
        submit=gives,
        stream=gives,
        login=login or gives,
    )


_NO_COOKIE = fails(AuthError, status_code=None)
_INVALID = fails(ResponseValidationError)


def _bad_body(
    name: str, step: Step, *, stream: Gives = _INVALID, login: Gives = _NO_COOKIE, **options: Any
) -> Fault:
    """A 200 that does not fit the contract. A login's body is not promised, only its cookie."""
    return Fault(
        name=name,
        step=step,
        once=_INVALID,
        always=_INVALID,
        submit=_INVALID,
        stream=stream,
        login=login,
        options=options,
    )


def _harmless(name: str, step: Step, *, login: Gives = _NO_COOKIE) -> Fault:
    """What the contract allows, or what is no matter."""
    return Fault(
        name=name,
        step=step,
        once=answer(),
        always=answer(),
        submit=answer(),
        stream=answer(),
        login=login,
    )


def _date(offset: float) -> str:
    return formatdate(time() + offset, usegmt=True)


def _retry_at(seconds: float, *, clock: float = 0) -> Step:
    """429 until a date, by a server whose clock is off by ``clock`` seconds."""

    def step(exchange: Exchange) -> None:
        now = _date(clock)
        later = _date(clock + seconds)
        exchange.answer(429, {}, [("Date", now), ("Retry-After", later)])

    return step


def _hour(code: int, error: type[LiminalError]) -> Fault:
    return _final(
        f"{code} with an hour",
        steps.status(code, headers=[("Retry-After", "3600")]),
        fails(error, status_code=code, retry_after=3600.0),
    )


_DEEP = b"[" * 100_000 + b"]" * 100_000
_QUICK: dict[str, Any] = {"timeout": 0.25}
_YEAR = 365 * 86400

FAULTS: tuple[Fault, ...] = (
    # ---- the network
    _refused(),
    _lost("reset before the headers", steps.reset_before_headers),
    _lost("reset within the headers", steps.reset_within_headers),
    _lost("reset after the headers", steps.reset_after_headers, in_body=True),
    _lost("hang-up without an answer", steps.hang_up),
    _lost("short Content-Length", steps.short_content_length, in_body=True),
    _lost("cut chunked body", steps.cut_chunked_body, in_body=True),
    _lost("broken chunk size", steps.broken_chunk_size, in_body=True),
    _lost("silence", steps.silence, error=APITimeoutError, **_QUICK),
    _lost("a byte every 20 ms of headers", steps.drip_headers, error=APITimeoutError, **_QUICK),
    _lost(
        "a byte every 20 ms of body",
        steps.drip_body,
        error=APITimeoutError,
        # A stream may be slow: what bounds it is the wait for each piece, and a line's size.
        stream=fails(ResponseValidationError),
        max_event_bytes=10,
        **_QUICK,
    ),
    _lost("headers of 1 MiB", steps.huge_headers),
    _lost("not HTTP", steps.not_http),
    _closed_between(),
    # ---- statuses
    _turned_away("429", steps.status(429), RateLimitError, status_code=429, retry_after=None),
    attrs.evolve(
        _turned_away("429 without its body", steps.without_its_body(429), RateLimitError),
        options=_QUICK,
    ),
    attrs.evolve(
        _final(
            "404 without its body",
            steps.without_its_body(404),
            fails(APIStatusError, status_code=404, body=None),
        ),
        options=_QUICK,
    ),
    _turned_away(
        "429 with seconds",
        steps.status(429, headers=[("Retry-After", "0")]),
        RateLimitError,
        retry_after=0.0,
    ),
    _turned_away("429 with a date", _retry_at(0), RateLimitError, retry_after=0.0),
    _turned_away(
        "429 with a date and a skewed clock",
        _retry_at(0, clock=-_YEAR),
        RateLimitError,
        retry_after=0.0,
    ),
    _turned_away("429 with a date in the past", _retry_at(-60), RateLimitError, retry_after=None),
    _turned_away(
        "429 with NaN",
        steps.status(429, headers=[("Retry-After", "NaN")]),
        RateLimitError,
        retry_after=None,
    ),
    _hour(429, RateLimitError),
    _turned_away(
        "503 with Retry-After",
        steps.status(503, headers=[("Retry-After", "0")]),
        APIStatusError,
        status_code=503,
    ),
    _hour(503, APIStatusError),
    *(_transient(code, steps.status(code)) for code in (408, 500, 502, 503, 504)),
    attrs.evolve(_transient(502, steps.html(502)), name="HTML with 502"),
    *(
        _final(str(code), steps.status(code), fails(APIStatusError, status_code=code))
        for code in (400, 404, 409, 413, 422, 501, 599, 600, 999)
    ),
    _final(
        "403",
        steps.status(403),
        fails(APIStatusError, status_code=403),
        login=fails(AuthError, status_code=403),
    ),
    _final(
        "redirect to another host",
        steps.status(302, headers=[("Location", "http://localhost:1/elsewhere")]),
        fails(APIStatusError, status_code=302),
    ),
    _final("redirect to itself", steps.redirect_to_itself, fails(APIStatusError, status_code=307)),
    Fault(
        name="401",
        step=steps.status(401),
        once=answer(1, requests=2),
        always=fails(AuthError, 1, requests=2, status_code=401),
        submit=answer(1, requests=2),
        stream=answer(1, requests=2),
        login=fails(AuthError, status_code=401),
    ),
    Fault(
        name="HTML with 401",
        step=steps.html(401),
        once=answer(1, requests=2),
        always=fails(AuthError, 1, requests=2, status_code=401),
        submit=answer(1, requests=2),
        stream=answer(1, requests=2),
        login=fails(AuthError, status_code=401),
    ),
    # ---- bodies
    _bad_body("HTML with 200", steps.html(200)),
    _bad_body("body of 0 bytes", steps.body(b""), stream=fails(StreamInterruptedError)),
    _bad_body("204", steps.status(204, b""), stream=fails(StreamInterruptedError)),
    _bad_body("JSON null", steps.body("null")),
    _bad_body("JSON array", steps.body("[]")),
    _bad_body("JSON string", steps.body('"data"')),
    _bad_body("data: null", steps.body('{"data": null}')),
    _bad_body("NaN", steps.body('{"data": NaN, "content": NaN}')),
    _bad_body("half of JSON", steps.body('{"data": {"text"')),
    _bad_body("wrong type", steps.changed(text=5, content=5, threadId="7")),
    _bad_body("missing field", steps.changed(findings=..., threadId=..., content=...)),
    _bad_body("5,000-digit integer", steps.body('{"data": %s, "content": 1}' % ("9" * 5000))),
    _bad_body("nesting 100,000 deep", steps.body(b'{"data":%s,"content":"a"}' % _DEEP)),
    _bad_body("invalid UTF-8", steps.body(b'{"data": "\xff\xfe"}')),
    _bad_body(
        "gzip bomb",
        steps.single_gzip_bomb(3),
        login=fails(ResponseValidationError),
        max_body_bytes=1024 * 1024,
    ),
    _bad_body(
        "gzip bomb of many members",
        steps.gzip_bomb(3),
        login=fails(ResponseValidationError),
        max_body_bytes=1024 * 1024,
    ),
    _bad_body(
        "broken gzip",
        steps.body(b"\x1f\x8bnothing of the kind", [("Content-Encoding", "gzip")]),
        login=fails(ResponseValidationError),
    ),
    _bad_body(
        "unasked content coding",
        steps.body(b"...", [("Content-Encoding", "compress")]),
        login=fails(ResponseValidationError),
    ),
    _harmless("gzip", steps.good_gzip),
    _harmless("extra field", steps.changed(allowedTeams=[1, {"a": None}])),
    _harmless("optional field null", steps.changed(deletedAt=None, customTerm=None)),
    _harmless("unknown enum value", steps.changed(type="NEW_TYPE", policyAction="new")),
    _harmless("duplicate keys", steps.duplicate_keys),
    _harmless("lone surrogate", steps.changed(text="\ud800", content="\ud800")),
    # ---- sessions
    _harmless("Set-Cookie renewed", steps.with_cookies("session=renewed"), login=answer()),
    _harmless(
        "Set-Cookie foreign",
        steps.with_cookies("session=foreign; Domain=other.example", "other=1"),
    ),
    _harmless(
        "Set-Cookie doubled", steps.with_cookies("session=one", "session=two"), login=answer()
    ),
    _harmless("Set-Cookie empty", steps.with_cookies("session=; Max-Age=0")),
    _harmless("Set-Cookie nonsense", steps.with_cookies("session", ";;;=;", "session=a b")),
)
