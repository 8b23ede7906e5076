"""Signs a person in with Microsoft Entra ID's device code (RFC 8628)."""

from __future__ import annotations

import inspect
import time
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from liminal._calls.discreet import discreet, discreet_async
from liminal.auth._contain import Contained
from liminal.auth._fetch import drop
from liminal.auth._provider import AuthProvider
from liminal.auth.microsoft._announce import announce
from liminal.auth.microsoft._errors import failure, not_interactive, timed_out
from liminal.auth.microsoft._outcomes import (
    Granted,
    NoAnswer,
    NoSuchTenant,
    Outcome,
    Refused,
    SignInPrompt,
    Started,
)
from liminal.auth.microsoft._pace import Pace
from liminal.auth.microsoft._settings import (
    DEFAULT_SCOPES,
    DEFAULT_TIMEOUT,
    PUBLIC_CLOUD,
    Settings,
    as_scopes,
    check_person,
    full_authority,
)
from liminal.auth.microsoft._turns import GLANCE, Turn, Turns
from liminal.errors import AuthError

if TYPE_CHECKING:
    import os
    import ssl
    from collections.abc import Callable, Iterable

    import httpx

    from liminal.auth.microsoft._engine import Engine

__all__ = ["DeviceCodeFlowProvider", "SignInPrompt"]


class DeviceCodeFlowProvider(AuthProvider):
    """Signs in at Microsoft Entra ID by a code that a person enters in a browser, on any device.

    ``tenant_id`` and ``client_id`` are the *Directory (tenant) ID* and *Application (client) ID* of
    the app registration, which must allow public client flows. One object serves any number of
    clients, asyncio and blocking, and any number of threads, tasks and event loops; the person is
    asked once for all who wait. Nothing happens before the first token is asked for.

    A token that is still good, or can be renewed by a refresh token, is used without asking.
    Otherwise the person has ``auth_challenge_timeout`` seconds. What they need is given to
    ``prompt`` as a :class:`SignInPrompt`; a coroutine function is awaited, which only ``Client``
    can do. Without ``prompt`` its message is logged at INFO on the logger ``liminal``, or written
    to stderr if that log goes nowhere. With ``interactive=False`` nobody is asked: AuthError
    instead.

    ``token_cache`` names a file that keeps the sign-in for the next run. Its mode is 0600, and the
    platform encrypts it if ``msal-extensions`` is installed. A file that is damaged, owned by
    another user or readable by others is ignored with a warning.

    ``scopes`` is what the token is for, by default Microsoft Graph's ``User.Read``. ``authority``
    is another cloud's URL; its path, if it has one, stands for the tenant. ``verify`` decides which
    certificates are believed: True for those that a client without ``ssl_context`` believes, the
    path of a CA file or folder, or an ``ssl.SSLContext``. HTTPS_PROXY is obeyed; REQUESTS_CA_BUNDLE
    is not.

        provider = DeviceCodeFlowProvider(tenant_id, client_id)
        client = await Client.authenticate_from_auth_provider(url, provider)

    AuthError, here, for arguments that can't be right; from both methods, for whatever ends a
    sign-in: declined, expired, not completed in time, refused by policy, offline.
    """

    # What ``authority`` and ``scopes`` are by default; a subclass may set others.
    AUTHORITY_URL: ClassVar[str] = PUBLIC_CLOUD
    DEFAULT_SCOPES: ClassVar[Iterable[str]] = DEFAULT_SCOPES

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
        check_person(prompt, interactive)
        self.interactive = interactive
        self._prompt = prompt
        self._engines: dict[str, Engine] = {}
        self._turns = Turns()
        self._settings = Settings(
            tenant_id=tenant_id,
            client_id=client_id,
            authority=full_authority(
                self.AUTHORITY_URL if authority is None else authority, tenant_id
            ),
            scopes=as_scopes(self.DEFAULT_SCOPES if scopes is None else scopes),
            auth_challenge_timeout=auth_challenge_timeout,
            token_cache=token_cache,
            verify=verify,
        )

    # The two flows say the same. What differs is who waits: a worker thread with its requests on
    # the event loop, where a cancellation cuts them; or the caller's own thread, where Ctrl-C does.

    @discreet_async
    async def get_access_token(self) -> str:
        """Return a token, asking the person if need be; to cancel it ends the sign-in at once."""
        import httpx  # noqa: PLC0415 - httpx, anyio and msal are loaded when they are needed
        from anyio import to_thread  # noqa: PLC0415

        from liminal.auth.microsoft._http import TIMEOUT, run_in_worker  # noqa: PLC0415

        engine = await to_thread.run_sync(self._ready)
        async with httpx.AsyncClient(verify=engine.tls(), timeout=TIMEOUT) as client:
            while True:
                granted = self._turns.granted
                renewed = await run_in_worker(client, engine.renew)
                if isinstance(renewed, Granted):
                    return renewed.token
                claims = self._claims(renewed)
                with self._turns.take(granted) as turn:
                    if turn is None:
                        answer = await run_in_worker(client, partial(engine.begin, claims))
                        begun = self._begun(answer)
                        poll = partial(engine.poll, begun, claims)
                        return await self._wait_for_person(client, begun, poll)
                await self._wait_for_turn(turn)

    @discreet
    def get_access_token_sync(self) -> str:
        """Return a token, asking the person if need be; Ctrl-C ends the sign-in at once."""
        import httpx  # noqa: PLC0415 - as above

        from liminal.auth.microsoft._http import TIMEOUT, run_here  # noqa: PLC0415

        engine = self._ready()
        with httpx.Client(verify=engine.tls(), timeout=TIMEOUT) as client:
            while True:
                granted = self._turns.granted
                renewed = run_here(client, engine.renew)
                if isinstance(renewed, Granted):
                    return renewed.token
                claims = self._claims(renewed)
                self._check_prompt_can_block()
                with self._turns.take(granted) as turn:
                    if turn is None:
                        begun = self._begun(run_here(client, partial(engine.begin, claims)))
                        poll = partial(engine.poll, begun, claims)
                        return self._wait_for_person_sync(client, begun, poll)
                self._wait_for_turn_sync(turn)

    async def _wait_for_person(
        self, client: httpx.AsyncClient, begun: Started, poll: Callable[[], Outcome]
    ) -> str:
        import anyio  # noqa: PLC0415 - as above

        from liminal.auth.microsoft._http import run_in_worker  # noqa: PLC0415

        seconds = min(self._settings.auth_challenge_timeout, begun.lifetime)
        pace = Pace(begun.pace, self._settings.host)
        with anyio.move_on_after(seconds):
            await self._show(begun.prompt(seconds))
            while True:
                polled = await run_in_worker(client, poll)
                if isinstance(polled, Granted):
                    return polled.token
                await anyio.sleep(pace.after(polled))
        raise self._too_late(seconds)

    def _wait_for_person_sync(
        self, client: httpx.Client, begun: Started, poll: Callable[[], Outcome]
    ) -> str:
        from liminal.auth.microsoft._http import run_here  # noqa: PLC0415 - as above

        seconds = min(self._settings.auth_challenge_timeout, begun.lifetime)
        pace = Pace(begun.pace, self._settings.host)
        ends = time.monotonic() + seconds
        self._show_sync(begun.prompt(seconds))
        while (left := ends - time.monotonic()) > 0:
            polled = run_here(client, poll, left)
            if isinstance(polled, Granted):
                return polled.token
            _sleep_until(min(time.monotonic() + pace.after(polled), ends))
        raise self._too_late(seconds)

    async def _wait_for_turn(self, turn: Turn) -> None:
        import anyio  # noqa: PLC0415 - as above

        seconds = self._settings.auth_challenge_timeout
        with anyio.move_on_after(seconds):
            while not turn.over:  # noqa: ASYNC110 - another thread or loop may set it
                await anyio.sleep(GLANCE)
            return turn.check()
        raise self._too_late(seconds)

    def _wait_for_turn_sync(self, turn: Turn) -> None:
        seconds = self._settings.auth_challenge_timeout
        ends = time.monotonic() + seconds
        while not turn.over and time.monotonic() < ends:
            time.sleep(GLANCE)
        if not turn.over:
            raise self._too_late(seconds)
        return turn.check()

    async def _show(self, prompt: SignInPrompt) -> None:
        if self._prompt is None:
            return announce(prompt.message)
        with Contained() as foreign:
            shown = self._prompt(prompt)
            if inspect.isawaitable(shown):
                await shown
        return _check_shown(foreign)

    def _show_sync(self, prompt: SignInPrompt) -> None:
        if self._prompt is None:
            return announce(prompt.message)
        with Contained() as foreign:
            shown = self._prompt(prompt)
            if inspect.isawaitable(shown):
                drop(shown)
                raise _prompt_is_asyncio()
        return _check_shown(foreign)

    def _check_prompt_can_block(self) -> None:
        """Refuse a coroutine function before anybody is asked for a code."""
        if inspect.iscoroutinefunction(self._prompt):
            raise _prompt_is_asyncio()

    def _ready(self) -> Engine:
        """Return what drives msal, made at the first call; two threads get the same one."""
        from liminal.auth.microsoft._engine import Engine  # noqa: PLC0415 - msal takes 200 ms

        engine = self._engines.get("") or self._engines.setdefault("", Engine(self._settings))
        engine.tls()
        return engine

    def _claims(self, renewed: Outcome) -> str | None:
        """Return what is to be asked of the person, if one may be asked at all."""
        if isinstance(renewed, NoAnswer | NoSuchTenant):
            raise failure(renewed, self._settings.host, "refused to start the sign-in")
        if not self.interactive:
            raise not_interactive(renewed)
        return renewed.claims if isinstance(renewed, Refused) else None

    def _begun(self, outcome: Outcome) -> Started:
        if isinstance(outcome, Started):
            return outcome
        raise failure(outcome, self._settings.host, "refused to start the sign-in")

    def _too_late(self, seconds: float) -> AuthError:
        return timed_out(seconds, logged=self._prompt is None)


def _sleep_until(moment: float) -> None:
    """Sleep in naps, since a Ctrl-C that comes just before one is noticed at its end."""
    while (left := moment - time.monotonic()) > 0:
        time.sleep(min(left, 0.5))


def _prompt_is_asyncio() -> AuthError:
    return AuthError(
        "prompt is a coroutine function, which SyncClient can't await: give it a plain function, "
        "or use Client"
    )


def _check_shown(foreign: Contained) -> None:
    if foreign.kind is not None:
        raise AuthError(f"prompt raised {foreign.kind}, so nobody was asked to sign in")
