"""The public class: start, stop, and the controls for tests."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from liminal.sandbox._controls import (
    Controls,
    RecordedRequest,
    make_drop,
    make_failure,
    make_stream_failure,
)
from liminal.sandbox._lifetime import ControlledServer
from liminal.sandbox._settings import (
    DEFAULT_MODEL_INSTANCES,
    Settings,
    require_accept,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager

    from liminal.sandbox._service.app import Application
    from liminal.sandbox._settings import AcceptToken, Model, StreamFormat

_PROVIDER_TOKEN = "sandbox-provider-token"  # noqa: S105 - public, and of no other use


class Sandbox(ControlledServer):
    """A server on ``http://127.0.0.1`` that implements Liminal's API, in a thread of this process.

        with Sandbox() as sandbox:          # or: async with Sandbox() as sandbox:
            client = SyncClient.authenticate_from_token(sandbox.url, sandbox.token)

    It serves from ``start()`` to ``stop()``, which the context manager calls. All methods may be
    called from any thread, also while it serves. An invalid option, a port in use and a missing
    extra raise ``LiminalError``.

    Login:

    - ``token``: the accepted environment token.
    - ``accept_provider_token``: a function that decides about an identity provider's token: True,
      False, or a name for the user. The attribute ``provider_tokens`` is the set of tokens that are
      accepted without asking it; at first it has ``provider_token``.

    Sessions:

    - ``session_ttl``: the lifetime of a session value in seconds; None for no limit.
    - ``session_uses``: the number of requests after which a session ends.
    - ``roll_sessions``: whether every answer carries a new session value. ``users/me`` always does.
    - ``roll_grace``: seconds for which the old value stays valid after a new one; None for the rest
      of its lifetime.

    Answers:

    - ``terms``: your own sensitive words and their types; case is ignored.
    - ``phone_region``: the country of phone numbers without a country code (ISO 3166).
    - ``model``: a function from cleansed prompt to answer. Other requests wait while it runs.
    - ``model_instances``: the names of model instances, each with its models, such as
      ``"openai/gpt-4o"``. The default has ``sandbox-model``, and ``sandbox-empty``, which has no
      model and can't be used.
    - ``threads``: names of threads that the environment token's user has from the start.
    - ``stream_format``: the format of streams; None follows the request's ``Accept``. Chunks have
      placeholders, as the model wrote them.
    - ``chunk_delay``, ``answer_delay``: seconds before each chunk of a stream and before each
      answer. Both are also attributes that can be changed at any time.

    ``keep_requests`` and ``keep_threads`` limit what is kept; the oldest are dropped first.
    """

    def __init__(
        self,
        *,
        token: str = "sandbox-token",  # noqa: S107 - public, and of no other use
        port: int = 0,
        session_ttl: float | None = None,
        session_uses: int | None = None,
        roll_sessions: bool = True,
        roll_grace: float | None = None,
        stream_format: StreamFormat | None = None,
        chunk_delay: float = 0.0,
        answer_delay: float = 0.0,
        terms: Mapping[str, str] | None = None,
        phone_region: str = "US",
        model: Model | None = None,
        model_instances: Mapping[str, Sequence[str]] = DEFAULT_MODEL_INSTANCES,
        threads: Sequence[str] = (),
        accept_provider_token: AcceptToken | None = None,
        keep_requests: int = 10_000,
        keep_threads: int = 10_000,
    ) -> None:
        self._settings = Settings(
            token=token,
            port=port,
            session_ttl=session_ttl,
            session_uses=session_uses,
            roll_sessions=roll_sessions,
            roll_grace=roll_grace,
            stream_format=stream_format,
            terms={} if terms is None else terms,
            model=model,
            model_instances=model_instances,
            threads=threads,
            phone_region=phone_region,
            keep_requests=keep_requests,
            keep_threads=keep_threads,
            accept_provider_token=accept_provider_token,
            provider_tokens={_PROVIDER_TOKEN},
        )
        self._controls = Controls(keep_requests=keep_requests)
        self._lock = threading.RLock()
        self._port = self._settings.port
        self.chunk_delay = chunk_delay
        self.answer_delay = answer_delay
        self._app: Application = self._needs("liminal.sandbox._service.app").Application(
            self._settings, self._controls, self._lock
        )

    def _application(self) -> Application:
        return self._app

    def _shared(self) -> tuple[Controls, AbstractContextManager[object]]:
        return self._controls, self._lock

    # Login

    @property
    def token(self) -> str:
        """The accepted environment token."""
        return self._settings.token

    @property
    def provider_token(self) -> str:
        """A token that is accepted as the identity provider's."""
        return _PROVIDER_TOKEN

    @property
    def provider_tokens(self) -> set[str]:
        """The accepted tokens of the identity provider; change the set as you like."""
        return self._settings.provider_tokens

    @property
    def accept_provider_token(self) -> AcceptToken | None:
        """The function that decides about tokens that are not in ``provider_tokens``."""
        return self._settings.accept_provider_token

    @accept_provider_token.setter
    def accept_provider_token(self, accept: AcceptToken | None) -> None:
        require_accept(accept)
        self._settings.accept_provider_token = accept

    # Sessions

    def create_session(self) -> str:
        """Create a session for the environment token's user, without a login; return its id."""
        with self._lock:
            return self._app.operations.sessions.begin(1)

    def expire_sessions(self) -> None:
        """End all sessions: the next request of each client is answered with 401."""
        with self._lock:
            self._app.operations.sessions.expire_all()

    # Failures

    def fail_next(
        self,
        status: int,
        *,
        times: int = 1,
        headers: Mapping[str, str] | Sequence[tuple[str, str]] | None = None,
        body: bytes | str | dict[str, Any] | list[Any] | None = None,
        path: str | None = None,
        processed: bool = False,
    ) -> None:
        """Answer the next ``times`` requests with ``status`` (200 to 599).

        ``path`` limits it to a path, or to a pattern such as ``/api/v1/prompts/*``. A ``body`` of
        bytes or text is sent as ``text/html``, anything else as JSON; the default is the JSON of an
        error. ``headers`` are added to the answer's. With ``processed``, the request is carried out
        and only its answer is replaced.

            sandbox.fail_next(429, headers={"Retry-After": "2"}, path="/api/v1/prompts/submit")
        """
        failure = make_failure(
            status, times=times, headers=headers, body=body, path=path, processed=processed
        )
        self._add_failure(failure)

    def drop_next(
        self, *, times: int = 1, path: str | None = None, processed: bool = False
    ) -> None:
        """Close the connections of the next ``times`` requests instead of answering.

        ``path`` and ``processed`` work as for ``fail_next``. The client can't tell whether its
        request was carried out:

            sandbox.drop_next(path="/api/v1/prompts/submit", processed=True)
        """
        drop = make_drop(times=times, path=path, processed=processed)
        self._add_failure(drop)

    def fail_next_stream(self, *, after: int = 0, message: str | None = None) -> None:
        """Cut the next streamed answer off after ``after`` chunks.

        With ``message``, a stream of server-sent events ends with an ``error`` event instead.
        """
        failure = make_stream_failure(after, message)
        with self._lock:
            self._controls.stream_failures.append(failure)

    # Records

    @property
    def requests(self) -> list[RecordedRequest]:
        """The requests answered so far, in order."""
        with self._lock:
            return list(self._controls.requests)

    @property
    def logins(self) -> int:
        """The number of successful logins."""
        return self._count("logins")

    @property
    def renewals(self) -> int:
        """The number of sessions renewed by ``users/me``."""
        return self._count("renewals")

    @property
    def submits(self) -> int:
        """The number of submits carried out."""
        return self._count("submits")

    @property
    def doubled_submits(self) -> int:
        """The number of submits that repeat an earlier text in the same thread."""
        return self._count("doubled_submits")

    @property
    def threads_created(self) -> int:
        """The number of threads created, explicitly or for a prompt without one."""
        return self._count("threads")

    @property
    def connections(self) -> int:
        """The number of open connections."""
        return 0 if self._server is None else self._server.connections

    def _count(self, name: str) -> int:
        with self._lock:
            return self._controls.counts[name]
