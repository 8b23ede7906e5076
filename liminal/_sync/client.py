# Derived from liminal/_async/client.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""The client: one identity at one API server."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, NoReturn, Self

from liminal._calls.arguments.options import (
    DEFAULT_DEADLINE,
    DEFAULT_MAX_BODY_BYTES,
    DEFAULT_MAX_RETRIES,
    DEFAULT_TIMEOUT,
    Options,
)
from liminal._calls.discreet import discreet
from liminal._calls.endpoints import shows_groups
from liminal._http.http import Http
from liminal._http.settings.network_options import NetworkOptions
from liminal._http.settings.server_url import parse_server_url
from liminal._streams.lines import DEFAULT_MAX_EVENT_BYTES
from liminal.auth import SessionId, Token
from liminal.auth._credential import as_credential
from liminal.errors import LiminalError

if TYPE_CHECKING:
    import ssl
    from typing import Unpack

    import httpx

    from liminal._calls.arguments.client_options import (
        CallOptions,
        HttpxClient,
        SyncClientOptions,
    )
    from liminal._calls.observing.report import CallReport
    from liminal.auth._provider import ProviderLike

    from ._api import SyncApi
    from .bulk import Bulk
    from .conversation import Conversation
    from .llm import LLM
    from .prompt import Prompts
    from .thread import Threads


@shows_groups
class SyncClient:
    """A client of the Liminal API server at ``api_server_url``.

    ``auth`` is a ``liminal.auth.Token``, a ``liminal.auth.SessionId``, an auth provider, or any
    credential with azure-core's ``get_token``. The client signs in on its first call and renews its
    session automatically from then on.

    - ``timeout``: seconds for one attempt, or an ``httpx.Timeout`` for its parts.
    - ``deadline``: seconds for a whole call, with all attempts, renewals and waits.
    - ``max_retries``: attempts after the first. A request that may have been processed and isn't
      repeatable is never sent again.
    - ``max_body_bytes``: the size of an answer after decompression.
    - ``max_event_bytes``: the size of one line or event of a stream.
    - ``headers``: added to every request, except those of the session, the host and the body.
    - ``proxy``: a URL or an ``httpx.Proxy``, in place of HTTPS_PROXY.
    - ``ssl_context``: the trusted certificates, and a client certificate, if any.
    - ``httpx_client``: your own client of httpx or httpx2. Its transport, proxies, TLS settings and
      hooks are used. It is not changed or closed.

    One client may be used by many tasks or threads at the same time. Close it, or use it as a
    context manager.
    """

    @discreet
    def __init__(
        self,
        api_server_url: str,
        *,
        auth: Token | SessionId | ProviderLike | None = None,
        httpx_client: httpx.Client | HttpxClient | None = None,
        timeout: float | httpx.Timeout | None = DEFAULT_TIMEOUT,
        deadline: float | None = DEFAULT_DEADLINE,
        max_retries: int = DEFAULT_MAX_RETRIES,
        max_body_bytes: int = DEFAULT_MAX_BODY_BYTES,
        max_event_bytes: int = DEFAULT_MAX_EVENT_BYTES,
        headers: Mapping[str, str] | None = None,
        proxy: str | httpx.Proxy | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        options = Options(
            timeout=timeout,
            deadline=deadline,
            max_retries=max_retries,
            max_body_bytes=max_body_bytes,
            max_event_bytes=max_event_bytes,
            headers=headers,
        )
        network = NetworkOptions(proxy=proxy, ssl_context=ssl_context)
        self._server = parse_server_url(api_server_url)
        self._http = Http(self._server, httpx_client, network)
        self._credential = as_credential(auth)
        self._options = options

    @property
    def _api(self) -> SyncApi:
        """Makes the calls. Loaded at the first call, so that importing this module is cheap."""
        return self.__dict__.get("_made") or self._make()

    def _make(self) -> SyncApi:
        from ._api import SyncApi  # noqa: PLC0415 - see above
        from ._calls.runner import CallRunner  # noqa: PLC0415 - as above

        api = SyncApi(CallRunner(self._server, self._http, self._credential), self._options)
        # Callers that come at once share one session: the first of them makes it.
        made: SyncApi = self.__dict__.setdefault("_made", api)
        return made

    @classmethod
    @discreet
    def authenticate_from_auth_provider(
        cls, api_server_url: str, auth_provider: ProviderLike, **options: Unpack[SyncClientOptions]
    ) -> Self:
        """Create a client and sign in with a token of ``auth_provider``.

        ``options`` are the other keyword arguments of the class.
        """
        return cls._authenticated(cls(api_server_url, auth=auth_provider, **options))

    @classmethod
    @discreet
    def authenticate_from_session_id(
        cls, api_server_url: str, session_id: str, **options: Unpack[SyncClientOptions]
    ) -> Self:
        """Create a client for a session opened earlier, and check that it is still valid.

        ``options`` are the other keyword arguments of the class.
        """
        return cls._authenticated(cls(api_server_url, auth=SessionId(session_id), **options))

    @classmethod
    @discreet
    def authenticate_from_token(
        cls, api_server_url: str, token: str, **options: Unpack[SyncClientOptions]
    ) -> Self:
        """Create a client and sign in with an environment token from Liminal.

        ``options`` are the other keyword arguments of the class.
        """
        return cls._authenticated(cls(api_server_url, auth=Token(token), **options))

    @classmethod
    def _authenticated(cls, client: Self) -> Self:
        try:
            client._api.runner.authenticate(client._api.options)
        except BaseException:
            client.close()
            raise
        return client

    @classmethod
    @discreet
    def from_env(cls, **options: Unpack[SyncClientOptions]) -> Self:
        """Create a client from environment variables. It signs in on the first call.

        LIMINAL_API_SERVER_URL must be set, and exactly one of LIMINAL_TOKEN, LIMINAL_SESSION_ID, or
        LIMINAL_TENANT_ID with LIMINAL_CLIENT_ID. AuthError names the missing or conflicting ones.
        """
        from liminal.auth._env import credential_from_env  # noqa: PLC0415 - few need it

        api_server_url, credential = credential_from_env(os.environ)
        return cls(api_server_url, auth=credential, **options)

    @discreet
    def with_options(self, **options: Unpack[CallOptions]) -> Self:
        """Return a client with other headers, ``timeout``, ``deadline`` or limits.

        It shares connections and session with this one. Closing either closes both.

            quick = client.with_options(timeout=5, max_retries=0)
        """
        changed = type(self).__new__(type(self))
        api = type(self._api)(self._api.runner, self._api.options.changed(options))
        changed.__dict__.update(self.__dict__, _made=api)
        # The groups of endpoints keep the options that they were made with.
        for endpoints in ("llm", "thread", "prompt", "bulk"):
            changed.__dict__.pop(endpoints, None)
        return changed

    @property
    def api(self) -> SyncApi:
        """The low-level client: any ``liminal_api`` operation runs with ``client=client.api``."""
        return self._api

    @cached_property
    @discreet
    def llm(self) -> LLM:
        """Model instances."""
        from .llm import LLM  # noqa: PLC0415 - its models load when they are used

        return LLM(self._api)

    @cached_property
    @discreet
    def thread(self) -> Threads:
        """Threads: conversations."""
        from .thread import Threads  # noqa: PLC0415 - as above

        return Threads(self._api)

    @cached_property
    @discreet
    def prompt(self) -> Prompts:
        """Prompts: analyze, cleanse, submit, stream, hydrate."""
        from .prompt import Prompts  # noqa: PLC0415 - as above

        return Prompts(self._api)

    @cached_property
    @discreet
    def bulk(self) -> Bulk:
        """Many calls at once: map, analyze, cleanse, submit, hydrate."""
        from .bulk import Bulk  # noqa: PLC0415 - as above

        return Bulk(self._api)

    @discreet
    def conversation(
        self, model_instance_id: int, *, thread_id: int | None = None, name: str | None = None
    ) -> Conversation:
        """Start a conversation, or continue the thread ``thread_id``.

        A new thread is created at the first use, and is called ``name``. The conversation remembers
        what its placeholders stand for: see AsyncConversation, or Conversation for the blocking
        client.
        """
        from .conversation import Conversation  # noqa: PLC0415 - as above

        return Conversation(self._api, model_instance_id, thread_id=thread_id, name=name)

    @property
    def session_id(self) -> str | None:
        """The current session id, or None. Keep it secret: anyone who has it can act as you."""
        return self._api.runner.session.snapshot.value

    def on_session_change(self, callback: Callable[[str], object]) -> Callable[[], None]:
        """Call ``callback`` with each new session id; return a function that unsubscribes it.

        ``callback`` is a plain function. Calls wait for it, so keep it short. If it makes a call
        that changes the id again, it is called once more; further changes are reported with the
        next one. If it raises, the error's type is logged. LiminalError for a coroutine function.
        """
        return self._api.runner.session.listeners.add(callback)

    def on_call(self, callback: Callable[[CallReport], object]) -> Callable[[], None]:
        """Call ``callback`` with a report of each call; return a function that unsubscribes it.

        Logins and streams are reported, too, each when it ends. This applies to all clients made by
        ``with_options`` from the same client, before or after. ``callback`` is a plain function.
        The call waits for it, so keep it short, and make no call in it. If it raises, the type of
        the error is logged. A coroutine function raises LiminalError.

            client.on_call(lambda report: print(report.operation, report.status, report.seconds))
        """
        from liminal._calls.observing.observers import subscribe  # noqa: PLC0415 - as above

        return subscribe("an on_call callback", callback, self._api.runner.observers.callbacks)

    def close(self) -> None:
        """End all calls in progress and close the connections.

        These calls and all later ones raise LiminalError. Your own httpx client stays open.
        """
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._server.text!r})"

    def __reduce__(self) -> NoReturn:
        raise LiminalError(
            f"a {type(self).__name__} can't be pickled, since it holds connections and a session:"
            " send its settings, and create a client from them"
        )
