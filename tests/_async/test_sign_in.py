"""The ways in: what each sends, what a login may be answered, what a provider may do wrong."""

from typing import Any

import anyio
import pytest

from liminal import (
    APIStatusError,
    APITimeoutError,
    AuthError,
    Client,
    LiminalError,
    RateLimitError,
)
from liminal.auth import AuthProvider, SessionId
from tests.support.tasks import TaskGroup

from .session_service import ME, PROVIDER_LOGIN, THREADS, TOKEN_LOGIN, Service, answer
from .waiting import until

pytestmark = pytest.mark.anyio


@pytest.fixture
def service() -> Service:
    return Service()


class Provider(AuthProvider):
    """Gives the tokens that it was made with, one after another, and the last for ever."""

    def __init__(self, *tokens: Any) -> None:
        self.tokens = list(tokens)
        self.asked = 0
        self.takes = 0.0

    async def get_access_token(self) -> str:  # derive: async-only
        return await self._token()

    def get_access_token_sync(self) -> str:
        return self._token()  # type: ignore[return-value]  # awaited in the other variant

    async def _token(self) -> str:
        self.asked += 1
        await anyio.sleep(self.takes)
        token = self.tokens.pop(0) if len(self.tokens) > 1 else self.tokens[0]
        if isinstance(token, Exception):
            raise token
        return token  # type: ignore[no-any-return]


# What each way in sends


async def test_a_token_goes_into_its_header_at_the_login_alone(service: Service) -> None:
    await service.client().thread.get_available()
    assert service.paths == [TOKEN_LOGIN, THREADS]
    assert service.headers[0]["x-test-automation-api-key"] == "a-token"
    assert "x-test-automation-api-key" not in service.headers[1]


async def test_a_provider_s_token_goes_into_authorization_at_the_login_alone(
    service: Service,
) -> None:
    await service.client(Provider("provider-token")).thread.get_available()
    assert service.paths == [PROVIDER_LOGIN, THREADS]
    assert service.headers[0]["authorization"] == "Bearer provider-token"
    assert "authorization" not in service.headers[1]


async def test_a_session_id_is_the_session_from_the_first_call_on(service: Service) -> None:
    service.cookie()
    client = service.client(SessionId("s1"))
    assert client.session_id == "s1"
    await client.thread.get_available()
    assert service.requests == [(THREADS, "session=s1")]


async def test_a_provider_is_asked_anew_for_each_login(service: Service) -> None:
    provider = Provider("one", "two")
    client = service.client(provider)
    await client.thread.get_available()
    service.expire()
    await client.thread.get_available()
    sent = [headers.get("authorization") for headers in service.headers]
    assert [each for each in sent if each] == ["Bearer one", "Bearer two"]


async def test_a_provider_is_asked_once_for_all_who_wait(service: Service) -> None:
    provider = Provider("token")
    client = service.client(provider)
    async with TaskGroup() as tasks:
        calls = [tasks.start(client.thread.get_available) for _ in range(10)]
    assert [call.error for call in calls] == [None] * 10
    assert provider.asked == 1


async def test_each_way_in_opens_its_session_at_once(service: Service) -> None:
    service.cookie()
    lent = service.lent()
    for client, path in (
        (await Client.authenticate_from_token(service.url, "t", httpx_client=lent), TOKEN_LOGIN),
        (await Client.authenticate_from_session_id(service.url, "s1", httpx_client=lent), ME),
        (
            await Client.authenticate_from_auth_provider(
                service.url, Provider("t"), httpx_client=lent
            ),
            PROVIDER_LOGIN,
        ),
    ):
        assert path in service.paths
        assert client.session_id is not None
    assert service.count(THREADS) == 0


async def test_a_string_must_say_what_it_is(service: Service) -> None:
    with pytest.raises(LiminalError, match="must say what it is") as caught:
        service.client("secret-token")
    assert "secret" not in str(caught.value)


async def test_a_client_without_a_way_in_says_so_at_its_first_call(service: Service) -> None:
    client = Client(service.url, httpx_client=service.lent())
    with pytest.raises(AuthError, match="no way to sign in: give it auth="):
        await client.thread.get_available()
    assert service.paths == []


# What a login may be answered


@pytest.mark.parametrize("status", [401, 403])
async def test_a_login_that_is_refused_is_an_auth_error(service: Service, status: int) -> None:
    service.next_logins.append(answer(status, x_request_id="r-1"))
    with pytest.raises(AuthError, match=f"refused the login .{status}.") as caught:
        await service.client().thread.get_available()
    assert caught.value.status_code == status
    assert caught.value.request_id == "r-1"
    assert caught.value.operation == "login_with_environment_token"
    assert service.logins == 1


async def test_a_login_that_is_redirected_is_not_followed(service: Service) -> None:
    service.next_logins.append(answer(302, "session=s9", location="https://sso.example/"))
    with pytest.raises(APIStatusError, match="redirects are not followed: check api_server_url"):
        await service.client().thread.get_available()
    assert service.paths == [TOKEN_LOGIN]


async def test_a_login_that_is_to_wait_waits_as_long_as_it_was_told(service: Service) -> None:
    service.next_logins.append(answer(429, retry_after="0.05"))
    assert await service.client().thread.get_available() == []
    assert service.logins == 2


async def test_a_login_that_is_to_wait_too_long_says_how_long_to_all_who_wait(
    service: Service,
) -> None:
    service.next_logins.append(answer(429, retry_after="3600"))
    client = service.client()
    async with TaskGroup() as tasks:
        with service.holding(TOKEN_LOGIN):
            calls = [tasks.start(client.thread.get_available) for _ in range(5)]
            await until(lambda: service.waiting == 1)
    for call in calls:
        assert isinstance(call.error, RateLimitError)
        assert call.error.retry_after == 3600
    assert service.logins == 1


async def test_a_login_answered_by_a_broken_proxy_s_page_is_an_error_of_its_status(
    service: Service,
) -> None:
    page = b"<html>upstream s9 a-token</html>"
    service.next_logins.append(answer(500, content=page, content_type="text/html"))
    with pytest.raises(APIStatusError) as caught:
        await service.client(max_retries=0).thread.get_available()
    assert caught.value.status_code == 500
    assert caught.value.body == page
    assert "upstream" not in str(caught.value) + repr(caught.value)


@pytest.mark.parametrize(
    ("content", "headers"),
    [
        (b"", {}),
        (b"<html>welcome</html>", {"content_type": "text/html"}),
        (b"not gzip", {"content_encoding": "gzip"}),
        (b"x", {"content_encoding": "br"}),
        (b"x" * 2_000_000, {}),
    ],
    ids=["empty", "html", "broken gzip", "unknown coding", "2 MB"],
)
async def test_the_body_of_a_login_does_not_matter(
    service: Service, content: bytes, headers: dict[str, str]
) -> None:
    """It is not promised: the session is in the headers."""
    service.next_logins.append(answer(200, service.cookie(), content=content, **headers))
    assert await service.client(max_retries=0).thread.get_available() == []


async def test_a_login_without_a_session_says_where_to_look(service: Service) -> None:
    for line in ("", "session=", "session=x; Max-Age=0", "session=x; Domain=evil.example"):
        service.next_logins.append(answer(200, line))
        with pytest.raises(AuthError, match="without a session cookie: check that api_server_url"):
            await service.client().thread.get_available()


# What a provider may do wrong


@pytest.mark.parametrize(
    ("token", "problem"),
    [
        (None, "is None"),
        ("", "is empty"),
        (b"secret-token", "of type bytes"),
        ("secret-token\r\nX: y", "line break"),
        ("secret-tökén", "not visible ASCII"),
        (ValueError("secret-token"), "raised ValueError"),
        (TimeoutError("secret-token"), "raised TimeoutError"),
        (LiminalError("secret-free"), "secret-free"),
    ],
)
async def test_what_a_provider_does_wrong_is_an_error_that_tells_no_secret(
    service: Service, token: Any, problem: str
) -> None:
    client = service.client(Provider(token))
    with pytest.raises(LiminalError, match=problem) as caught:
        await client.thread.get_available()
    told: BaseException | None = caught.value
    while told is not None:
        assert "secret-t" not in repr(told)
        told = told.__cause__ or told.__context__
    assert service.requests == []


async def test_a_provider_that_failed_is_asked_again_by_the_next_call(service: Service) -> None:
    client = service.client(Provider(ValueError(), "token"))
    with pytest.raises(AuthError):
        await client.thread.get_available()
    assert await client.thread.get_available() == []


async def test_a_provider_that_fails_fails_all_who_wait_and_is_asked_once(service: Service) -> None:
    provider = Provider(ValueError(), "token")
    provider.takes = 0.05
    client = service.client(provider)
    async with TaskGroup() as tasks:
        calls = [tasks.start(client.thread.get_available) for _ in range(5)]
    assert all(isinstance(call.error, AuthError) for call in calls)
    assert provider.asked == 1


class ForNobody:
    """Has a method that neither client calls."""

    def get_token_somehow(self) -> str:
        return "token"


class ForTheOther(AuthProvider):
    """Has neither method of its own."""


async def test_a_provider_for_the_other_client_says_so(service: Service) -> None:
    with pytest.raises(AuthError, match="ForTheOther can't sign in a"):
        await service.client(ForTheOther()).thread.get_available()


async def test_what_is_no_provider_is_refused_when_the_client_is_made(service: Service) -> None:
    with pytest.raises(AuthError, match="ForNobody"):
        service.client(ForNobody())


# A person who takes their time


async def test_while_a_person_signs_in_timeout_and_deadline_stand_still(service: Service) -> None:
    provider = Provider("token")
    provider.interactive = True
    provider.takes = 0.3
    client = service.client(provider, timeout=0.1, deadline=0.2)
    assert await client.thread.get_available() == []


async def test_they_stand_still_for_all_who_wait(service: Service) -> None:
    provider = Provider("token")
    provider.interactive = True
    provider.takes = 0.3
    client = service.client(provider, timeout=0.1, deadline=0.2)
    async with TaskGroup() as tasks:
        calls = [tasks.start(client.thread.get_available) for _ in range(5)]
    assert [call.error for call in calls] == [None] * 5
    assert provider.asked == 1


async def test_a_provider_may_take_longer_than_a_try(service: Service) -> None:
    provider = Provider("token")
    provider.takes = 0.2
    client = service.client(provider, timeout=0.1, max_retries=0)
    assert await client.thread.get_available() == []


async def test_they_go_on_while_a_provider_that_asks_nobody_takes_its_time(
    service: Service,
) -> None:
    provider = Provider("token")
    provider.takes = 0.3
    client = service.client(provider, deadline=0.1)
    with pytest.raises(APITimeoutError, match="deadline"):
        await client.thread.get_available()


async def test_a_way_in_is_bounded_by_the_deadline_too(service: Service) -> None:
    provider = Provider("token")
    provider.takes = 0.3
    with pytest.raises(APITimeoutError, match="deadline"):
        await Client.authenticate_from_auth_provider(
            service.url, provider, httpx_client=service.lent(), deadline=0.1
        )
