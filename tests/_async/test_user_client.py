"""A caller's own client: its pool and hooks are used, nothing else, and it stays as it was."""

from collections.abc import AsyncIterator

import httpx
import pytest

from liminal import Client, LiminalError
from liminal.auth import Token
from liminal.sandbox import Sandbox
from tests.support.libraries import over_both_libraries
from tests.support.tls import NO_TLS

from .waiting import settle, until

pytestmark = [pytest.mark.anyio, over_both_libraries]


def client_of(user_client: httpx.AsyncClient, sandbox: Sandbox) -> Client:
    return Client(sandbox.url, auth=Token(sandbox.token), httpx_client=user_client)


@pytest.fixture
async def user_client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(verify=NO_TLS, trust_env=False) as user_client:
        yield user_client


async def test_its_connections_are_used(user_client: httpx.AsyncClient, sandbox: Sandbox) -> None:
    client = client_of(user_client, sandbox)
    await client.thread.get_available()
    await user_client.get(sandbox.url)
    assert sandbox.connections == 1


async def test_two_clients_may_share_it(user_client: httpx.AsyncClient, sandbox: Sandbox) -> None:
    one, other = client_of(user_client, sandbox), client_of(user_client, sandbox)
    await one.thread.get_available()
    await other.thread.get_available()
    await one.close()
    assert await other.thread.get_available()
    assert (sandbox.connections, sandbox.logins) == (1, 2)
    assert one.session_id != other.session_id


async def test_it_is_left_open(user_client: httpx.AsyncClient, sandbox: Sandbox) -> None:
    async with client_of(user_client, sandbox) as client:
        await client.thread.get_available()
    assert not user_client.is_closed
    assert (await user_client.get(sandbox.url)).status_code == 404


async def test_a_call_after_our_close_says_so(
    user_client: httpx.AsyncClient, sandbox: Sandbox
) -> None:
    client = client_of(user_client, sandbox)
    await client.close()
    with pytest.raises(LiminalError, match="this client was closed"):
        await client.thread.get_available()


async def test_a_call_after_its_close_says_so(
    user_client: httpx.AsyncClient, sandbox: Sandbox
) -> None:
    client = client_of(user_client, sandbox)
    await client.thread.get_available()
    await user_client.aclose()
    with pytest.raises(LiminalError, match="the httpx_client is closed"):
        await client.thread.get_available()


async def test_the_other_variant_s_is_refused(sandbox: Sandbox) -> None:
    ours = httpx.AsyncClient
    (other,) = {getattr(httpx, name) for name in ("Client", "AsyncClient")} - {ours}
    reason = rf"must be an {httpx.__name__}\.{ours.__name__} here, not an .*\.{other.__name__}"
    with pytest.raises(LiminalError, match=reason):
        Client(sandbox.url, httpx_client=other(verify=NO_TLS, trust_env=False))


async def test_what_is_no_httpx_client_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(LiminalError, match=r"httpx_client must be an httpx\."):
        Client(sandbox.url, httpx_client=object())  # type: ignore[arg-type]


# ---- what of it is not used


async def test_nothing_of_its_own_settings_is_sent(sandbox: Sandbox) -> None:
    async with httpx.AsyncClient(
        headers={"x-own": "1", "user-agent": "own", "accept": "own/own"},
        params={"own": "1"},
        cookies={"own": "1", "session": "stolen"},
        auth=("own", "1"),
        base_url="http://127.0.0.1:9/own",
        verify=NO_TLS,
        trust_env=False,
    ) as user_client:
        await client_of(user_client, sandbox).prompt.analyze(1, "hello")
    for request in sandbox.requests:
        assert "own" not in request.query
        assert "x-own" not in request.headers
        assert "authorization" not in request.headers
        assert request.headers["user-agent"].startswith("liminal-sdk-python/")
        assert request.headers["accept"] != "own/own"
        assert "own" not in request.headers.get("cookie", "")
        assert "stolen" not in request.headers.get("cookie", "")
    assert len(sandbox.requests) == 2


async def test_its_timeout_is_not_ours(sandbox: Sandbox) -> None:
    sandbox.answer_delay = 0.05
    async with httpx.AsyncClient(timeout=0.001, verify=NO_TLS, trust_env=False) as user_client:
        assert await client_of(user_client, sandbox).thread.get_available()


async def test_its_redirects_are_not_followed(sandbox: Sandbox) -> None:
    sandbox.fail_next(307, path="/api/v1/threads", headers={"Location": "/api/v1/users/me"})
    async with httpx.AsyncClient(
        follow_redirects=True, verify=NO_TLS, trust_env=False
    ) as user_client:
        with pytest.raises(LiminalError, match="redirects are not followed"):
            await client_of(user_client, sandbox).thread.get_available()


async def test_it_is_not_changed(sandbox: Sandbox) -> None:
    async with httpx.AsyncClient(
        headers={"x-own": "1"},
        params={"own": "1"},
        cookies={"own": "1"},
        auth=("own", "1"),
        timeout=7,
        verify=NO_TLS,
        trust_env=False,
    ) as user_client:
        before = (
            dict(user_client.headers),
            user_client.params,
            dict(user_client.cookies),
            user_client.auth,
            user_client.timeout,
        )
        hooks = {name: list(found) for name, found in user_client.event_hooks.items()}
        await client_of(user_client, sandbox).prompt.stream(1, "hello").text()
        assert before == (
            dict(user_client.headers),
            user_client.params,
            dict(user_client.cookies),
            user_client.auth,
            user_client.timeout,
        )
        assert user_client.event_hooks == hooks


async def test_it_is_left_without_our_cookie(
    user_client: httpx.AsyncClient, sandbox: Sandbox
) -> None:
    await client_of(user_client, sandbox).thread.get_available()
    await user_client.get(sandbox.url)
    assert "cookie" not in sandbox.requests[-1].headers
    assert dict(user_client.cookies) == {}


# ---- its hooks


async def test_its_hooks_see_each_request_and_answer(sandbox: Sandbox) -> None:
    seen: list[str | int] = []

    async def on_request(request: httpx.Request) -> None:
        seen.append(request.url.path)

    async def on_response(response: httpx.Response) -> None:
        seen.append(response.status_code)

    async with httpx.AsyncClient(
        event_hooks={"request": [on_request], "response": [on_response]},
        verify=NO_TLS,
        trust_env=False,
    ) as user_client:
        await client_of(user_client, sandbox).thread.get_available()
    assert seen == ["/api/v1/auth/test-automation/login", 200, "/api/v1/threads", 200]


async def test_a_hook_may_read_the_answer(sandbox: Sandbox) -> None:
    seen: list[bytes] = []

    async def on_response(response: httpx.Response) -> None:
        seen.append(await response.aread())

    async with httpx.AsyncClient(
        event_hooks={"request": [], "response": [on_response]}, verify=NO_TLS, trust_env=False
    ) as user_client:
        client = client_of(user_client, sandbox)
        assert await client.thread.get_available()
        sandbox.expire_sessions()
        assert await client.thread.get_available()
        assert (await client.prompt.stream(1, "hello").text()).startswith("Thank you.")
        assert sandbox.connections == 1
    assert len(seen) == len(sandbox.requests)
    await settle()


async def test_a_hook_may_read_the_answer_of_a_failure(sandbox: Sandbox) -> None:
    async def on_response(response: httpx.Response) -> None:
        await response.aread()

    sandbox.fail_next(404, path="/api/v1/threads", body={"message": "gone"})
    async with httpx.AsyncClient(
        event_hooks={"request": [], "response": [on_response]}, verify=NO_TLS, trust_env=False
    ) as user_client:
        with pytest.raises(LiminalError, match="404") as caught:
            await client_of(user_client, sandbox).thread.get_available()
    assert getattr(caught.value, "body", None) == b'{"message":"gone"}'


async def test_what_a_hook_raises_comes_through_and_leaves_no_connection_behind(
    sandbox: Sandbox,
) -> None:
    async def on_response(response: httpx.Response) -> None:
        raise ZeroDivisionError

    async with httpx.AsyncClient(
        event_hooks={"request": [], "response": [on_response]}, verify=NO_TLS, trust_env=False
    ) as user_client:
        with pytest.raises(ZeroDivisionError):
            await client_of(user_client, sandbox).thread.get_available()
        await until(lambda: sandbox.connections == 0)


async def test_a_hook_that_takes_the_bytes_away_is_told_how_to_read(sandbox: Sandbox) -> None:
    async def on_response(response: httpx.Response) -> None:
        assert [part async for part in response.aiter_raw()]

    async with httpx.AsyncClient(
        event_hooks={"request": [], "response": [on_response]}, verify=NO_TLS, trust_env=False
    ) as user_client:
        with pytest.raises(LiminalError, match=r"must read them with read\(\) or aread\(\)"):
            await client_of(user_client, sandbox).thread.get_available()


async def test_a_runtime_error_of_a_hook_comes_through(sandbox: Sandbox) -> None:
    async def on_request(request: httpx.Request) -> None:
        raise RuntimeError("of the hook's own")

    async with httpx.AsyncClient(
        event_hooks={"request": [on_request]}, verify=NO_TLS, trust_env=False
    ) as user_client:
        with pytest.raises(RuntimeError, match="of the hook's own"):
            await client_of(user_client, sandbox).thread.get_available()


async def test_a_client_that_is_closed_on_the_way_says_so(sandbox: Sandbox) -> None:
    async def on_request(request: httpx.Request) -> None:
        await user_client.aclose()
        raise RuntimeError("cannot send a request, as the client has been closed")

    async with httpx.AsyncClient(
        event_hooks={"request": [on_request]}, verify=NO_TLS, trust_env=False
    ) as user_client:
        with pytest.raises(LiminalError, match="closed"):
            await client_of(user_client, sandbox).thread.get_available()


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


async def test_what_its_transport_raises_when_a_stream_is_closed_is_no_matter() -> None:
    transport = httpx.MockTransport(answer_unclosably)
    async with httpx.AsyncClient(transport=transport) as user_client:
        client = Client("http://127.0.0.1:9", auth=Token("a-token"), httpx_client=user_client)
        assert await client.prompt.stream(1, "hello").text() == "Dear Ada"
        async with client.prompt.stream(1, "hello") as stream:
            async for _ in stream:
                break
        async for _ in client.prompt.stream(1, "hello"):
            break
        await settle()


# ---- its pool


async def test_a_pool_of_one_connection_is_enough(sandbox: Sandbox) -> None:
    limits = httpx.Limits(max_connections=1)
    async with httpx.AsyncClient(limits=limits, verify=NO_TLS, trust_env=False) as user_client:
        client = client_of(user_client, sandbox)
        await client.thread.get_available()
        sandbox.expire_sessions()
        assert await client.thread.get_available()
        assert await client.prompt.stream(1, "hello").text()
        assert await client.prompt.stream(1, "hello").text()


async def test_a_stream_gives_its_connection_back(
    user_client: httpx.AsyncClient, sandbox: Sandbox
) -> None:
    client = client_of(user_client, sandbox)
    for _ in range(3):
        assert await client.prompt.stream(1, "hello").text()
    assert await client.thread.get_available()
    assert sandbox.connections == 1
