"""Providers of one's own: what they may do wrong, and a person who takes their time."""

from typing import Any

import pytest

from liminal import APITimeoutError, AuthError, Client, LiminalError
from liminal.auth import AuthProvider
from tests.support.tasks import TaskGroup

from .session_service import Provider, Service

pytestmark = pytest.mark.anyio


@pytest.fixture
def service() -> Service:
    return Service()


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
    client = service.client(provider)
    provider.answers_when = lambda: len(client._http._clocks) == 5  # all of them have begun
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
    provider.takes = 0.9
    client = service.client(provider, timeout=0.5, deadline=0.8)
    assert await client.thread.get_available() == []


async def test_they_stand_still_for_all_who_wait(service: Service) -> None:
    provider = Provider("token")
    provider.interactive = True
    provider.takes = 0.9
    client = service.client(provider, timeout=0.5, deadline=0.8)
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
            service.url, provider, httpx_client=service.user_client(), deadline=0.1
        )
