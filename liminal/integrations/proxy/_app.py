"""The proxy as an ASGI application, which checks requests, protects them, and passes them on.

Nothing is logged, and no error holds any of what was sent or received.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import anyio
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from ._problems import Refused, problem_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx
    from starlette.types import Message, Receive, Scope, Send

    from ._guard import Guard

# The largest request of Anthropic's messages; OpenAI's are smaller without images.
MAX_BODY_BYTES: Final = 32 * 1024 * 1024
# The headers that the APIs read, and that can't contain a user's text.
_SENT_ON: Final = (
    "anthropic-beta",
    "anthropic-version",
    "openai-beta",
    "openai-organization",
    "openai-project",
)
# Framing and encoding are the proxy's own. Cookies, redirects and permissions for web pages are
# not for the client at all.
_PASSED_BACK: Final = frozenset(
    {
        "content-type",
        "request-id",
        "retry-after",
        "retry-after-ms",
        "x-request-id",
        "x-should-retry",
    }
)
_PASSED_BACK_PREFIXES: Final = ("anthropic-", "openai-", "x-ratelimit-")


class Proxy:
    """Answers requests through ``upstream``, a protected HTTP client."""

    def __init__(self, guard: Guard, upstream: httpx.AsyncClient, upstream_key: str | None) -> None:
        self._guard = guard
        self._upstream = upstream
        self._upstream_key = upstream_key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI)."""
        request = Request(scope, receive)
        try:
            key_header = self._guard.check(request)
            body = await _read(request)
        except Refused as refused:
            await refused.problem.response()(scope, receive, send)
            return
        except ClientDisconnect:
            return
        reply = _Reply(scope, receive, send)
        async with anyio.create_task_group() as group:
            # When the client disconnects, the upstream's answer ends, since it costs money.
            group.start_soon(_cancel_when_gone, receive, group.cancel_scope)
            await self._answer(request, body, key_header, reply)
            group.cancel_scope.cancel()

    async def _answer(self, request: Request, body: bytes, key_header: str, reply: _Reply) -> None:
        try:
            await self._pass_on(request, body, key_header, reply)
        except Exception as error:  # noqa: BLE001 - the server would log it
            await reply.fail(error)

    async def _pass_on(self, request: Request, body: bytes, key_header: str, reply: _Reply) -> None:
        query = request.scope["query_string"].decode("ascii")
        sent = self._upstream.build_request(
            request.method,
            request.scope["path"].removeprefix("/v1") + (f"?{query}" if query else ""),
            headers=self._headers(request, key_header),
            content=body,
        )
        response = await self._upstream.send(sent, stream=True)
        try:
            await reply.pass_back(response)
        finally:
            with anyio.CancelScope(shield=True):
                await response.aclose()

    def _headers(self, request: Request, key_header: str) -> dict[str, str]:
        sent = {name: request.headers[name] for name in _SENT_ON if name in request.headers}
        if request.method == "POST":
            sent["content-type"] = "application/json"
        if self._upstream_key is not None:
            scheme = "Bearer " if key_header == "authorization" else ""
            sent[key_header] = scheme + self._upstream_key
        return sent


class _Reply:
    """The response to the client."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._asgi = (scope, receive, send)
        self._send = send
        self._has_begun = False

    async def pass_back(self, response: httpx.Response) -> None:
        """Pass on the upstream's response: events as they arrive, anything else as a whole."""
        if response.is_redirect:
            # A client that follows it would send the request unprotected.
            raise Refused(502, "api_error", "the upstream redirects: give its final address")
        headers = _passed_back(response.headers)
        if not response.headers.get("content-type", "").lower().startswith("text/event-stream"):
            content = await response.aread()
            await Response(content, response.status_code, headers)(*self._asgi)
            return
        self._has_begun = True
        raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        await self._send(
            {"type": "http.response.start", "status": response.status_code, "headers": raw}
        )
        async for data in response.aiter_bytes():
            if data:
                await self._send(_part(data))
        await self._send(_part(b"", more=False))

    async def fail(self, error: Exception) -> None:
        """Send an error. If a stream has begun, the error ends it."""
        problem = problem_of(error)
        if self._has_begun:
            await self._send(_part(problem.event()))
        else:
            await problem.response()(*self._asgi)


def _part(data: bytes, *, more: bool = True) -> Message:
    return {"type": "http.response.body", "body": data, "more_body": more}


def _passed_back(headers: Mapping[str, Any]) -> dict[str, str]:
    passed = {
        name: value
        for name, value in headers.items()
        if name.lower() in _PASSED_BACK or name.lower().startswith(_PASSED_BACK_PREFIXES)
    }
    return passed | {"cache-control": "no-store"}


async def _read(request: Request) -> bytes:
    body = bytearray()
    async for data in request.stream():
        body += data
        if len(body) > MAX_BODY_BYTES:
            raise Refused(413, "request_too_large", f"the limit is {MAX_BODY_BYTES} bytes")
    return bytes(body)


async def _cancel_when_gone(receive: Receive, scope: anyio.CancelScope) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass  # pragma: no cover - servers send nothing else here
    scope.cancel()
