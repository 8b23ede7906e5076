"""The sandbox as an ASGI application: routes, sessions in cookies, JSON, streams, error answers."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from dataclasses import dataclass
from email.utils import formatdate
from itertools import count
from typing import TYPE_CHECKING, Any

from starlette.requests import ClientDisconnect, Request

from liminal.sandbox._controls import RecordedRequest
from liminal.sandbox._service.answers import failed, refused, streamed, whole
from liminal.sandbox._service.operations import Operations, Streamed
from liminal.sandbox._service.validate import Fields, Refusal, parse_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response
    from starlette.types import Receive, Scope, Send

    from liminal.sandbox._controls import Controls
    from liminal.sandbox._service.state import Login
    from liminal.sandbox._settings import Settings

    Handler = Callable[["_Call"], Any]

_THREAD = re.compile(r"/api/v1/threads/([^/]+)")
# Any integer is allowed, but int() rejects thousands of digits.
_INTEGER = re.compile(r"-?[0-9]{1,4000}")


@dataclass(slots=True)
class _Call:
    """A request and what is known about it."""

    request: Request
    body: bytes
    json: Any = None
    json_problem: bool = False
    cookie: str | None = None

    def fields(self) -> Fields:
        """Return the body as an object; Refusal if it isn't one."""
        media_type = self.request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type != "application/json":
            raise Refusal(415, "The body must be application/json.")
        if self.json_problem:
            raise Refusal(400, "The body is not JSON.")
        return Fields(self.json)


class Application:
    """Processes each request under a lock that is shared with the test's threads."""

    def __init__(self, settings: Settings, controls: Controls, lock: threading.RLock) -> None:
        self._settings = settings
        self._controls = controls
        self._lock = lock
        self._request_ids = count(1)
        self.operations = Operations(settings, controls)
        api = "/api/v1"
        self._routes: dict[str, dict[str, Handler]] = {
            f"{api}/auth/login/oauth/access-token": {"GET": self._login_with_access_token},
            f"{api}/auth/test-automation/login": {"POST": self._login_with_environment_token},
            f"{api}/users/me": {"GET": self._me},
            f"{api}/model-instances": {"GET": self._model_instances},
            f"{api}/threads": {"GET": self._list_threads, "POST": self._create_thread},
            f"{api}/prompts/analyze": {"POST": self._analyze},
            f"{api}/prompts/cleanse": {"POST": self._cleanse},
            f"{api}/prompts/hydrate": {"POST": self._hydrate},
            f"{api}/prompts/submit": {"POST": self._submit},
        }
        self._thread_route: dict[str, Handler] = {"GET": self._get_thread}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            response = self._respond(_Call(request, await request.body()))
            if self._controls.answer_delay:
                await asyncio.sleep(self._controls.answer_delay)
            await response(scope, receive, send)
        except (ClientDisconnect, asyncio.CancelledError):
            # The client has disconnected, or the server is stopping.
            return

    def _respond(self, call: _Call) -> Response:
        try:
            call.json = parse_json(call.body) if call.body else None
        except ValueError:
            call.json_problem = True
        with self._lock:
            failure = self._controls.next_failure(call.request.scope["path"])
            if failure is None:
                response = self._true_answer(call)
            else:
                if failure.processed:
                    self._true_answer(call)
                call.cookie = None
                response = failed(failure)
            self._finish(call, response)
        return response

    def _true_answer(self, call: _Call) -> Response:
        try:
            data = self._handler(call)(call)
        except Refusal as refusal:
            return refused(refusal.status, refusal.message, refusal.headers)
        if isinstance(data, Streamed):
            accept = call.request.headers.get("accept", "")
            return streamed(data.text, accept, self._settings.stream_format, self._controls)
        return whole(data)

    def _handler(self, call: _Call) -> Handler:
        scope = call.request.scope
        path: str = scope["path"]
        methods = self._routes.get(path)
        if methods is None:
            methods = self._thread_route if _THREAD.fullmatch(path) else None
        if methods is None:
            raise Refusal(404, "There is no such path.")
        handler = methods.get(scope["method"])
        if handler is None:
            raise Refusal(405, "This method is not allowed here.", (("allow", ", ".join(methods)),))
        return handler

    def _finish(self, call: _Call, response: Response) -> None:
        request_id = f"sandbox-{next(self._request_ids)}"
        headers = response.raw_headers
        present = {name for name, _ in headers}
        if call.cookie is not None:
            headers.append((b"set-cookie", call.cookie.encode("ascii")))
        if b"date" not in present:
            headers.append((b"date", formatdate(usegmt=True).encode("ascii")))
        if b"x-request-id" not in present:
            headers.append((b"x-request-id", request_id.encode("ascii")))
        scope = call.request.scope
        self._controls.requests.append(
            RecordedRequest(
                method=scope["method"],
                path=scope["path"],
                query=scope["query_string"].decode("ascii", "replace"),
                time=time.monotonic(),
                status=response.status_code,
                request_id=request_id,
                body=call.body if call.json_problem else call.json,
                raw_headers=tuple(scope["headers"]),
            )
        )

    # The session

    def _login_of(self, call: _Call) -> Login:
        values = _session_cookies(call.request)
        if len(values) > 1:
            raise Refusal(400, "There is more than one session cookie.")
        sessions = self.operations.sessions
        login = sessions.use(values[0]) if values else None
        if login is None:
            raise Refusal(401, "The session is missing, unknown or expired: log in.")
        if sessions.roll:
            call.cookie = sessions.cookie(sessions.renew(values[0], login))
        return login

    def _logged_in(self, call: _Call, value: str) -> dict[str, Any]:
        call.cookie = self.operations.sessions.cookie(value)
        return {"loggedIn": True}

    # One for each operation of the contract

    def _login_with_access_token(self, call: _Call) -> dict[str, Any]:
        authorization = call.request.headers.get("authorization")
        return self._logged_in(call, self.operations.login_with_access_token(authorization))

    def _login_with_environment_token(self, call: _Call) -> dict[str, Any]:
        token = call.request.headers.get("x-test-automation-api-key")
        return self._logged_in(call, self.operations.login_with_environment_token(token))

    def _me(self, call: _Call) -> dict[str, Any]:
        login = self._login_of(call)
        if call.cookie is None:
            sessions = self.operations.sessions
            value = _session_cookies(call.request)[0]
            call.cookie = sessions.cookie(sessions.renew(value, login))
        return self.operations.me(login)

    def _model_instances(self, call: _Call) -> list[dict[str, Any]]:
        self._login_of(call)
        return self.operations.model_instances()

    def _list_threads(self, call: _Call) -> list[dict[str, Any]]:
        login = self._login_of(call)
        return self.operations.list_threads(login, call.request.query_params.get("source"))

    def _create_thread(self, call: _Call) -> dict[str, Any]:
        return self.operations.create_thread(self._login_of(call), call.fields())

    def _get_thread(self, call: _Call) -> dict[str, Any]:
        login = self._login_of(call)
        thread_id = call.request.scope["path"].rpartition("/")[2]
        if not _INTEGER.fullmatch(thread_id):
            raise Refusal(400, "A thread's id must be an integer.")
        return self.operations.get_thread(login, int(thread_id))

    def _analyze(self, call: _Call) -> dict[str, Any]:
        self._login_of(call)
        return self.operations.analyze(call.fields())

    def _cleanse(self, call: _Call) -> dict[str, Any]:
        return self.operations.cleanse(self._login_of(call), call.fields())

    def _hydrate(self, call: _Call) -> dict[str, Any]:
        return self.operations.hydrate(self._login_of(call), call.fields())

    def _submit(self, call: _Call) -> dict[str, Any] | Streamed:
        return self.operations.submit(self._login_of(call), call.fields())


def _session_cookies(request: Request) -> list[str]:
    """Return the distinct values of the cookie ``session``; more than one is a client's mistake.

    The same value twice is harmless: 2025.5.0 sends it that way through a caller's httpx client.
    """
    pairs = ";".join(request.headers.getlist("cookie")).split(";")
    named = (pair.strip().partition("=") for pair in pairs)
    return list(dict.fromkeys(value for name, _, value in named if name == "session"))
