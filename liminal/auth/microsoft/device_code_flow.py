"""Signs a person in with Microsoft Entra ID by device code (RFC 8628)."""

from __future__ import annotations

import inspect
import time
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final, TypeVar

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
    NotRenewed,
    Outcome,
    Pending,
    Refused,
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
    from collections.abc import Callable, Generator, Iterable

    from liminal.auth.microsoft._http import Connections
    from liminal.auth.microsoft._msal_client import MsalClient

    T = TypeVar("T")
    # What the flow yields, and what it is sent after a step.
    Action = Callable[[], Outcome] | float | Started | Granted
    Flow = Generator[Action, Outcome, T]

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

    # The flow is a generator that both methods drive, each waiting in its own way: one runs msal in
    # a worker thread, which cancellation wakes; the other on the caller's, where Ctrl-C ends it.

    @discreet_async
    async def get_access_token(self) -> str:
        """Return a token, asking the person if necessary. Cancellation ends the sign-in at once."""
        import anyio  # noqa: PLC0415 - anyio, httpx and msal are loaded when they are needed

        from liminal.auth.microsoft._http import in_thread  # noqa: PLC0415

        with closing(self._flow(*await in_thread(self._ready), can_await=True)) as flow:
            action = next(flow)
            while not isinstance(action, Granted):
                outcome: Outcome = Pending()  # after an action without an outcome
                if isinstance(action, Started):
                    with anyio.move_on_after(action.seconds):
                        await self._show(action.prompt)
                elif callable(action):
                    outcome = await in_thread(action)
                else:
                    await anyio.sleep(action)
                action = flow.send(outcome)
            return action.token

    @discreet
    def get_access_token_sync(self) -> str:
        """Return a token, asking the person if necessary. Ctrl-C ends the sign-in at once."""
        with closing(self._flow(*self._ready(), can_await=False)) as flow:
            action = next(flow)
            while not isinstance(action, Granted):
                outcome: Outcome = Pending()  # after an action without an outcome
                if isinstance(action, Started):
                    self._show_sync(action.prompt)
                elif callable(action):
                    outcome = action()
                else:
                    _sleep(action)
                action = flow.send(outcome)
            return action.token

    def _flow(
        self, msal_client: MsalClient, context: ssl.SSLContext, *, can_await: bool
    ) -> Flow[None]:
        """Yield what to do: a step of msal, seconds to wait, a prompt to show; at last the token.

        The outcome of a step is sent back.
        """
        from liminal.auth.microsoft._http import Connections  # noqa: PLC0415 - as above

        with Connections(context) as connections:
            token = yield connections.running(msal_client.cached)
            while not isinstance(token, Granted):
                self._check_reached(token)
                with self._sign_ins.take() as attempt:
                    if attempt is None:
                        token = yield from self._sign_in(
                            msal_client, connections, can_await=can_await
                        )
                        continue
                yield from self._wait_for(attempt)
                token = yield connections.running(msal_client.cached)
            yield token

    def _sign_in(
        self, msal_client: MsalClient, connections: Connections, *, can_await: bool
    ) -> Flow[Granted]:
        """Redeem the refresh token, or else have a person sign in."""
        renewed = yield from _renew(msal_client, connections)
        if isinstance(renewed, Granted):
            return renewed
        claims = self._claims(renewed)
        if not can_await and inspect.iscoroutinefunction(self._prompt):
            raise _prompt_is_asyncio()  # before a code is requested
        begun = yield connections.running(partial(msal_client.begin, claims))
        if not isinstance(begun, Started):
            raise self._failure(begun)
        interval = PollInterval(begun.interval, self._settings.host)
        ends = monotonic() + begun.seconds
        yield begun
        while (left := ends - monotonic()) > 0:
            poll = partial(msal_client.poll, begun, claims)
            polled = yield connections.running(poll, left)
            if isinstance(polled, Granted):
                return polled
            yield min(interval.after(polled), max(ends - monotonic(), 0.0))
        raise self._timed_out(begun.seconds)

    def _wait_for(self, attempt: Attempt) -> Flow[None]:
        """Wait for another caller's sign-in; AuthError if that failed."""
        seconds = self._settings.auth_challenge_timeout
        ends = monotonic() + seconds + RENEWAL_PATIENCE
        while not attempt.over:
            if monotonic() > ends:
                raise self._timed_out(seconds)
            yield POLL_SECONDS
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

    def _check_reached(self, outcome: Outcome) -> None:
        if isinstance(outcome, NoAnswer | NoSuchTenant):
            raise self._failure(outcome)

    def _claims(self, renewed: Outcome) -> str | None:
        """Return the claims to request from the person; AuthError if nobody may be asked."""
        self._check_reached(renewed)
        if not self.interactive:
            raise not_interactive(renewed)
        return renewed.claims if isinstance(renewed, Refused) else None

    def _failure(self, outcome: Outcome) -> AuthError:
        return failure(outcome, self._settings.host, "refused to start the sign-in")

    def _timed_out(self, seconds: float) -> AuthError:
        return timed_out(seconds, logged=self._settings.prompt is None)


def _renew(msal_client: MsalClient, connections: Connections) -> Flow[Outcome]:
    """Redeem the refresh token when no other process does, or when patience has run out."""
    ends = monotonic() + RENEWAL_PATIENCE
    while True:
        renew = partial(msal_client.renew, patient=monotonic() < ends)
        renewed = yield connections.running(renew)
        if not isinstance(renewed, NotRenewed):
            return renewed
        yield POLL_SECONDS


def _sleep(seconds: float) -> None:
    """Sleep in short steps: a Ctrl-C just before a step is noticed only when the step ends."""
    ends = monotonic() + seconds
    while (left := ends - monotonic()) > 0:
        time.sleep(min(left, 0.5))


def _prompt_is_asyncio() -> AuthError:
    return AuthError(
        "prompt is a coroutine function, which SyncClient can't await: give it a plain function, "
        "or use Client"
    )


def _check_shown(caught: CaughtForeignError) -> None:
    if caught.kind is not None:
        raise AuthError(f"prompt raised {caught.kind}, so nobody was asked to sign in")
