"""The request of a try: the one that httpx makes, and how long it may wait."""

from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from liminal._calls.arguments.options import Options
from liminal._calls.call import Call
from liminal._calls.request import _constant_headers, build_request, hide, waits
from liminal._http.settings.server_url import parse_server_url
from liminal_api.api.auth import get_current_user
from liminal_api.types import RequestKwargs

SERVER = parse_server_url("https://api.example:8443/gateway")
JSON = {"Accept": "application/json", "Content-Type": "application/json"}
REQUEST = {"method": "GET", "url": "/api/v1/me", "headers": JSON}


def call_of(request: dict[str, Any], *, user_client: bool = False, **changes: Any) -> Call:
    options = {"timeout": 60.0, "deadline": None, "max_retries": 0, **changes}
    made = Options(**options, max_body_bytes=1, max_event_bytes=1)
    call = Call(get_current_user.OPERATION, cast("RequestKwargs", request), made)
    call.uses_user_client = user_client  # its hooks may read the body, so httpx encodes it
    return call


def built(request: dict[str, Any], **options: Any) -> httpx.Request:
    return build_request(SERVER, call_of(request, **options), hide)


@pytest.mark.parametrize("method", ["GET", "POST", "put", "PATCH", "DELETE"])
@pytest.mark.parametrize("headers", [JSON, {}, {"Accept": "text/plain", "X-Token": "secret"}])
@pytest.mark.parametrize("extra", [None, {"x-token": "another", "X-Team": "letters"}])
@pytest.mark.parametrize("content", [..., b"", b"prompt", None, "caf\u00e9"])
def test_a_request_is_the_one_that_httpx_would_make(method, headers, extra, content):
    body = {} if content is ... else {"content": content}
    request = {"method": method, "url": "/api/v1/me", "headers": headers, **body}
    ours = built(request, headers=extra)
    theirs = built(request, headers=extra, user_client=True)
    assert (ours.method, ours.url) == (theirs.method, theirs.url)
    assert sorted(ours.headers.raw) == sorted(theirs.headers.raw)
    expected = httpx.Headers({**httpx.Headers(extra), **httpx.Headers(headers)})
    assert {name: ours.headers[name] for name in expected} == dict(expected)
    assert ours.read() == theirs.read()


def test_a_secret_in_one_request_is_not_in_the_next_nor_cached():
    built(REQUEST).headers["Cookie"] = "session=secret"
    assert "Cookie" not in built(REQUEST).headers
    _constant_headers.cache_clear()
    built({**REQUEST, "headers": {**JSON, "X-Token": "secret"}})
    built(REQUEST, headers={"X-Token": "secret"})
    assert _constant_headers.cache_info().currsize == 0


@pytest.mark.parametrize(
    ("timeout", "left", "expected"),  # to connect, read, write, and for the pool
    [
        (60, 100.0, (5, 60, 60, 60)),
        (60, 60.0, (5, 60, 60, 60)),
        (60, 30.0, (5, 30, 30, 30)),
        (60, -1.0, (0.001, 0.001, 0.001, 0.001)),
        (None, 10.0, (10, 10, 10, 10)),
        (httpx.Timeout(7, connect=None, read=1), 3.0, (3, 1, 3, 3)),
        (httpx.Timeout(60, pool=1), 30.0, (30, 30, 30, 1)),
    ],
)
@pytest.mark.parametrize("user_client", [False, True])
def test_a_wait_ends_with_the_call_and_a_user_s_pool_s_earlier(
    timeout, left, expected, user_client
):
    call = call_of(REQUEST, timeout=timeout, user_client=user_client)
    call.deadline = cast("Any", SimpleNamespace(left=lambda: left))
    found = waits(call)
    *others, pool = expected
    if user_client and pool == max(left, 0.001) and left < 60:
        pool *= 0.98  # so that its error comes before the try is over
    assert found == dict(zip(("connect", "read", "write", "pool"), (*others, pool), strict=True))
