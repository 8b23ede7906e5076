"""Runs msal one step at a time. Every step may block; the caller chooses its thread."""

from __future__ import annotations

import os
from contextlib import ExitStack, suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from liminal.auth._private_file import PrivateFile
from liminal.auth.microsoft._cache import token_cache
from liminal.auth.microsoft._http import HttpClient, NotSent, StepEnded, sending_nothing
from liminal.auth.microsoft._outcomes import (
    NoAccount,
    NotRenewed,
    Outcome,
    Refused,
    Started,
    read_flow,
    read_token,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from liminal.auth.microsoft._settings import Settings

# msal has no types: what it returns is read by `_outcomes`.
msal: Final[Any] = import_module("msal")


class MsalClient:
    """One user's sign-in at one authority: msal's application and its token cache.

    Threads share it without a lock: msal's cache has its own, and two threads that build the
    application at the same time build equal ones.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._cache = token_cache(settings.token_cache)
        # Not the lock of the cache itself, which is never held while a request is sent.
        path = settings.token_cache
        self._renewal_lock = None if path is None else PrivateFile(f"{os.fspath(path)}.renewal")
        self._application: Any = None

    def cached(self, *, even_if_due: bool = False) -> Outcome:
        """Take a token from the cache; ``NotRenewed`` if one has to be requested.

        One that is due for renewal before it expires is taken only ``even_if_due``.
        """
        application = self._app()
        with suppress(NotSent), sending_nothing():
            return self._silent(application, NotSent if even_if_due else StepEnded)
        return NotRenewed()

    def renew(self, *, patient: bool = True) -> Outcome:
        """Take a token from the cache, or redeem the cached refresh token.

        Some authorities accept a refresh token only once, so one process redeems it at a time. A
        ``patient`` one takes what is in the cache while another does.
        """
        application = self._app()
        with ExitStack() as lock:
            try:
                if self._renewal_lock is not None:
                    lock.enter_context(self._renewal_lock.locked(patience=0))
            except TimeoutError:
                if patient:
                    return self.cached(even_if_due=True)
            except OSError:  # the file system has no locks, or the folder can't be written
                pass
            outcome = self._silent(application)
            # Without a lock, another process may have redeemed it first and cached a newer one. If
            # not, msal remembers the refusal and sends nothing.
            return self._silent(application) if isinstance(outcome, Refused) else outcome

    def _silent(self, application: Any, failed: type[Exception] = StepEnded) -> Outcome:
        accounts = application.get_accounts()
        if not accounts:
            return NoAccount()
        answer = application.acquire_token_silent_with_error(
            list(self._settings.scopes),
            max(accounts, key=self._last_used),
            # After these, a token that is due for renewal is used, as it is still valid.
            http_exceptions=(failed,),
        )
        return read_token(answer)

    def _last_used(self, account: Mapping[str, str]) -> int:
        """When this account's refresh token was issued: the last one to sign in is used."""
        tokens = self._cache.search(
            "RefreshToken", query={"home_account_id": account["home_account_id"]}
        )
        return max((int(token.get("last_modification_time", 0)) for token in tokens), default=0)

    def begin(self, claims: str | None) -> Outcome:
        """Request a code for a person to enter."""
        flow = self._app().initiate_device_flow(
            list(self._settings.scopes), claims_challenge=claims
        )
        return read_flow(flow, self._settings.auth_challenge_timeout)

    def poll(self, begun: Started, claims: str | None) -> Outcome:
        """Ask once whether the code was entered. The caller waits between polls, interruptibly."""
        # In msal's own loop an interval of 0 would never come to the exit condition.
        begun.flow["interval"] = 1
        answer = self._app().acquire_token_by_device_flow(
            begun.flow, claims_challenge=claims, exit_condition=_at_once
        )
        return read_token(answer)

    def _app(self) -> Any:
        if self._application is None:
            self._application = msal.PublicClientApplication(
                self._settings.client_id,
                authority=self._settings.url,
                token_cache=self._cache,
                http_client=HttpClient(),
                # The user chose the authority, so Microsoft need not confirm that it exists.
                instance_discovery=False,
            )
        return self._application


def _at_once(_: object) -> bool:
    return True
