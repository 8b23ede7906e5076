"""A caller's own client: its pool and hooks are used, nothing else, and it stays as it was."""

import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest

from liminal import Client, LiminalError, StreamInterruptedError
from liminal.auth import SessionId, Token
from liminal.sandbox import Sandbox
from tests.support.libraries import over_both_libraries
from tests.support.tls import NO_TLS

from .waiting import settle

pytestmark = over_both_libraries

Make = Callable[..., Awaitable[httpx.AsyncClient]]
THREADS = "/api/v1/threads"


def client_of(user_client: httpx.AsyncClient, sandbox: Sandbox) -> Client:
    return Client(sandbox.url, auth=Token(sandbox.token), httpx_client=user_client)


@pytest.fixture
async def make() -> AsyncIterator[Make]:
    """Make a caller's clients, of a class of the caller's; they are closed at the end."""
    async with AsyncExitStack() as stack:

        class Own(httpx.AsyncClient):
            """Serves as its base does."""

        async def make(**options: Any) -> httpx.AsyncClient:
            made = Own(**{"verify": NO_TLS, "trust_env": False, **options})
            return await stack.enter_async_context(made)

        yield make


@pytest.fixture
async def user_client(make: Make) -> httpx.AsyncClient:
    return await make()


async def test_several_clients_can_share_a_user_s_client_until_it_is_closed(user_client, sandbox):
    one, other = client_of(user_client, sandbox), client_of(user_client, sandbox)
    await one.thread.get_available()
    await other.thread.get_available()
    await one.close()
    assert not user_client.is_closed
    assert await other.thread.get_available()
    assert (sandbox.connections, sandbox.logins) == (1, 2)
    assert one.session_id != other.session_id
    await user_client.aclose()
    with pytest.raises(LiminalError, match="the httpx_client is closed"):
        await other.thread.get_available()


async def test_only_a_client_of_the_right_variant_is_accepted(sandbox):
    ours = httpx.AsyncClient
    (other,) = {getattr(httpx, name) for name in ("Client", "AsyncClient")} - {ours}
    reason = rf"must be an {httpx.__name__}\.{ours.__name__} here, not an .*\.{other.__name__}"
    with pytest.raises(LiminalError, match=reason):
        Client(sandbox.url, httpx_client=other(verify=NO_TLS, trust_env=False))
    with pytest.raises(LiminalError, match=r"httpx_client must be an httpx\."):
        Client(sandbox.url, httpx_client=object())


# ---- what of it is not used


async def test_no_setting_of_a_user_s_client_is_used_or_changed(make, sandbox):
    sandbox.answer_delay = 0.05
    user_client = await make(
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
    await client_of(user_client, sandbox).prompt.stream(1, "hello").text()
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


async def test_hooks_see_each_request_and_may_read_each_answer(make, sandbox):
    seen: list[str | int | bytes] = []

    async def on_request(request: httpx.Request) -> None:
        seen.append(request.url.path)

    async def on_response(response: httpx.Response) -> None:
        seen.extend((response.status_code, await response.aread()))

    hooks = {"request": [on_request], "response": [on_response]}
    client = client_of(await make(event_hooks=hooks), sandbox)
    for body in (gzip.compress(b'{"data": []}'), b'{"data": []}'):
        coding = "gzip" if body.startswith(b"\x1f") else "identity"
        sandbox.fail_next(200, path=THREADS, headers={"Content-Encoding": coding}, body=body)
        assert await client.thread.get_available() == []
    assert seen[::3] == ["/api/v1/auth/test-automation/login", THREADS, THREADS]
    assert seen[1::3] == [200] * 3
    assert seen[5::3] == [b'{"data": []}'] * 2

    sandbox.expire_sessions()
    assert (await client.prompt.stream(1, "hello").text()).startswith("Thank you.")
    sandbox.fail_next(404, path=THREADS, body={"message": "gone"})
    with pytest.raises(LiminalError, match="404") as caught:
        await client.thread.get_available()
    assert getattr(caught.value, "body", None) == b'{"message":"gone"}'
    assert sandbox.connections == 1
    assert len(seen) == 3 * len(sandbox.requests)
    await settle()


async def take_away(response: httpx.Response) -> None:
    assert [part async for part in response.aiter_raw()]


async def fail(_: object) -> None:
    raise RuntimeError("of the hook's own")


@pytest.mark.parametrize(
    ("hooks", "error", "reason"),
    [
        ({"response": [fail]}, RuntimeError, "of the hook's own"),
        ({"request": [fail]}, RuntimeError, "of the hook's own"),
        ({"response": [take_away]}, LiminalError, r"must read it with read\(\) or aread\(\)"),
    ],
)
async def test_an_error_of_a_hook_frees_the_connection(make, sandbox, hooks, error, reason):
    user_client = await make(event_hooks=hooks, limits=httpx.Limits(max_connections=1))
    client = client_of(user_client, sandbox)
    with pytest.raises(error, match=reason):
        await client.thread.get_available()
    user_client.event_hooks = {}
    assert await client.thread.get_available()
    assert sandbox.connections == 1


async def test_a_user_s_client_closed_during_a_call_is_an_error(make, sandbox):
    async def on_request(request: httpx.Request) -> None:
        await made.aclose()
        raise RuntimeError("cannot send a request, as the client has been closed")

    made = await make(event_hooks={"request": [on_request]})
    with pytest.raises(LiminalError, match="closed"):
        await client_of(made, sandbox).thread.get_available()


# ---- its transport


def answer_unclosably(request: httpx.Request) -> httpx.Response:
    class Unclosable(httpx.AsyncByteStream):
        """A body of somebody's own transport, which fails to close."""

        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield b'{"content": "Dear ", "finishReason": null}\n'
            yield b'{"content": "Ada", "finishReason": "stop"}\n'
            raise ZeroDivisionError

        async def aclose(self) -> None:
            raise ZeroDivisionError

    if request.url.path == "/api/v1/prompts/submit":
        return httpx.Response(200, stream=Unclosable())
    return httpx.Response(200, headers={"Set-Cookie": "session=s1"})


async def test_an_error_of_a_transport_s_close_is_ignored(make):
    user_client = await make(transport=httpx.MockTransport(answer_unclosably))
    client = Client("http://127.0.0.1:9", auth=Token("a-token"), httpx_client=user_client)
    assert await client.prompt.stream(1, "hello").text() == "Dear Ada"
    async with client.prompt.stream(1, "hello") as stream:
        async for _ in stream:
            break
    async for _ in client.prompt.stream(1, "hello"):
        break
    await settle()


@pytest.mark.parametrize(
    ("problem", "error", "says"),
    [
        ("Event loop is closed", StreamInterruptedError, "the event loop was closed"),
        ("of the transport's own", RuntimeError, "of the transport's own"),
    ],
)
async def test_of_what_its_transport_raises_in_a_stream_only_the_loop_s_end_is_ours(
    make, problem, error, says
):
    class Failing(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield b'{"content": "Dear ", "finishReason": null}\n'
            raise RuntimeError(problem)

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"Set-Cookie": "session=s1"}, stream=Failing())

    user_client = await make(transport=httpx.MockTransport(answer))
    client = Client("http://127.0.0.1:9", auth=SessionId("s1"), httpx_client=user_client)
    with pytest.raises(error, match=says):
        await client.prompt.stream(1, "hello").text()
