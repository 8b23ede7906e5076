"""The sandbox as its users see it: start, stop, and the switches for tests."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Self

from liminal.errors import LiminalError
from liminal.sandbox._controls import (
    Controls,
    RecordedRequest,
    make_drop,
    make_failure,
    make_stream_failure,
)
from liminal.sandbox._lifetime import Lifetime, needs_extra
from liminal.sandbox._settings import (
    DEFAULT_MODEL_INSTANCES,
    Settings,
    require_accept,
    require_delay,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from liminal.sandbox._app import Application
    from liminal.sandbox._server import Server
    from liminal.sandbox._settings import AcceptToken, Model, StreamFormat

_PROVIDER_TOKEN = "sandbox-provider-token"  # noqa: S105 - known to all, and good for nothing else


class Sandbox(Lifetime):
    """A server on ``http://127.0.0.1`` that speaks Liminal's API, in a thread of this process.

        with Sandbox() as sandbox:          # or: async with Sandbox() as sandbox:
            client = SyncClient.authenticate_from_token(sandbox.url, sandbox.token)

    It serves from ``start()`` to ``stop()``, which the context manager calls. Everything here may
    be called from any thread, also while it serves. A wrong option is a ``LiminalError``, and so is
    a port that is taken or a missing extra.

    Who may log in:

    - ``token``: the environment token that is accepted.
    - ``provider_tokens`` (an attribute) holds the identity provider's tokens that are accepted, and
      ``accept_provider_token`` is asked about any other: True, False, or a name that tells people
      apart. ``provider_token`` is one that is always there at the start.

    Sessions:

    - ``session_ttl``: seconds after which a session value is over; None is never.
    - ``session_uses``: after this many requests a login's session is over.
    - ``roll_sessions``: whether every answer brings a new session value. ``users/me`` always does.
    - ``roll_grace``: seconds for which a value lives on after a new one was given; None is as long
      as it would have lived anyway.

    What it answers:

    - ``terms``: your own words and their types, found whatever their case.
    - ``phone_region``: where a phone number without country code is from (ISO 3166).
    - ``model``: a function from cleansed prompt to answer, in place of the built-in one; other
      requests wait while it runs.
    - ``model_instances``: names, and the models each is connected to, such as ``"openai/gpt-4o"``.
      The default has ``sandbox-model``, and ``sandbox-empty`` that has none and can't be used.
    - ``threads``: names of threads that the environment token's user has at the start.
    - ``stream_format``: how submits are streamed; None leaves it to the request's ``Accept``. The
      chunks hold the model's words as they are, placeholders included: hydrate puts the text back.
    - ``chunk_delay``, ``answer_delay``: seconds before each chunk of a stream, and before each
      answer. Both are attributes too, and can be changed at any time.

    ``keep_requests`` and ``keep_threads`` bound what is remembered; the oldest go first.
    """

    def __init__(
        self,
        *,
        token: str = "sandbox-token",  # noqa: S107 - known to all, and good for nothing else
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
        self.chunk_delay = chunk_delay
        self.answer_delay = answer_delay
        self._app: Application = needs_extra("_app").Application(
            self._settings, self._controls, self._lock
        )
        self._server: Server | None = None

    def __repr__(self) -> str:
        return f"<Sandbox {self.url}>" if self._server else "<Sandbox, not started>"

    # Start and stop

    def start(self) -> Self:
        """Serve. A sandbox that was stopped starts again at the same URL, with all that it knew."""
        if self._server is not None:
            raise LiminalError("The sandbox has been started already.")
        server: Server = needs_extra("_server").Server(self._app, self._settings.port)
        self._settings.port = server.port
        self._server = server
        return self

    def stop(self) -> None:
        """Close every connection, streams included, and end the thread. Twice is no harm."""
        server, self._server = self._server, None
        if server is not None:
            server.stop()

    # Where it is, and who may log in

    @property
    def url(self) -> str:
        """The address to give a client as ``api_server_url``."""
        if self._server is None:
            raise LiminalError("The sandbox is not started: use it in a with statement.")
        return f"http://127.0.0.1:{self._settings.port}"

    @property
    def token(self) -> str:
        """The environment token that is accepted."""
        return self._settings.token

    @property
    def provider_token(self) -> str:
        """A token that is accepted as one of the identity provider's."""
        return _PROVIDER_TOKEN

    @property
    def provider_tokens(self) -> set[str]:
        """The identity provider's tokens that are accepted: add to it, or take away."""
        return self._settings.provider_tokens

    @property
    def accept_provider_token(self) -> AcceptToken | None:
        """Asked about a provider's token that is not in ``provider_tokens``."""
        return self._settings.accept_provider_token

    @accept_provider_token.setter
    def accept_provider_token(self, accept: AcceptToken | None) -> None:
        require_accept(accept)
        self._settings.accept_provider_token = accept

    # Sessions

    def create_session(self) -> str:
        """A session id of the environment token's user, without a login."""
        with self._lock:
            return self._app.operations.sessions.begin(1)

    def expire_sessions(self) -> None:
        """End every session: the next request of each client is answered 401."""
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

        ``path`` narrows it to a path, or a pattern such as ``/api/v1/prompts/*``. A ``body`` of
        bytes or text is sent as ``text/html``, anything else as JSON; without one it is an error's
        JSON. ``headers`` go before ours. With ``processed`` the request is carried out all the
        same, and only its answer is lost.

            sandbox.fail_next(429, headers={"Retry-After": "2"}, path="/api/v1/prompts/submit")
        """
        failure = make_failure(
            status, times=times, headers=headers, body=body, path=path, processed=processed
        )
        with self._lock:
            self._controls.failures.append(failure)

    def drop_next(
        self, *, times: int = 1, path: str | None = None, processed: bool = False
    ) -> None:
        """Close the connections of the next ``times`` requests instead of answering.

        ``path`` and ``processed`` are those of ``fail_next``. A client can't tell whether its
        request was carried out:

            sandbox.drop_next(path="/api/v1/prompts/submit", processed=True)
        """
        drop = make_drop(times=times, path=path, processed=processed)
        with self._lock:
            self._controls.failures.append(drop)

    def fail_next_stream(self, *, after: int = 0, message: str | None = None) -> None:
        """End the next streamed answer after ``after`` chunks, before its finish.

        With ``message``, an SSE stream ends in an event named ``error`` that holds it.
        """
        failure = make_stream_failure(after, message)
        with self._lock:
            self._controls.stream_failures.append(failure)

    @property
    def chunk_delay(self) -> float:
        """Seconds before each chunk of a stream."""
        return self._controls.chunk_delay

    @chunk_delay.setter
    def chunk_delay(self, seconds: float) -> None:
        require_delay("chunk_delay", seconds)
        self._controls.chunk_delay = seconds

    @property
    def answer_delay(self) -> float:
        """Seconds before each answer, after it was decided and counted."""
        return self._controls.answer_delay

    @answer_delay.setter
    def answer_delay(self, seconds: float) -> None:
        require_delay("answer_delay", seconds)
        self._controls.answer_delay = seconds

    # What happened

    @property
    def requests(self) -> list[RecordedRequest]:
        """The requests that were answered so far, in order."""
        with self._lock:
            return list(self._controls.requests)

    @property
    def logins(self) -> int:
        """How many logins were granted."""
        return self._count("logins")

    @property
    def renewals(self) -> int:
        """How often ``users/me`` renewed a session."""
        return self._count("renewals")

    @property
    def submits(self) -> int:
        """How many submits were carried out."""
        return self._count("submits")

    @property
    def doubled_submits(self) -> int:
        """How many of them sent the same text to the same thread once more."""
        return self._count("doubled_submits")

    @property
    def threads_created(self) -> int:
        """How many threads were made, by hand or for a prompt that came without one."""
        return self._count("threads")

    @property
    def connections(self) -> int:
        """How many connections clients hold open now."""
        return 0 if self._server is None else self._server.connections

    def _count(self, name: str) -> int:
        with self._lock:
            return self._controls.counts[name]
