"""Every fault, and what it gives: the one table that the suite and ``scripts/soak`` run through.

What takes more than one broken try has tests of its own, in the files beside this one and in
tests/lifetimes.
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

    error: type[LiminalError] | None = None
    tries: int = 1
    requests: int = attrs.field(default=attrs.Factory(lambda self: self.tries, takes_self=True))
    has: dict[str, Any] = attrs.field(factory=dict)


def answer(tries: int = 1, requests: int | None = None) -> Gives:
    return Gives(None, tries, tries if requests is None else requests)


def fails(error: type[LiminalError], tries: int = 1, **has: Any) -> Gives:
    return Gives(error, tries, has=has)


_AS_ONCE: Any = attrs.Factory(lambda self: self.once, takes_self=True)


@attrs.frozen
class Fault:
    """A row: what a broken try does, and what comes of it.

    ``once``: to a call that may be repeated, when the next try goes well; ``always``: to the same
    call, when every try meets the fault; ``submit``, ``stream``: to a submit, which costs money,
    and to a streamed one, when the next try would go well; ``login``: to the first call of a
    client, when it is the login that meets the fault, once.

    ``step`` is None where nothing listens. ``options`` are the client's. A fault that
    ``is_between`` two calls does not concern the first: the row is about the second.
    """

    name: str
    step: Step | None
    once: Gives
    always: Gives = _AS_ONCE
    submit: Gives = _AS_ONCE
    stream: Gives = _AS_ONCE
    login: Gives = _AS_ONCE
    options: dict[str, Any] = attrs.field(factory=dict, kw_only=True)
    is_between: bool = attrs.field(default=False, kw_only=True)

    def __str__(self) -> str:
        return self.name.replace(" ", "-")


def _lost(
    name: str,
    step: Step,
    *,
    error: type[LiminalError] = APIConnectionError,
    stream: Gives | None = None,
    **options: Any,
) -> Fault:
    """The request was sent, and no complete answer came back."""
    submit = fails(error, may_have_been_processed=True)
    always = fails(error, 3, may_have_been_processed=True)
    return Fault(name, step, answer(2), always, submit, stream or submit, options=options)


def _turned_away(
    name: str,
    step: Step,
    error: type[LiminalError] = RateLimitError,
    *,
    options: dict[str, Any] | None = None,
    **has: Any,
) -> Fault:
    """The service refused for now: nothing was done, so every call is tried again."""
    return Fault(name, step, answer(2), fails(error, 3, **has), options=options or {})


def _transient(name: str, code: int, step: Step) -> Fault:
    """A transient status, which does not tell whether anything was done."""
    gives = fails(APIStatusError, status_code=code)
    always = fails(APIStatusError, 3, status_code=code)
    return Fault(name, step, answer(2), always, gives, gives)


def _final(name: str, step: Step, code: int, **has: Any) -> Fault:
    """A status that another try would not change."""
    return Fault(name, step, fails(APIStatusError, status_code=code, **has))


def _unauthorized(name: str, step: Step) -> Fault:
    """The session ended: it is renewed once."""
    always = Gives(AuthError, 1, 2, {"status_code": 401})
    return Fault(name, step, answer(requests=2), always, login=fails(AuthError, status_code=401))


_NO_COOKIE = fails(AuthError, status_code=None)
_INVALID = fails(ResponseValidationError)
_INTERRUPTED = fails(StreamInterruptedError)


def _bad_body(
    name: str, step: Step, *, stream: Gives = _INVALID, login: Gives = _NO_COOKIE, **options: Any
) -> Fault:
    """A 200 that does not fit the contract. A login's body is not promised, only its cookie."""
    return Fault(name, step, _INVALID, stream=stream, login=login, options=options)


def _harmless(name: str, step: Step, *, login: Gives = _NO_COOKIE) -> Fault:
    """What the contract allows, or what makes no difference."""
    return Fault(name, step, answer(), login=login)


def _retry_at(seconds: float, *, clock: float = 0) -> Step:
    """429 until a date, by a server whose clock is off by ``clock`` seconds."""

    def step(exchange: Exchange) -> None:
        now, later = (formatdate(time() + clock + s, usegmt=True) for s in (0, seconds))
        exchange.answer(429, {}, [("Date", now), ("Retry-After", later)])

    return step


def _retry_after(code: int, value: str) -> Step:
    return steps.status(code, headers=[("Retry-After", value)])


def _hour(code: int, error: type[LiminalError]) -> Fault:
    gives = fails(error, status_code=code, retry_after=3600.0)
    return Fault(f"{code} with an hour", _retry_after(code, "3600"), gives)


def _coded(coding: str, content: bytes) -> Step:
    return steps.body(content, [("Content-Encoding", coding)])


_DEEP = b"[" * 100_000 + b"]" * 100_000
_QUICK: dict[str, Any] = {"timeout": 0.25}
_SLOW: dict[str, Any] = {"error": APITimeoutError, **_QUICK}
_BOMBS: dict[str, Any] = {"login": _INVALID, "max_body_bytes": 1024 * 1024}
_YEAR = 365 * 86400

_NETWORK = (
    Fault(
        "connect refused",
        None,
        Gives(APIConnectionError, 3, 0, {"may_have_been_processed": False}),
    ),
    _lost("reset before the headers", steps.reset_before_headers),
    _lost("reset within the headers", steps.reset_within_headers),
    _lost("reset after the headers", steps.reset_after_headers, stream=_INTERRUPTED),
    _lost("hang-up without an answer", steps.hang_up),
    _lost("short Content-Length", steps.short_content_length, stream=_INTERRUPTED),
    _lost("cut chunked body", steps.cut_chunked_body, stream=_INTERRUPTED),
    _lost("broken chunk size", steps.broken_chunk_size, stream=_INTERRUPTED),
    _lost("silence", steps.silence, **_SLOW),
    _lost("a byte every 20 ms of headers", steps.drip_headers, **_SLOW),
    # A stream may be slow: its bounds are the wait for each piece, and a line's size.
    _lost(
        "a byte every 20 ms of body", steps.drip_body, stream=_INVALID, max_event_bytes=10, **_SLOW
    ),
    _lost("headers of 1 MiB", steps.huge_headers),
    _lost("not HTTP", steps.not_http),
    # The next call finds out that the server ended the idle connection, and opens another.
    Fault(
        "keep-alive connection closed between calls",
        steps.closed_after_answer,
        answer(requests=2),
        login=answer(),
        is_between=True,
    ),
)
_STATUSES = (
    _turned_away("429", steps.status(429), status_code=429, retry_after=None),
    _turned_away("429 without its body", steps.without_its_body(429), options=_QUICK),
    attrs.evolve(
        _final("404 without its body", steps.without_its_body(404), 404, body=None), options=_QUICK
    ),
    _turned_away("429 with seconds", _retry_after(429, "0"), retry_after=0.0),
    _turned_away("429 with a date", _retry_at(0), retry_after=0.0),
    _turned_away("429 with a date and a skewed clock", _retry_at(0, clock=-_YEAR), retry_after=0.0),
    _turned_away("429 with a date in the past", _retry_at(-60), retry_after=None),
    _turned_away("429 with NaN", _retry_after(429, "NaN"), retry_after=None),
    _hour(429, RateLimitError),
    _turned_away("503 with Retry-After", _retry_after(503, "0"), APIStatusError, status_code=503),
    _hour(503, APIStatusError),
    *(_transient(str(code), code, steps.status(code)) for code in (408, 500, 502, 503, 504)),
    _transient("HTML with 502", 502, steps.html(502)),
    *(
        _final(str(code), steps.status(code), code)
        for code in (400, 404, 409, 413, 422, 501, 599, 600, 999)
    ),
    attrs.evolve(_final("403", steps.status(403), 403), login=fails(AuthError, status_code=403)),
    _final(
        "redirect to another host",
        steps.status(302, headers=[("Location", "http://localhost:1/elsewhere")]),
        302,
    ),
    _final("redirect to itself", steps.redirect_to_itself, 307),
    _unauthorized("401", steps.status(401)),
    _unauthorized("HTML with 401", steps.html(401)),
)
_BODIES = (
    _bad_body("HTML with 200", steps.html(200)),
    _bad_body("body of 0 bytes", steps.body(b""), stream=_INTERRUPTED),
    _bad_body("204", steps.status(204, b""), stream=_INTERRUPTED),
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
    _bad_body("gzip bomb", steps.single_gzip_bomb(3), **_BOMBS),
    _bad_body("gzip bomb of many members", steps.gzip_bomb(3), **_BOMBS),
    _bad_body("broken gzip", _coded("gzip", b"\x1f\x8bnothing of the kind"), login=_INVALID),
    _bad_body("unasked content coding", _coded("compress", b"..."), login=_INVALID),
    _harmless("gzip", steps.good_gzip),
    _harmless("extra field", steps.changed(allowedTeams=[1, {"a": None}])),
    _harmless("optional field null", steps.changed(deletedAt=None, customTerm=None)),
    _harmless("unknown enum value", steps.changed(type="NEW_TYPE", policyAction="new")),
    _harmless("duplicate keys", steps.duplicate_keys),
    _harmless("lone surrogate", steps.changed(text="\ud800", content="\ud800")),
)
_RENEWED = steps.with_cookies("session=renewed")
_FOREIGN = steps.with_cookies("session=foreign; Domain=other.example", "other=1")
_DOUBLED = steps.with_cookies("session=one", "session=two")
_SESSIONS = (
    _harmless("Set-Cookie renewed", _RENEWED, login=answer()),
    _harmless("Set-Cookie foreign", _FOREIGN),
    _harmless("Set-Cookie doubled", _DOUBLED, login=answer()),
    _harmless("Set-Cookie empty", steps.with_cookies("session=; Max-Age=0")),
    _harmless("Set-Cookie nonsense", steps.with_cookies("session", ";;;=;", "session=a b")),
)
FAULTS: tuple[Fault, ...] = (*_NETWORK, *_STATUSES, *_BODIES, *_SESSIONS)
