"""Signs a person in with Microsoft Entra ID by device code (RFC 8628)."""

from __future__ import annotations

import inspect
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from liminal._calls.discreet import discreet, discreet_async
from liminal._compat.moved import moved
from liminal._http.sockets.monotonic import monotonic
from liminal.auth._caught import CaughtForeignError
from liminal.auth._fetch import drop
from liminal.auth._provider import AuthProvider
from liminal.auth.microsoft._errors import prompt_is_asyncio
from liminal.auth.microsoft._flow import SignIn, SingleFlight
from liminal.auth.microsoft._outcomes import Granted, Outcome, Pending, SignInPrompt, Started
from liminal.auth.microsoft._settings import (
    DEFAULT_SCOPES,
    DEFAULT_TIMEOUT,
    PUBLIC_CLOUD,
    Settings,
)
from liminal.auth.microsoft._show_prompt import show_prompt
from liminal.errors import AuthError

if TYPE_CHECKING:
    import os
    import ssl
    from collections.abc import Callable, Generator, Iterable

    from liminal.auth.microsoft._flow import Flow
    from liminal.auth.microsoft._msal_client import MsalClient

    DEFAULT_AUTH_CHALLENGE_TIMEOUT: int
else:
    __getattr__ = moved(__name__)

__all__ = ["DeviceCodeFlowProvider", "SignInPrompt"]


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

    # Both methods drive the same generator, and differ in how they wait: one runs msal in a worker
    # thread, which cancellation wakes; the other runs it on the caller's thread, where Ctrl-C does.

    @discreet_async
    async def get_access_token(self) -> str:
        """Return a token, asking the person if necessary. Cancellation ends the sign-in at once."""
        import anyio  # noqa: PLC0415 - anyio, httpx and msal are loaded when they are needed

        from liminal.auth.microsoft._http import in_thread  # noqa: PLC0415

        sign_in = await in_thread(partial(self._prepare, can_prompt=True))
        with _driven(sign_in.flow(self._sign_ins)) as flow:
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
        from liminal._http.sockets.limits import check_limit  # noqa: PLC0415 - as above

        sign_in = self._prepare(can_prompt=not inspect.iscoroutinefunction(self._prompt))
        with _driven(sign_in.flow(self._sign_ins)) as flow:
            action = next(flow)
            while not isinstance(action, Granted):
                outcome: Outcome = Pending()  # after an action without an outcome
                if isinstance(action, Started):
                    self._show_sync(action.prompt)
                elif callable(action):
                    outcome = action()
                    check_limit()
                else:
                    _sleep(action)
                action = flow.send(outcome)
            return action.token

    def _prepare(self, *, can_prompt: bool) -> SignIn:
        """Import msal, which takes 200 ms once, and read ``verify``'s certificates."""
        from liminal.auth.microsoft._http import Connections  # noqa: PLC0415 - as above
        from liminal.auth.microsoft._msal_client import MsalClient  # noqa: PLC0415

        # Two threads get the same client, as `dict.setdefault` is atomic.
        made = self._clients.get("") or self._clients.setdefault("", MsalClient(self._settings))
        return SignIn(
            settings=self._settings,
            msal_client=made,
            connections=Connections(self._settings.verify),
            interactive=self.interactive,
            can_prompt=can_prompt,
        )

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
                raise prompt_is_asyncio()
        _check_shown(caught)


@contextmanager
def _driven(flow: Flow[None]) -> Generator[Flow[None]]:
    """Close ``flow`` at the end. It gets the AuthError of an action, for those who wait for it."""
    try:
        yield flow
    except AuthError as error:
        with suppress(AuthError):
            flow.throw(error)
        raise
    finally:
        flow.close()


def _sleep(seconds: float) -> None:
    """Sleep, or raise TimeoutError when the call's deadline ends or its client is closed.

    In short steps: a Ctrl-C just before a step is noticed only when the step ends.
    """
    from liminal._http.sockets.limits import Waiter, wait_for  # noqa: PLC0415 - as above

    ends = monotonic() + seconds
    while (left := ends - monotonic()) > 0:
        wait_for(Waiter(), min(left, 0.5))


def _check_shown(caught: CaughtForeignError) -> None:
    if caught.kind is not None:
        raise AuthError(f"prompt raised {caught.kind}, so nobody was asked to sign in")
