# Derived from tests/_async/test_user_client.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""A caller's own client: its pool and hooks are used, nothing else, and it stays as it was."""

import gzip
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from liminal import LiminalError, StreamInterruptedError, SyncClient
from liminal.auth import SessionId, Token
from liminal.sandbox import Sandbox
from tests.support.libraries import over_both_libraries
from tests.support.tls import NO_TLS

from .waiting import settle

pytestmark = over_both_libraries

Make = Callable[..., httpx.Client]
THREADS = "/api/v1/threads"


def client_of(user_client: httpx.Client, sandbox: Sandbox) -> SyncClient:
    return SyncClient(sandbox.url, auth=Token(sandbox.token), httpx_client=user_client)


@pytest.fixture
def make() -> Iterator[Make]:
    """Make a caller's clients, of a class of the caller's; they are closed at the end."""
    with ExitStack() as stack:

        class Own(httpx.Client):
            """Serves as its base does."""

        def make(**options: Any) -> httpx.Client:
            made = Own(**{"verify": NO_TLS, "trust_env": False, **options})
            return stack.enter_context(made)

        yield make


@pytest.fixture
def user_client(make: Make) -> httpx.Client:
    return make()


def test_several_clients_can_share_a_user_s_client_until_it_is_closed(user_client, sandbox):
    one, other = client_of(user_client, sandbox), client_of(user_client, sandbox)
    one.thread.get_available()
    other.thread.get_available()
    one.close()
    assert not user_client.is_closed
    assert other.thread.get_available()
    assert (sandbox.connections, sandbox.logins) == (1, 2)
    assert one.session_id != other.session_id
    user_client.close()
    with pytest.raises(LiminalError, match="the httpx_client is closed"):
        other.thread.get_available()


def test_only_a_client_of_the_right_variant_is_accepted(sandbox):
    ours = httpx.Client
    (other,) = {getattr(httpx, name) for name in ("Client", "AsyncClient")} - {ours}
    reason = rf"must be an {httpx.__name__}\.{ours.__name__} here, not an .*\.{other.__name__}"
    with pytest.raises(LiminalError, match=reason):
        SyncClient(sandbox.url, httpx_client=other(verify=NO_TLS, trust_env=False))
    with pytest.raises(LiminalError, match=r"httpx_client must be an httpx\."):
        SyncClient(sandbox.url, httpx_client=object())


# ---- what of it is not used


def test_no_setting_of_a_user_s_client_is_used_or_changed(make, sandbox):
    sandbox.answer_delay = 0.05
    user_client = make(
        headers={"x-own": "1", "user-agent": "own", "accept": "own/own"},
        params={"own": "1"},
        cookies={"own": "1", "session": "stolen"},
        auth=("own", "1"),
        base_url="http://127.0.0.1:9/own",
        timeout=0.001,
    )

    def settings() -> list[Any]:
        found = [dict(user_client.headers), user_client.params, dict(user_client.cookies)]
        hooks = {name: list(hooks) for name, hooks in user_client.event_hooks.items()}
        return [*found, user_client.auth, user_client.base_url, user_client.timeout, hooks]

    before = settings()
    client_of(user_client, sandbox).prompt.stream(1, "hello").text()
    assert settings() == before
    assert len(sandbox.requests) == 2
    for request in sandbox.requests:
        headers = request.headers
        assert "own" not in request.query
        assert not {"x-own", "authorization"} & set(headers)
        assert headers["user-agent"].startswith("liminal-sdk-python/")
        assert headers["accept"] != "own/own"
        assert not any(word in headers.get("cookie", "") for word in ("own", "stolen"))


# ---- its hooks


def test_hooks_see_each_request_and_may_read_each_answer(make, sandbox):
    seen: list[str | int | bytes] = []

    def on_request(request: httpx.Request) -> None:
        seen.append(request.url.path)

    def on_response(response: httpx.Response) -> None:
        seen.extend((response.status_code, response.read()))

    hooks = {"request": [on_request], "response": [on_response]}
    client = client_of(make(event_hooks=hooks), sandbox)
    for body in (gzip.compress(b'{"data": []}'), b'{"data": []}'):
        coding = "gzip" if body.startswith(b"\x1f") else "identity"
        sandbox.fail_next(200, path=THREADS, headers={"Content-Encoding": coding}, body=body)
        assert client.thread.get_available() == []
    assert seen[::3] == ["/api/v1/auth/test-automation/login", THREADS, THREADS]
    assert seen[1::3] == [200] * 3
    assert seen[5::3] == [b'{"data": []}'] * 2

    sandbox.expire_sessions()
    assert client.prompt.stream(1, "hello").text().startswith("Thank you.")
    sandbox.fail_next(404, path=THREADS, body={"message": "gone"})
    with pytest.raises(LiminalError, match="404") as caught:
        client.thread.get_available()
    assert getattr(caught.value, "body", None) == b'{"message":"gone"}'
    assert sandbox.connections == 1
    assert len(seen) == 3 * len(sandbox.requests)
    settle()


def take_away(response: httpx.Response) -> None:
    assert [part for part in response.iter_raw()]


def fail(_: object) -> None:
    raise RuntimeError("of the hook's own")


@pytest.mark.parametrize(
    ("hooks", "error", "reason"),
    [
        ({"response": [fail]}, RuntimeError, "of the hook's own"),
        ({"request": [fail]}, RuntimeError, "of the hook's own"),
        ({"response": [take_away]}, LiminalError, r"must read it with read\(\) or aread\(\)"),
    ],
)
def test_an_error_of_a_hook_frees_the_connection(make, sandbox, hooks, error, reason):
    user_client = make(event_hooks=hooks, limits=httpx.Limits(max_connections=1))
    client = client_of(user_client, sandbox)
    with pytest.raises(error, match=reason):
        client.thread.get_available()
    user_client.event_hooks = {}
    assert client.thread.get_available()
    assert sandbox.connections == 1


def test_a_user_s_client_closed_during_a_call_is_an_error(make, sandbox):
    def on_request(request: httpx.Request) -> None:
        made.close()
        raise RuntimeError("cannot send a request, as the client has been closed")

    made = make(event_hooks={"request": [on_request]})
    with pytest.raises(LiminalError, match="closed"):
        client_of(made, sandbox).thread.get_available()


# ---- its transport


def answer_unclosably(request: httpx.Request) -> httpx.Response:
    class Unclosable(httpx.SyncByteStream):
        """A body of somebody's own transport, which fails to close."""

        def __iter__(self) -> Iterator[bytes]:
            yield b'{"content": "Dear ", "finishReason": null}\n'
            yield b'{"content": "Ada", "finishReason": "stop"}\n'
            raise ZeroDivisionError

        def close(self) -> None:
            raise ZeroDivisionError

    if request.url.path == "/api/v1/prompts/submit":
        return httpx.Response(200, stream=Unclosable())
    return httpx.Response(200, headers={"Set-Cookie": "session=s1"})


def test_an_error_of_a_transport_s_close_is_ignored(make):
    user_client = make(transport=httpx.MockTransport(answer_unclosably))
    client = SyncClient("http://127.0.0.1:9", auth=Token("a-token"), httpx_client=user_client)
    assert client.prompt.stream(1, "hello").text() == "Dear Ada"
    with client.prompt.stream(1, "hello") as stream:
        for _ in stream:
            break
    for _ in client.prompt.stream(1, "hello"):
        break
    settle()


@pytest.mark.parametrize(
    ("problem", "error", "says"),
    [
        ("Event loop is closed", StreamInterruptedError, "the event loop was closed"),
        ("of the transport's own", RuntimeError, "of the transport's own"),
    ],
)
def test_of_what_its_transport_raises_in_a_stream_only_the_loop_s_end_is_ours(
    make, problem, error, says
):
    class Failing(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            yield b'{"content": "Dear ", "finishReason": null}\n'
            raise RuntimeError(problem)

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"Set-Cookie": "session=s1"}, stream=Failing())

    user_client = make(transport=httpx.MockTransport(answer))
    client = SyncClient("http://127.0.0.1:9", auth=SessionId("s1"), httpx_client=user_client)
    with pytest.raises(error, match=says):
        client.prompt.stream(1, "hello").text()
