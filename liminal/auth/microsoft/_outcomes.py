"""The outcomes of a sign-in step, as values."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping

# RFC 6749, 4.1.2.1; Entra also gives them to a request for a token.
_BUSY: Final = frozenset({"server_error", "temporarily_unavailable"})
# RFC 6749, 5.2 allows more; only short words are worth showing.
_ERROR_CODE: Final = re.compile(r"[a-z_]{3,40}")
_AADSTS: Final = re.compile(r"\bAADSTS(\d{4,8})\b")
_NUMBER: Final = re.compile(r"\b\d{4,8}\b")


@attrs.frozen(kw_only=True)
class SignInPrompt:
    """What a person needs in order to sign in with a device code (RFC 8628, 3.2).

    They open ``verification_url`` in any browser and enter ``user_code``, before ``expires_at``
    (aware, UTC). ``message`` says so in one sentence. Entering the code signs in *this* program, so
    show it to no one else.
    """

    user_code: str
    verification_url: str
    message: str
    expires_at: datetime


@attrs.frozen
class Granted:
    """The authority, or the cache, gave a token."""

    token: str = attrs.field(repr=False)


@attrs.frozen
class NoAccount:
    """The cache has no account: a person must sign in."""


@attrs.frozen
class NotRenewed:
    """The refresh token was not redeemed: nobody asked for it, or another process is doing it."""


@attrs.frozen
class Started:
    """The authority waits for a person, who has ``seconds``; ``interval`` is between two polls."""

    flow: dict[str, Any] = attrs.field(repr=False)
    prompt: SignInPrompt = attrs.field(repr=False)
    interval: float
    seconds: float


@attrs.frozen
class Pending:
    """The code was not entered yet. ``slower``: seconds to add to the interval (RFC 8628, 3.5)."""

    slower: float = 0.0


@attrs.frozen
class Refused:
    """The authority refused: an OAuth error code and Entra's AADSTS numbers, as far as known.

    ``claims`` are the claims that Entra requires at the next sign-in.
    """

    error: str | None
    codes: tuple[int, ...] = ()
    claims: str | None = attrs.field(default=None, repr=False)


@attrs.frozen
class NoSuchTenant(Refused):
    """The authority does not know the tenant."""


class Fault(Enum):
    """Why there was no usable answer, and what to do about it."""

    UNREACHABLE = "can't be reached: check the network, the proxy and authority="
    UNTRUSTED = (
        "has a certificate that is not trusted: pass its CA file as verify=, or name that in"
        " SSL_CERT_FILE"
    )
    BROKEN = "is unavailable or overloaded: try again later"
    MALFORMED = "gave an unexpected answer: check tenant_id and authority="

    @property
    def is_transient(self) -> bool:
        """Whether the next poll may succeed."""
        return self in {Fault.UNREACHABLE, Fault.BROKEN}


@attrs.frozen
class NoAnswer:
    """The authority could not be asked. ``status`` is its HTTP status, if there was one."""

    fault: Fault
    status: int | None = None


Outcome = Granted | NoAccount | NotRenewed | Started | Pending | Refused | NoAnswer


def read_token(answer: Mapping[str, Any] | None) -> Outcome:
    """Read what msal returns for a token request."""
    if answer is None:
        return NoAccount()
    token, error = answer.get("access_token"), answer.get("error")
    if isinstance(token, str) and token:
        return Granted(token)
    if error == "authorization_pending":
        return Pending()
    if error == "slow_down":
        return Pending(slower=5.0)
    return NoAnswer(Fault.MALFORMED) if error is None else read_refusal(answer)


def read_refusal(answer: Mapping[str, Any], kind: type[Refused] = Refused) -> Refused | NoAnswer:
    """Read an OAuth error (RFC 6749, 5.2). Only the numbers of its free text are kept."""
    error, claims = answer.get("error"), answer.get("claims")
    error = error if isinstance(error, str) and _ERROR_CODE.fullmatch(error) else None
    if error in _BUSY:
        return NoAnswer(Fault.BROKEN)
    codes = [int(n) for n in _NUMBER.findall(str(answer.get("error_codes")))]
    codes = codes or [int(n) for n in _AADSTS.findall(str(answer.get("error_description")))]
    return kind(
        error=error,
        codes=tuple(codes[:3]),
        claims=claims if isinstance(claims, str) else None,
    )


def read_flow(flow: dict[str, Any], longest: float) -> Outcome:
    """Read what msal returns for a device authorization request (RFC 8628, 3.2).

    The person has the lifetime of the code, but at most ``longest`` seconds.
    """
    if "error" in flow:
        return read_refusal(flow)
    code, url = flow.get("user_code"), flow.get("verification_uri")
    if not (_is_word(code) and _is_word(url) and isinstance(flow.get("device_code"), str)):
        return NoAnswer(Fault.MALFORMED)
    message = flow.get("message")
    if not _is_line(message):
        message = (
            f"To sign in, use a web browser to open the page {url} and enter the code {code} to "
            "authenticate."
        )
    seconds = min(longest, max(float(flow["expires_in"]), 0.0))
    prompt = SignInPrompt(
        user_code=str(code),
        verification_url=str(url),
        message=str(message),
        expires_at=datetime.now(UTC) + timedelta(seconds=seconds),
    )
    return Started(flow, prompt, interval=float(flow["interval"]), seconds=seconds)


def _is_line(text: object) -> bool:
    # It is logged, and must not forge a second line.
    return isinstance(text, str) and text.isprintable() and bool(text)


def _is_word(text: object) -> bool:
    return _is_line(text) and " " not in str(text)
