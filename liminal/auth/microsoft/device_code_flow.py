"""Signs a person in with Microsoft Entra ID by device code (RFC 8628)."""

from __future__ import annotations

import inspect
import time
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

from liminal._calls.discreet import discreet, discreet_async
from liminal._compat.moved import moved
from liminal._http.sockets.monotonic import monotonic
from liminal.auth._caught import CaughtForeignError
from liminal.auth._fetch import drop
from liminal.auth._provider import AuthProvider
from liminal.auth.microsoft._errors import failure, not_interactive, timed_out
from liminal.auth.microsoft._outcomes import (
    Granted,
    NoAnswer,
    NoSuchTenant,
    Outcome,
    Refused,
    Renewing,
    SignInPrompt,
    Started,
)
from liminal.auth.microsoft._poll_interval import PollInterval
from liminal.auth.microsoft._settings import (
    DEFAULT_SCOPES,
    DEFAULT_TIMEOUT,
    PUBLIC_CLOUD,
    Settings,
)
from liminal.auth.microsoft._show_prompt import show_prompt
from liminal.auth.microsoft._single_flight import POLL_SECONDS, Attempt, SingleFlight
from liminal.errors import AuthError

if TYPE_CHECKING:
    import os
    import ssl
    from collections.abc import Callable, Iterable

    from liminal._http.pool import AsyncPool, Pool
    from liminal.auth.microsoft._http import Connections
    from liminal.auth.microsoft._msal_client import MsalClient

    DEFAULT_AUTH_CHALLENGE_TIMEOUT: int
else:
    __getattr__ = moved(__name__)

__all__ = ["DeviceCodeFlowProvider", "SignInPrompt"]

# Seconds to wait for another process's renewal: as long as one takes at most, unless that process
# was stopped in the middle of it. The lock of one that was killed is free at once.
RENEWAL_PATIENCE: Final = 30.0


class DeviceCodeFlowProvider(AuthProvider):
    """Signs in to Microsoft Entra ID with a code that a person enters in a browser on any device.

    ``tenant_id`` and ``client_id`` are the *Directory (tenant) ID* and *Application (client) ID* of
    the app registration, which must allow public client flows. One provider can serve any number of
    clients, asyncio and blocking, from any number of threads, tasks and event loops; the person is
    asked once for all of them. Nothing happens before a token is first needed.

    A token that is still valid, or that a refresh token can renew, is used without asking.
    Otherwise the person has ``auth_challenge_timeout`` seconds to sign in. ``prompt`` is called
    with a ``SignInPrompt`` that says how; a coroutine function is awaited, which only
    ``Client`` can do. Without ``prompt`` the message is logged at INFO on the logger ``liminal``,
    or written to stderr if no handler shows it. With ``interactive=False`` nobody is asked, and
    AuthError is raised instead.

    ``token_cache`` names a file that keeps the sign-in for the next run. Its mode is 0600, and the
    platform encrypts it if ``msal-extensions`` is installed. A file that is damaged, owned by
    another user or readable by others is ignored with a warning.

    ``scopes`` are the scopes of the token, by default Microsoft Graph's ``User.Read``.
    ``authority`` is another cloud's URL; its path, if any, replaces the tenant. ``verify`` sets the
    trusted certificates: True for those that a client without ``ssl_context`` trusts, the path
    of a CA file, or of a folder prepared by ``openssl rehash``, or an ``ssl.SSLContext``.
    HTTPS_PROXY is honored; REQUESTS_CA_BUNDLE is not.

        provider = DeviceCodeFlowProvider(tenant_id, client_id)
        client = await Client.authenticate_from_auth_provider(url, provider)

    The constructor raises AuthError for invalid arguments. Both methods raise it for anything that
    ends a sign-in: declined, expired, not completed in time, refused by policy, offline.
    """

    # The defaults of ``authority`` and ``scopes``; a subclass may override them.
    AUTHORITY_URL: ClassVar[str] = PUBLIC_CLOUD
    DEFAULT_SCOPES: ClassVar[list[str]] = DEFAULT_SCOPES

    def __init__(
        self,
        tenant_id: str,
        client_id: str,
        *,
        auth_challenge_timeout: float = DEFAULT_TIMEOUT,
        scopes: Iterable[str] | None = None,
        authority: str | None = None,
        prompt: Callable[[SignInPrompt], object] | None = None,
        token_cache: str | os.PathLike[str] | None = None,
        verify: bool | str | os.PathLike[str] | ssl.SSLContext = True,
        interactive: bool = True,
    ) -> None:
        self._settings = Settings(
            tenant_id=tenant_id,
            client_id=client_id,
            authority=self.AUTHORITY_URL if authority is None else authority,
            scopes=self.DEFAULT_SCOPES if scopes is None else scopes,
            auth_challenge_timeout=auth_challenge_timeout,
            prompt=prompt,
            token_cache=token_cache,
            verify=verify,
            interactive=interactive,
        )
        self.interactive = interactive
        self._prompt = prompt or show_prompt
        self._clients: dict[str, MsalClient] = {}
        self._sign_ins = SingleFlight()

    # The two flows take the same steps. One runs msal in a worker thread and its requests on the
    # event loop, where cancellation interrupts them; the other runs on the caller's thread, where
    # Ctrl-C does.

    @discreet_async
    async def get_access_token(self) -> str:
        """Return a token, asking the person if necessary. Cancellation ends the sign-in at once."""
        # httpx, anyio and msal are loaded when they are needed.
        from liminal._http.pool import AsyncPool  # noqa: PLC0415
        from liminal.auth.microsoft._http import Connections, LoopBridge, in_thread  # noqa: PLC0415

        msal_client, context = await in_thread(self._ready)
        with Connections(AsyncPool, context) as connections:
            while True:
                granted = self._sign_ins.granted
                renewed = await self._renew(connections, msal_client)
                if isinstance(renewed, Granted):
                    return renewed.token
                claims = self._claims(renewed)
                with self._sign_ins.take(granted) as attempt:
                    if attempt is None:
                        begin = partial(msal_client.begin, claims)
                        begun = self._begun(await LoopBridge(connections).run(begin))
                        poll = partial(msal_client.poll, begun, claims)
                        return await self._wait_for_person(connections, begun, poll)
                await self._wait_for_sign_in(attempt)

    @discreet
    def get_access_token_sync(self) -> str:
        """Return a token, asking the person if necessary. Ctrl-C ends the sign-in at once."""
        from liminal._http.pool import Pool  # noqa: PLC0415 - as above
        from liminal.auth.microsoft._http import Connections, run_here  # noqa: PLC0415 - as above

        msal_client, context = self._ready()
        with Connections(Pool, context) as connections:
            while True:
                granted = self._sign_ins.granted
                renewed = self._renew_sync(connections, msal_client)
                if isinstance(renewed, Granted):
                    return renewed.token
                claims = self._claims(renewed)
                if inspect.iscoroutinefunction(self._prompt):
                    raise _prompt_is_asyncio()  # before a code is requested
                with self._sign_ins.take(granted) as attempt:
                    if attempt is None:
                        begun = self._begun(
                            run_here(connections, partial(msal_client.begin, claims))
                        )
                        poll = partial(msal_client.poll, begun, claims)
                        return self._wait_for_person_sync(connections, begun, poll)
                self._wait_for_sign_in_sync(attempt)

    async def _renew(self, connections: Connections[AsyncPool], msal_client: MsalClient) -> Outcome:
        import anyio  # noqa: PLC0415 - as above

        from liminal.auth.microsoft._http import LoopBridge  # noqa: PLC0415

        patience = monotonic() + RENEWAL_PATIENCE
        while True:
            renew = partial(msal_client.renew, patient=monotonic() < patience)
            renewed = await LoopBridge(connections).run(renew)
            if not isinstance(renewed, Renewing):
                return renewed
            await anyio.sleep(POLL_SECONDS)

    def _renew_sync(self, connections: Connections[Pool], msal_client: MsalClient) -> Outcome:
        from liminal.auth.microsoft._http import run_here  # noqa: PLC0415 - as above

        patience = monotonic() + RENEWAL_PATIENCE
        while True:
            renew = partial(msal_client.renew, patient=monotonic() < patience)
            renewed = run_here(connections, renew)
            if not isinstance(renewed, Renewing):
                return renewed
            time.sleep(POLL_SECONDS)

    async def _wait_for_person(
        self, connections: Connections[AsyncPool], begun: Started, poll: Callable[[], Outcome]
    ) -> str:
        import anyio  # noqa: PLC0415 - as above

        from liminal.auth.microsoft._http import LoopBridge  # noqa: PLC0415

        interval = PollInterval(begun.interval, self._settings.host)
        with anyio.move_on_after(begun.seconds):
            await self._show(begun.prompt)
            while True:
                polled = await LoopBridge(connections).run(poll)
                if isinstance(polled, Granted):
                    return polled.token
                await anyio.sleep(interval.after(polled))
        raise self._timed_out(begun.seconds)

    def _wait_for_person_sync(
        self, connections: Connections[Pool], begun: Started, poll: Callable[[], Outcome]
    ) -> str:
        from liminal.auth.microsoft._http import run_here  # noqa: PLC0415 - as above

        interval = PollInterval(begun.interval, self._settings.host)
        ends = monotonic() + begun.seconds
        self._show_sync(begun.prompt)
        while (left := ends - monotonic()) > 0:
            polled = run_here(connections, poll, left)
            if isinstance(polled, Granted):
                return polled.token
            _sleep_until(min(monotonic() + interval.after(polled), ends))
        raise self._timed_out(begun.seconds)

    async def _wait_for_sign_in(self, attempt: Attempt) -> None:
        import anyio  # noqa: PLC0415 - as above

        seconds = self._settings.auth_challenge_timeout
        with anyio.move_on_after(seconds):
            while not attempt.over:  # noqa: ASYNC110 - another thread or loop may set it
                await anyio.sleep(POLL_SECONDS)
            return attempt.check()
        raise self._timed_out(seconds)

    def _wait_for_sign_in_sync(self, attempt: Attempt) -> None:
        seconds = self._settings.auth_challenge_timeout
        ends = monotonic() + seconds
        while not attempt.over:
            if monotonic() > ends:
                raise self._timed_out(seconds)
            time.sleep(POLL_SECONDS)
        attempt.check()

    async def _show(self, prompt: SignInPrompt) -> None:
        with CaughtForeignError() as caught:
            shown = self._prompt(prompt)
            if inspect.isawaitable(shown):
                await shown
        _check_shown(caught)

    def _show_sync(self, prompt: SignInPrompt) -> None:
        with CaughtForeignError() as caught:
            shown = self._prompt(prompt)
            if inspect.isawaitable(shown):
                drop(shown)
                raise _prompt_is_asyncio()
        _check_shown(caught)

    def _ready(self) -> tuple[MsalClient, ssl.SSLContext]:
        """Return the msal client, made at the first call, and the TLS settings. It may block."""
        # msal takes 200 ms to import.
        from liminal.auth.microsoft._http import tls_context  # noqa: PLC0415
        from liminal.auth.microsoft._msal_client import MsalClient  # noqa: PLC0415

        # Two threads get the same client, as `dict.setdefault` is atomic.
        made = self._clients.get("") or self._clients.setdefault("", MsalClient(self._settings))
        return made, tls_context(self._settings.verify)

    def _claims(self, renewed: Outcome) -> str | None:
        """Return the claims to request from the person; AuthError if nobody may be asked."""
        if isinstance(renewed, NoAnswer | NoSuchTenant):
            raise failure(renewed, self._settings.host, "refused to start the sign-in")
        if not self.interactive:
            raise not_interactive(renewed)
        return renewed.claims if isinstance(renewed, Refused) else None

    def _begun(self, outcome: Outcome) -> Started:
        if isinstance(outcome, Started):
            return outcome
        raise failure(outcome, self._settings.host, "refused to start the sign-in")

    def _timed_out(self, seconds: float) -> AuthError:
        return timed_out(seconds, logged=self._settings.prompt is None)


def _sleep_until(moment: float) -> None:
    """Sleep in short steps: a Ctrl-C just before a step is noticed only when the step ends."""
    while (left := moment - monotonic()) > 0:
        time.sleep(min(left, 0.5))


def _prompt_is_asyncio() -> AuthError:
    return AuthError(
        "prompt is a coroutine function, which SyncClient can't await: give it a plain function, "
        "or use Client"
    )


def _check_shown(caught: CaughtForeignError) -> None:
    if caught.kind is not None:
        raise AuthError(f"prompt raised {caught.kind}, so nobody was asked to sign in")
