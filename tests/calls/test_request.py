"""A request that is made without httpx's encoder is the one that httpx makes."""

from typing import Any, cast

import httpx
import pytest

from liminal._calls.arguments.options import Options
from liminal._calls.call import Call
from liminal._calls.request import build_request, hide
from liminal._http.settings.server_url import parse_server_url
from liminal_api.api.auth import get_current_user
from liminal_api.types import RequestKwargs

SERVER = parse_server_url("https://api.example:8443/gateway")
JSON = {"Accept": "application/json", "Content-Type": "application/json"}


def built(request: dict[str, Any], *, user_client: bool = False) -> httpx.Request:
    options = Options(
        timeout=60.0, deadline=None, max_retries=0, max_body_bytes=1, max_event_bytes=1
    )
    call = Call(get_current_user.OPERATION, cast("RequestKwargs", request), options)
    call.uses_user_client = user_client  # its hooks may read the body, so httpx encodes it
    return build_request(SERVER, call, hide)


@pytest.mark.parametrize("method", ["GET", "POST", "put", "PATCH", "DELETE"])
@pytest.mark.parametrize("headers", [JSON, {}, {"Accept": "text/plain", "X-Token": "secret"}])
@pytest.mark.parametrize(
    "body",
    [
        {},
        {"content": b""},
        {"content": b"prompt"},
        {"content": None},
        {"content": "caf\u00e9"},
    ],
)
def test_it_is_the_request_that_httpx_makes(
    method: str, headers: dict[str, str], body: dict[str, Any]
) -> None:
    request = {"method": method, "url": "/api/v1/me", "headers": headers, **body}
    ours, theirs = built(request), built(request, user_client=True)
    assert (ours.method, ours.url) == (theirs.method, theirs.url)
    assert sorted(ours.headers.raw) == sorted(theirs.headers.raw)
    assert ours.read() == theirs.read()


def test_what_one_request_adds_is_not_in_the_next() -> None:
    request = {"method": "GET", "url": "/api/v1/me", "headers": JSON}
    built(request).headers["Cookie"] = "session=secret"
    assert "Cookie" not in built(request).headers
