"""Requests go to the given server alone and are valid HTTP; each gets its own answer."""

import io
import traceback
from typing import Any

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from liminal.auth import SessionId, Token
from liminal.errors import APIStatusError, AuthError, LiminalError
from liminal_api.api.llm import list_model_instances
from liminal_api.api.thread import get_thread
from liminal_api.encode import in_path
from liminal_api.errors import InvalidParameter
from tests.support.libraries import over_own_and_theirs
from tests.support.providers import GivenToken

from . import steps
from .operations import OPERATIONS
from .server import Exchange, FaultServer, answer, good
from .variants import Variant


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@over_own_and_theirs
def test_no_redirect_of_a_call_or_a_login_is_followed(sdk, status, theirs):
    with FaultServer() as elsewhere:
        redirect = steps.status(status, headers=[("Location", f"{elsewhere.url}/stolen")])
        for server in (FaultServer(redirect), FaultServer(logins=[redirect])):
            with server:
                user_client = sdk.user_client(theirs, follow_redirects=True)
                client = sdk.client(server.url, httpx_client=user_client)
                with pytest.raises(APIStatusError, match="redirects are not followed") as caught:
                    sdk.run(OPERATIONS["analyze_prompt"](client))
                assert caught.value.status_code == status
                assert len(server.requests) == len(server.calls) + 1 <= 2
        assert not elsewhere.accepted


# ---- answers


def test_an_answer_that_follows_another_unasked_is_dropped_with_its_connection(sdk):
    """It arrives together with another call's; the next call on that connection would read it."""

    def two(exchange):
        instead = {"data": {"text": "of another", "items": []}}
        exchange.send(answer(200, exchange.whole()) + answer(200, instead))

    with FaultServer(two, good) as server:
        client = sdk.client(server.url)
        assert sdk.run(OPERATIONS["hydrate_prompt"](client)).text == "Dear Ada Lovelace"
        assert sdk.run(OPERATIONS["hydrate_prompt"](client)).text == "Dear Ada Lovelace"
        assert [call.connection for call in server.calls] == [0, 1]


# ---- headers

UNSENDABLE = ["a\r\nX-Evil: 1", "a\nb", "a\rb", "a\x00b", "caf\u00e9", "\ud800", "a\x7fb"]


@pytest.mark.parametrize("value", UNSENDABLE)
@pytest.mark.parametrize("kind", [Token, SessionId, GivenToken])
def test_a_secret_that_no_header_can_carry_is_refused_without_quoting_it(sdk, kind, value):
    secret = f"hunter2{value}"
    with FaultServer() as server:
        with pytest.raises(AuthError) as caught:
            sdk.run(OPERATIONS["analyze_prompt"](sdk.client(server.url, auth=kind(secret))))
        assert "hunter2" not in "".join(traceback.format_exception(caught.value))
        assert not server.requests


# ---- what is given to the low-level client


def get_thread_with(sdk: Variant, client: Any, port: int, change: dict[str, Any]) -> None:
    kwargs: Any = get_thread.get_kwargs(7)
    kwargs["headers"] |= change.get("headers", {})
    kwargs |= {name: change[name] for name in change if name in ("content", "data")}
    if "url" in change:
        url = change["url"]
        kwargs["url"] = url.format(port=port) if isinstance(url, str) else url
    call = client.api.call if sdk.name == "blocking" else client.api.call_async
    sdk.run(lambda: call(get_thread.OPERATION, kwargs))


REFUSED: dict[str, list[dict[str, Any]]] = {
    "characters that HTTP doesn't allow": [
        # DEL is a control character that HTTP allows.
        *({"headers": {"X-Given": f"hunter2{value}"}} for value in UNSENDABLE[:-1]),
        *({"url": path} for path in ("/a\x00b", "/a\nb", "/" + "a" * 70_000, "/\ud800")),
    ],
    "leave out its headers Host, Content-Length": [
        {"headers": {name: "5"}} for name in ("Content-Length", "transfer-encoding", "HOST")
    ],
    "of another type than": [
        *({"headers": {"X": 5}}, {"headers": {b"X": "5"}}, {"url": 5}),
        *({"content": content} for content in (bytearray(b"x"), iter([b"x"]), io.BytesIO(b"x"))),
        *({"data": data} for data in (b"x", iter([b"x"]), [1])),
    ],
    "must be a path that begins with /": [
        *({"url": path} for path in ("@127.0.0.1:{port}/x", ".evil.example/", ":{port}/")),
        *({"url": path} for path in ("{port}", "", "?a", "http://127.0.0.1/")),
    ],
}


@pytest.mark.parametrize(
    ("change", "reason"), [(change, reason) for reason in REFUSED for change in REFUSED[reason]]
)
@pytest.mark.parametrize("has_connection", [False, True])
def test_a_request_that_can_not_go_to_this_server_is_refused_without_quoting_it(
    sdk, change, reason, has_connection
):
    with FaultServer() as server, FaultServer() as elsewhere:
        client = sdk.client(server.url, auth=SessionId("a-session"))
        if has_connection:
            sdk.run(OPERATIONS["list_threads"](client))
        with pytest.raises(LiminalError, match=reason) as caught:
            get_thread_with(sdk, client, elsewhere.port, change)
        assert "hunter2" not in "".join(traceback.format_exception(caught.value))
        assert caught.value.__context__ is None
        assert len(server.requests) == has_connection
        assert not elsewhere.accepted


@pytest.mark.parametrize(
    "path", ["//127.0.0.1:{port}/x", "/\\127.0.0.1:{port}/x", "/@127.0.0.1:{port}"]
)
def test_a_path_that_looks_like_another_server_goes_to_ours(sdk, path):
    with FaultServer() as server, FaultServer() as elsewhere:
        get_thread_with(sdk, sdk.client(server.url), elsewhere.port, {"url": path})
        assert len(server.calls) == 1
        assert not elsewhere.accepted


# ---- paths


PREFIX = "/company/liminal"


def log_in_there(exchange: Exchange) -> None:
    """Set a session for the gateway's path, after one that is for another path."""
    cookies = (f"session={value}; Path={path}/" for value, path in (("x", "/x"), ("s1", PREFIX)))
    exchange.answer(200, {}, [("Set-Cookie", cookie) for cookie in cookies])


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("auth", [Token("t"), GivenToken("t"), SessionId("s1")])
def test_every_call_and_login_goes_through_a_gateway_on_its_path(sdk, slash, auth):
    plan = [*[good] * 3, steps.status(401), good]
    if isinstance(auth, SessionId):  # which nobody can renew
        plan = [good]
    with FaultServer(*plan, logins=[log_in_there]) as server:
        client = sdk.client(f"{server.url}{PREFIX}{slash}", auth=auth)
        for operation in OPERATIONS.values():
            assert sdk.run(operation(client)) is not None
        blocking = sdk.name == "blocking"
        low_level: Any = list_model_instances.sync if blocking else list_model_instances.asyncio
        assert sdk.run(lambda: low_level(client=client.api)).data
        assert {call.session for call in server.calls} == {"s1"}
        renewals = int(plan != [good])
        assert len(server.calls) == len(OPERATIONS) + 1 + renewals
        assert len(server.logins) == 2 * renewals
        assert all(request.path.startswith(f"{PREFIX}/api/v1/") for request in server.requests)


@given(st.text())
@example(".")
@example("..")
@example("%2e%2E")
@example("a/../b")
@example("\\..\\")
@example("a?b#c")
@example("\r\n")
def test_a_path_parameter_is_one_segment_or_refused(text):
    try:
        segment = in_path("id", text)
    except InvalidParameter:
        return
    url = httpx.URL(f"https://api.example/before/{segment}/after")
    assert url.raw_path.decode("ascii").split("/") == ["", "before", segment, "after"]
    assert segment.lower().replace("%2e", ".") not in {"", ".", ".."}
    assert url.host == "api.example"
