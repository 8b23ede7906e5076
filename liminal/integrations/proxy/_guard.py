"""Decides which requests the proxy accepts.

Any program on this machine can connect to a port on loopback, and so can any web page that a
browser shows. The key stops both. A page that has rebound its own host name to 127.0.0.1 is stopped
by its Host header, and any other by its Origin header.
"""

from __future__ import annotations

import hmac
import re
from typing import TYPE_CHECKING, Final

from liminal.integrations._protection.envelope import KNOWN_QUERY

from ._problems import Refused

if TYPE_CHECKING:
    from starlette.requests import Request

POSTS: Final = frozenset(
    {"/v1/chat/completions", "/v1/responses", "/v1/messages", "/v1/messages/count_tokens"}
)
# A list of models, or one. The only content of such a request is the model's name.
_MODELS: Final = re.compile(r"/v1/models(/[\w.:-]{1,200})?", re.ASCII)
_HTTP_PORT: Final = 80


class Guard:
    """Checks each request before its body is read."""

    def __init__(self, key: str, port: int) -> None:
        self._key = key.encode()
        names = ("127.0.0.1", "localhost")
        self._hosts = {f"{name}:{port}" for name in names}
        if port == _HTTP_PORT:
            self._hosts |= set(names)

    def check(self, request: Request) -> str:
        """Return the name of the header with the key; Refused if the request is not accepted."""
        headers = request.headers
        hosts = headers.getlist("host")
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            raise Refused(403, "permission_error", "the Host header must name this proxy")
        if "origin" in headers:
            raise Refused(403, "permission_error", "web pages must not use this proxy")
        name = "x-api-key" if "x-api-key" in headers else "authorization"
        given = headers.get(name, "")
        if name == "authorization":
            scheme, _, given = given.partition(" ")
            given = given.strip() if scheme.lower() == "bearer" else ""
        if not hmac.compare_digest(given.encode("latin-1", "replace"), self._key):
            raise Refused(401, "authentication_error", "the API key must be the proxy's own key")
        _check_target(request)
        return name


def _check_target(request: Request) -> None:
    path = request.scope["path"]
    is_plain = request.scope.get("raw_path") == path.encode()
    is_post = request.method == "POST" and path in POSTS
    is_get = request.method == "GET" and _MODELS.fullmatch(path) is not None
    if not is_plain or not (is_post or is_get):
        raise Refused(
            404,
            "not_found_error",
            "the proxy passes on chat completions, responses and messages (POST) and models (GET)"
            " only, so nothing was sent",
        )
    if not KNOWN_QUERY.fullmatch(request.scope["query_string"].decode("latin-1")):
        raise Refused(
            400, "invalid_request_error", "the query can't be checked, so nothing was sent"
        )
