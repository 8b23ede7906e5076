"""Sends msal's requests over our own connections.

msal would use requests, which lets REQUESTS_CA_BUNDLE override ``verify`` and can't be cancelled.
"""

from __future__ import annotations

import json
import logging
import math
import ssl
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar, cast

import httpx

from liminal._http import loops
from liminal._http.httpx_clients.seam import Seam, is_replaced
from liminal._http.pool import Pool
from liminal._http.route import route_to
from liminal._http.settings.network_options import NetworkOptions, is_tls_context
from liminal._http.settings.server_url import parse_server_url
from liminal._http.sockets.deadline import PROGRESS, Deadline
from liminal._http.sockets.limits import limit_sync
from liminal._http.tls import default_context
from liminal._version import VERSION
from liminal.auth._caught import CaughtForeignError
from liminal.auth.microsoft._outcomes import Fault, NoAnswer, NoSuchTenant, Outcome, read_refusal
from liminal.errors import AuthError, LiminalError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from liminal._http.route import Route

# An authority answers within a second; a mobile connection may take ten to come up.
_WAITS: Final = {"connect": 10.0, "read": 20.0, "write": 20.0, "pool": 20.0}
_TOO_MANY_REQUESTS: Final = 429
# At DEBUG they log device codes and answers (msal), or `Set-Cookie` (httpcore, in a mock's place).
_NOISY_LOGGERS: Final = frozenset({"httpcore", "httpx", "msal", "msal_extensions"})
# Sends a request of the running step, from the thread that msal runs on.
_send: ContextVar[Callable[..., httpx.Response] | None] = ContextVar("liminal_msal", default=None)

T = TypeVar("T")


class StepEnded(Exception):  # noqa: N818 - it ends one step, see `run_step`
    """The step is over: ``outcome`` says why."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


class NotSent(Exception):  # noqa: N818 - as above, see `sending_nothing`
    """A request was not sent."""


class HttpClient:
    """msal's ``http_client``: sends as the running step says."""

    def get(self, url: str, **arguments: Any) -> httpx.Response:
        """Get metadata. A refusal ends the step, since msal would drop the reason."""
        response = _exchange("GET", url, arguments)
        if response.is_client_error:
            raise StepEnded(read_refusal(response.json(), NoSuchTenant))
        return response

    def post(self, url: str, **arguments: Any) -> httpx.Response:
        """Request a code or a token."""
        return _exchange("POST", url, arguments)


def _exchange(method: str, url: str, arguments: Mapping[str, Any]) -> httpx.Response:
    if not url.startswith("https://"):  # the URL comes from the authority's metadata
        raise StepEnded(NoAnswer(Fault.MALFORMED))
    content = {name: arguments.get(name) for name in ("params", "data")}
    headers: dict[str, str] = {
        "User-Agent": f"liminal-sdk-python/{VERSION}",
        **(arguments.get("headers") or {}),
    }
    send = cast("Callable[..., httpx.Response]", _send.get())
    try:
        response = send(method, url, headers=headers, **content)
    except (httpx.HTTPError, TimeoutError) as error:  # TimeoutError: the call's deadline
        raise StepEnded(NoAnswer(_fault(error))) from None
    if response.is_server_error or response.status_code == _TOO_MANY_REQUESTS:
        raise StepEnded(NoAnswer(Fault.BROKEN, response.status_code))
    with suppress(ValueError):
        if isinstance(json.loads(response.content), dict):
            return response
    raise StepEnded(NoAnswer(Fault.MALFORMED, response.status_code))  # msal would log it


def _fault(error: BaseException) -> Fault:
    """Distinguish a TLS failure from others: httpx raises ConnectError and chains the reason."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Fault.UNTRUSTED
        cause = cause.__cause__ or cause.__context__
    return Fault.UNREACHABLE


def run_step(send: Callable[..., httpx.Response], step: Callable[[], Outcome]) -> Outcome:
    """Run one step of msal on this thread, without its logs. Raises no ``Exception``."""
    _silence_loggers()
    token = _send.set(send)
    try:
        with CaughtForeignError():
            try:
                return step()
            except StepEnded as ended:
                return ended.outcome
        return NoAnswer(Fault.MALFORMED)
    finally:
        _send.reset(token)


@contextmanager
def sending_nothing() -> Generator[None]:
    """Raise NotSent in place of sending."""
    token = _send.set(_send_nothing)
    try:
        yield
    finally:
        _send.reset(token)


def _send_nothing(*_: object, **__: object) -> httpx.Response:
    raise NotSent


def _silence_loggers() -> None:
    for name in tuple(logging.root.manager.loggerDict):
        if name.partition(".")[0] in _NOISY_LOGGERS:
            logging.getLogger(name).addFilter(_is_outside_a_step)


def _is_outside_a_step(_: logging.LogRecord) -> bool:
    return _send.get() is None


class Connections:
    """The connections of one sign-in, closed at its end. ``verify`` is read, which may block."""

    def __init__(self, verify: object) -> None:
        self._network = NetworkOptions(ssl_context=_tls_context(verify))
        self._pools: dict[bytes, Pool] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # A copy, since the thread of a cancelled step may still add one.
        for pool in tuple(self._pools.values()):
            pool.close()

    def running(
        self, step: Callable[[], Outcome], longest: float = math.inf
    ) -> Callable[[], Outcome]:
        """Return a function that runs a step of msal; each wait is at most ``longest`` seconds."""
        return partial(run_step, partial(self._send, longest), step)

    def _send(self, longest: float, method: str, url: str, **content: Any) -> httpx.Response:
        waits = {name: min(seconds, longest) for name, seconds in _WAITS.items()}
        extensions = {"timeout": waits, PROGRESS: _Progress()}
        request = httpx.Request(method, url, **content, extensions=extensions)
        pool = self._pool(request.url.netloc)
        response = (Seam(pool) if is_replaced() else pool).send(request)
        try:
            response.read()
        finally:
            response.close()
        return response

    def _pool(self, server: bytes) -> Pool:
        if server not in self._pools:
            self._pools[server] = Pool(self._route(server.decode("ascii")))
        return self._pools[server]

    def _route(self, server: str) -> Route:
        try:
            parsed = parse_server_url(f"https://{server}")
        except LiminalError:
            raise StepEnded(NoAnswer(Fault.MALFORMED)) from None
        try:
            return route_to(parsed, self._network)
        except LiminalError as error:  # of a proxy
            problem = str(error)
        raise AuthError(problem)


class _Progress:
    """The call behind a request, as its connection sees it."""

    queues = sent = False
    repeatable = False  # a refresh token may serve only once

    def __init__(self) -> None:
        self.deadline = Deadline(call_seconds=None, try_seconds=None)


async def in_thread(function: Callable[[], T]) -> T:
    """Run a function, which raises no RuntimeError, in a worker thread.

    A cancellation doesn't wait for the thread, but wakes it, so that it ends soon.
    """
    deadline = Deadline(call_seconds=None, try_seconds=None)

    def run() -> T:
        with limit_sync(deadline):
            return function()

    try:
        return await loops.in_thread(run, abandon_on_cancel=True)
    except RuntimeError:
        pass
    finally:
        deadline.cancel()
    raise AuthError(
        "the sign-in needs a worker thread, and none could be started: no event loop is running, or"
        " the program is exiting"
    )


def _tls_context(verify: object) -> ssl.SSLContext:
    """Return the TLS settings for ``verify``, read anew; AuthError if its file can't be read."""
    if verify is True:
        return default_context(AuthError)
    if is_tls_context(verify):
        return cast("ssl.SSLContext", verify)
    with CaughtForeignError() as caught:
        path = Path(cast("str", verify))
        if path.is_dir():
            return ssl.create_default_context(capath=path)
        return ssl.create_default_context(cafile=path)
    raise AuthError(
        f"verify={verify} can't be read as certificates of authorities ({caught.kind}): it must "
        "be a PEM file, or a folder prepared by `openssl rehash`"
    )
