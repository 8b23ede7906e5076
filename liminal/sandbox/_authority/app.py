"""The authority for tests as an ASGI application."""

from __future__ import annotations

import asyncio
import secrets
import threading
import time
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from liminal.sandbox._authority.answers import (
    DEVICE_CODE_GRANT,
    app_token,
    device_authorization,
    error_body,
    openid_configuration,
    user_token,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import Receive, Scope, Send

    from liminal.sandbox.authority import Authority

    Form = dict[str, str]
    Answer = tuple[int, bytes]

# RFC 8628, 6.1: letters that are not easily confused.
_USER_CODE_LETTERS: Final = "BCDFGHJKLMNPQRSTVWXZ"
_SIGN_IN_ERRORS: Final = {
    "pending": ("authorization_pending", 70016),
    "declined": ("authorization_declined", 70018),
    "expired": ("expired_token", 70020),
}


class AuthorityApp:
    """Answers under ``/<tenant>/``, according to its owner's attributes."""

    def __init__(self, owner: Authority) -> None:
        self._owner = owner
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        with self._lock:
            self._access_tokens: dict[str, float] = {}
            self._refresh_tokens: dict[str, str] = {}  # the owner; empty once it was used
            self._device_codes: dict[str, tuple[float, str]] = {}
            self._cookies: list[str] = []
            self._requests: list[str] = []
            self._failures: list[tuple[str, int, bytes, dict[str, str]]] = []

    # For its owner

    def issued(self) -> list[str]:
        """Return all access tokens, the oldest first."""
        with self._lock:
            return list(self._access_tokens)

    def requests(self) -> list[str]:
        """Return the requests so far."""
        with self._lock:
            return list(self._requests)

    def secrets(self) -> list[str]:
        """Return every secret that was issued."""
        with self._lock:
            codes = list(self._device_codes)
            return [*self._access_tokens, *self._refresh_tokens, *codes, *self._cookies]

    def is_valid(self, token: str) -> bool:
        """Return whether an access token is valid now."""
        with self._lock:
            return self._access_tokens.get(token, 0.0) > time.time()

    def reset_requests(self) -> None:
        """Forget the requests so far."""
        with self._lock:
            self._requests.clear()

    def revoke(self) -> None:
        """Revoke everything that was issued so far."""
        with self._lock:
            self._access_tokens = dict.fromkeys(self._access_tokens, 0.0)
            self._refresh_tokens = dict.fromkeys(self._refresh_tokens, "")

    def fail_next(
        self, endpoint: str, times: int, status: int, body: bytes, headers: dict[str, str]
    ) -> None:
        """Answer with this failure for a number of times."""
        with self._lock:
            self._failures += [(endpoint, status, body, headers)] * times

    # For its clients

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        form = dict(parse_qsl((await request.body()).decode()))
        tenant, _, path = request.url.path.removeprefix("/").partition("/")
        found = self._routes().get((request.method, path))
        if found is None or tenant != self._owner.tenant_id:
            response = _json(404, error_body("invalid_tenant", (90002,), {}))
        else:
            endpoint, handler = found
            self._note(endpoint, form)
            if request.method == "POST" and await _gone_within(self._owner.delay, receive):
                return
            response = self._failure(endpoint) or _json(*handler(form))
        response.headers["Set-Cookie"] = f"fpc={self._cookie()}; path=/; secure; HttpOnly"
        await response(scope, receive, send)

    def _routes(self) -> dict[tuple[str, str], tuple[str, Callable[[Form], Answer]]]:
        return {
            ("GET", "v2.0/.well-known/openid-configuration"): (
                "openid-configuration",
                lambda _: (200, openid_configuration(self._owner.host, self._owner.tenant_id)),
            ),
            ("POST", "oauth2/v2.0/devicecode"): ("devicecode", self._device_code),
            ("POST", "oauth2/v2.0/token"): ("token", self._token),
        }

    def _note(self, endpoint: str, form: Form) -> None:
        grant = form.get("grant_type", "").rpartition(":")[2]
        with self._lock:
            self._requests.append(f"{endpoint}:{grant}" if grant else endpoint)

    def _failure(self, endpoint: str) -> Response | None:
        with self._lock:
            for failure in self._failures:
                if failure[0] == endpoint:
                    self._failures.remove(failure)
                    return _json(*failure[1:])
        return None

    def _cookie(self) -> str:
        cookie = secrets.token_urlsafe(16)
        with self._lock:
            self._cookies.append(cookie)
        return cookie

    def _device_code(self, form: Form) -> Answer:
        if not form.get("client_id"):
            return _error("invalid_request", 900144)
        device_code = secrets.token_urlsafe(32)
        user_code = "".join(secrets.choice(_USER_CODE_LETTERS) for _ in range(9))
        lifetime = self._owner.code_lifetime
        with self._lock:
            self._device_codes[device_code] = (time.time() + lifetime, form.get("scope", ""))
        return 200, device_authorization(
            self._owner.host,
            device_code,
            user_code,
            interval=self._owner.interval,
            lifetime=lifetime,
        )

    def _token(self, form: Form) -> Answer:
        grant = form.get("grant_type")
        if grant == DEVICE_CODE_GRANT:
            return self._by_device_code(form)
        if grant == "refresh_token":
            return self._by_refresh_token(form)
        if grant == "client_credentials":
            return self._by_secret(form)
        return _error("unsupported_grant_type", 70003)

    def _by_device_code(self, form: Form) -> Answer:
        with self._lock:
            ends, scope = self._device_codes.get(form.get("device_code", ""), (0.0, ""))
        sign_in = "expired" if ends < time.time() else self._owner.sign_in
        if sign_in != "approved":
            return _error(*_SIGN_IN_ERRORS[sign_in])
        return self._issue(form, scope, self._owner.person)

    def _by_refresh_token(self, form: Form) -> Answer:
        used = form.get("refresh_token", "")
        with self._lock:
            person = self._refresh_tokens.get(used)
            if not person:
                return _error("invalid_grant", 70008)
            self._refresh_tokens[used] = "" if self._owner.rotate_refresh_tokens else person
        return self._issue(form, form.get("scope", ""), person)

    def _by_secret(self, form: Form) -> Answer:
        if not (form.get("client_secret") or form.get("client_assertion")):
            return _error("invalid_client", 7000218)
        return 200, app_token(self._new_access_token(), self._owner.token_lifetime)

    def _issue(self, form: Form, scope: str, person: str) -> Answer:
        refresh_token = secrets.token_urlsafe(32)
        with self._lock:
            self._refresh_tokens[refresh_token] = person
        return 200, user_token(
            self._new_access_token(),
            refresh_token,
            person=person,
            client_id=form.get("client_id", ""),
            scope=scope,
            lifetime=self._owner.token_lifetime,
            refresh_in=self._owner.refresh_in,
        )

    def _new_access_token(self) -> str:
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._access_tokens[token] = time.time() + self._owner.token_lifetime
        return token


async def _gone_within(seconds: float, receive: Receive) -> bool:
    """Return whether the client closes its connection within this time."""
    try:
        async with asyncio.timeout(seconds):
            await receive()  # the body was read: what may still come is the disconnect
    except TimeoutError:
        return False
    return True


def _error(error: str, code: int) -> Answer:
    return 400, error_body(error, (code,), {})


def _json(status: int, body: bytes, headers: dict[str, str] | None = None) -> Response:
    return Response(body, status, headers, media_type="application/json")
