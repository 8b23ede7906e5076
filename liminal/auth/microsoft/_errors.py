"""Puts into words why a sign-in failed, and what to do about it."""

from __future__ import annotations

from typing import Final

from liminal.auth.microsoft._outcomes import NoAnswer, Outcome, Refused
from liminal.errors import AuthError

# RFC 8628, 3.5 and what Entra says in its place.
_DECLINED: Final = frozenset({"access_denied", "authorization_declined"})
_EXPIRED: Final = frozenset({"code_expired", "expired_token"})
_AGAIN: Final = "sign in again"


def failure(outcome: Outcome, host: str, doing: str) -> AuthError:
    """Return the error for an outcome that is not a token; ``doing`` is what Entra did."""
    if isinstance(outcome, Refused):
        return AuthError(_refusal(outcome, doing))
    if isinstance(outcome, NoAnswer):
        # Not as `status_code`, which is for a login that the service refused.
        status = "" if outcome.status is None else f" (HTTP status {outcome.status})"
        return AuthError(f"The identity provider at {host} {outcome.fault.value}{status}")
    return AuthError(f"Microsoft Entra ID {doing}: {_AGAIN}")


def not_interactive(outcome: Outcome) -> AuthError:
    """Return the error for a sign-in that needs a person where none may be asked."""
    why = "Nobody is signed in"
    if isinstance(outcome, Refused):
        why = f"The stored sign-in is no longer accepted{_named(outcome)}"
    return AuthError(
        f"{why}, and interactive=False forbids asking a person: sign in once with "
        "interactive=True and the same token_cache, or use another credential"
    )


def timed_out(seconds: float, *, logged: bool) -> AuthError:
    """Return the error for a person who did not sign in in time."""
    where = " The code went to the log 'liminal' at INFO, or to stderr." if logged else ""
    return AuthError(
        f"Nobody signed in within {seconds:g} seconds: {_AGAIN}, or raise "
        f"auth_challenge_timeout.{where}"
    )


def prompt_is_asyncio() -> AuthError:
    """Return the error for a prompt that a blocking sign-in can't await."""
    return AuthError(
        "prompt is a coroutine function, which SyncClient can't await: give it a plain function, "
        "or use Client"
    )


def _refusal(refused: Refused, doing: str) -> str:
    if refused.error in _DECLINED:
        return f"The sign-in was declined: {_AGAIN}, and approve it"
    if refused.error in _EXPIRED:
        return f"The code expired before it was used: {_AGAIN}, and enter the new code in time"
    if _is_policy(refused):
        return (
            f"A policy of your organisation (conditional access) did not allow the sign-in"
            f"{_named(refused)}: sign in as it requires, or ask an administrator"
        )
    return (
        f"Microsoft Entra ID {doing}{_named(refused)}: check tenant_id, client_id and scopes, and "
        "that the app registration allows public client flows"
    )


def _is_policy(refused: Refused) -> bool:
    """Return whether it was the person, the device or a policy (AADSTS5xxxx), and not the app."""
    return refused.error == "interaction_required" or any(
        str(code).startswith("5") and len(str(code)) in {5, 6} for code in refused.codes
    )


def _named(refused: Refused) -> str:
    names = [refused.error] if refused.error else []
    names += [f"AADSTS{code}" for code in refused.codes]
    return f" ({', '.join(names)})" if names else ""
