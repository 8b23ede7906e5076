"""What leaves goes to the server that was named, and as HTTP allows."""

import traceback
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from liminal.auth import AuthProvider, SessionId, Token
from liminal.errors import APIConnectionError, APIStatusError, AuthError, LiminalError
from liminal_api.api.thread import get_thread
from liminal_api.encode import in_path
from liminal_api.errors import InvalidParameter
from liminal_api.types import RequestKwargs
from tests.support.libraries import Theirs, over_own_and_theirs

from . import steps
from .operations import OPERATIONS
from .server import FaultServer
from .variants import Variant

# ---- redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@over_own_and_theirs
def test_a_redirect_is_not_followed(sdk: Variant, status: int, theirs: Any) -> None:
    with FaultServer() as elsewhere:
        redirect = steps.status(status, headers=[("Location", f"{elsewhere.url}/stolen")])
        their = Theirs(sdk, theirs, follow_redirects=True)
        with FaultServer(redirect) as server:
            client = sdk.client(server.url, httpx_client=their.client)
            with pytest.raises(APIStatusError, match="redirects are not followed") as caught:
                sdk.run(OPERATIONS["analyze_prompt"](client))
            assert caught.value.status_code == status
            assert len(server.calls) == 1
        assert not elsewhere.accepted
        their.close()


def test_the_redirect_of_a_login_is_not_followed(sdk: Variant) -> None:
    with FaultServer() as elsewhere:
        redirect = steps.status(307, headers=[("Location", f"{elsewhere.url}/login")])
        with FaultServer(logins=[redirect]) as server:
            client = sdk.client(server.url)
            with pytest.raises(APIStatusError):
                sdk.run(OPERATIONS["analyze_prompt"](client))
        assert not elsewhere.accepted


# ---- headers

UNSENDABLE = ["a\r\nX-Evil: 1", "a\nb", "a\rb", "a\x00b", "caf\u00e9", "\ud800", "a\x7fb"]


@pytest.mark.parametrize("value", UNSENDABLE)
@pytest.mark.parametrize("kind", [Token, SessionId])
def test_a_secret_that_no_header_can_carry_is_refused_unechoed(kind: Any, value: str) -> None:
    secret = f"hunter2{value}"
    with pytest.raises(AuthError) as caught:
        kind(secret)
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))


class Giving(AuthProvider):
    """A provider that gives this as its token."""

    def __init__(self, token: str) -> None:
        self.token = token

    def get_access_token_sync(self) -> str:
        return self.token

    async def get_access_token(self) -> str:
        return self.token


@pytest.mark.parametrize("value", UNSENDABLE)
def test_a_providers_token_that_no_header_can_carry_is_not_sent(sdk: Variant, value: str) -> None:
    with FaultServer() as server:
        client = sdk.client(server.url, auth=Giving(f"hunter2{value}"))
        with pytest.raises(AuthError) as caught:
            sdk.run(OPERATIONS["analyze_prompt"](client))
        assert "hunter2" not in "".join(traceback.format_exception(caught.value))
        assert not server.requests


@pytest.mark.parametrize("value", UNSENDABLE[:-1])  # DEL is a control character that HTTP allows
def test_a_header_given_to_the_low_level_client_is_not_split(sdk: Variant, value: str) -> None:
    kwargs = get_thread.get_kwargs(7)
    kwargs["headers"]["X-Given"] = f"hunter2{value}"
    with FaultServer() as server:
        client = sdk.client(server.url)
        with pytest.raises(LiminalError, match="characters HTTP can't carry") as caught:
            sdk.run(lambda: low_level(sdk, client, kwargs))
        assert "hunter2" not in "".join(traceback.format_exception(caught.value))
        assert not server.calls


@pytest.mark.parametrize("name", ["Content-Length", "transfer-encoding", "HOST"])
def test_a_header_that_says_where_a_request_ends_or_goes_is_refused(
    sdk: Variant, name: str
) -> None:
    kwargs = get_thread.get_kwargs(7)
    kwargs["headers"][name] = "5"
    with FaultServer() as server:
        client = sdk.client(server.url)
        with pytest.raises(LiminalError, match="leave out its headers Host, Content-Length"):
            sdk.run(lambda: low_level(sdk, client, kwargs))
        assert not server.requests


@pytest.mark.parametrize("part", [{"headers": {"X": 5}}, {"headers": {b"X": "5"}}, {"url": 5}])
def test_a_request_of_wrong_types_is_refused(sdk: Variant, part: Any) -> None:
    kwargs: Any = get_thread.get_kwargs(7) | part
    with FaultServer() as server:
        client = sdk.client(server.url)
        with pytest.raises(LiminalError, match="of another type than") as caught:
            sdk.run(lambda: low_level(sdk, client, kwargs))
        assert caught.value.__context__ is None
        assert not server.requests


def low_level(sdk: Variant, client: Any, kwargs: RequestKwargs) -> Any:
    call = client.api.call if sdk.name == "blocking" else client.api.call_async
    return call(get_thread.OPERATION, kwargs)


@pytest.mark.parametrize("path", ["/a\x00b", "/a\nb", "/" + "a" * 70_000, "/\ud800"])
def test_a_path_given_to_the_low_level_client_is_a_path_or_refused(sdk: Variant, path: str) -> None:
    kwargs = get_thread.get_kwargs(7)
    kwargs["url"] = path
    with FaultServer() as server:
        client = sdk.client(server.url)
        with pytest.raises(LiminalError, match="characters HTTP can't carry"):
            sdk.run(lambda: low_level(sdk, client, kwargs))
        assert not server.calls


@pytest.mark.parametrize(
    "path",
    ["@127.0.0.1:{port}/x", ".evil.example/", ":{port}/", "{port}", "", "?a", "http://127.0.0.1/"],
)
def test_a_path_given_to_the_low_level_client_can_not_name_another_server(
    sdk: Variant, path: str
) -> None:
    kwargs = get_thread.get_kwargs(7)
    with FaultServer() as server, FaultServer() as elsewhere:
        client = sdk.client(server.url)
        sdk.run(OPERATIONS["list_threads"](client))  # leaves an idle connection
        kwargs["url"] = path.format(port=elsewhere.port)
        with pytest.raises(LiminalError, match="must be a path that begins with /"):
            sdk.run(lambda: low_level(sdk, client, kwargs))
        assert len(server.calls) == 1
        assert not elsewhere.accepted


@pytest.mark.parametrize(
    "path", ["//127.0.0.1:{port}/x", "/\\127.0.0.1:{port}/x", "/@127.0.0.1:{port}"]
)
def test_a_path_that_looks_like_another_server_goes_to_ours(sdk: Variant, path: str) -> None:
    kwargs = get_thread.get_kwargs(7)
    with FaultServer() as server, FaultServer() as elsewhere:
        client = sdk.client(server.url)
        kwargs["url"] = path.format(port=elsewhere.port)
        sdk.run(lambda: low_level(sdk, client, kwargs))
        assert len(server.calls) == 1
        assert not elsewhere.accepted


# ---- paths


@given(st.text())
@example(".")
@example("..")
@example("%2e%2E")
@example("a/../b")
@example("\\..\\")
@example("a?b#c")
@example("\r\n")
def test_a_path_parameter_is_one_segment_or_refused(text: str) -> None:
    try:
        segment = in_path("id", text)
    except InvalidParameter:
        return
    url = httpx.URL(f"https://api.example/before/{segment}/after")
    steps_of_path = url.raw_path.decode("ascii").split("/")
    assert steps_of_path == ["", "before", segment, "after"]
    assert segment.lower().replace("%2e", ".") not in {"", ".", ".."}
    assert url.host == "api.example"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(thread_id=st.one_of(st.integers(), st.text(), st.none(), st.floats(), st.booleans()))
def test_a_thread_is_asked_for_by_a_number_alone(sdk: Variant, thread_id: Any) -> None:
    client = sdk.client("http://127.0.0.1:1", max_retries=0)
    is_id = (
        isinstance(thread_id, int) and not isinstance(thread_id, bool) and thread_id in range(2**63)
    )
    expected = APIConnectionError if is_id else LiminalError
    with pytest.raises(expected) as caught:
        sdk.run(lambda: client.thread.get_by_id(thread_id))
    assert isinstance(caught.value, APIConnectionError) is is_id
