"""Expiry that is known: renewal ahead of it, and what clocks that are wrong do to it."""

import time
from collections.abc import Callable
from email.utils import formatdate
from typing import Any

import httpx
import pytest

from liminal._session.signing import ahead_of_time
from liminal.auth import Token
from liminal.errors import APIConnectionError, AuthError
from liminal.sandbox import Sandbox
from tests.faults.variants import Variant
from tests.support.providers import GivenToken
from tests.support.service import THREADS, TOKEN_LOGIN, Service, answer

from .caller import Caller, make_call, shared_session, until


class Clocks:
    """The clocks that sessions are measured by, which a test may set."""

    passed = 0.0  # seconds, on both
    set_by = 0.0  # seconds that the wall clock is ahead

    def monotonic(self) -> float:
        return time.monotonic() + self.passed

    def time(self) -> float:
        return time.time() + self.passed + self.set_by


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    clocks = Clocks()
    monkeypatch.setattr("liminal._session.shared.time", clocks)
    return clocks


@pytest.fixture
def service(clocks: Clocks) -> Service:
    """Give a service whose sessions last 100 seconds: due for renewal after 90."""
    return Service("; Max-Age=100")


def logins_at(caller: Caller, clocks: Clocks, *times: float) -> list[int]:
    """Call at these seconds; how many logins there had been after each."""
    logins = []
    for clocks.passed in times:
        caller.call()
        logins.append(caller.service.logins)
    return logins


def test_a_session_is_renewed_a_tenth_of_its_lifetime_before_it_ends_and_so_is_the_next(
    caller: Caller, service: Service, clocks: Clocks
) -> None:
    times = 89, 91, 180, 182, 271, 273
    assert logins_at(caller, clocks, *times) == [1, 2, 2, 3, 3, 4]
    assert service.refused == 0


def test_a_session_that_rolls_is_never_due(
    caller: Caller, service: Service, clocks: Clocks
) -> None:
    service.roll = True
    assert logins_at(caller, clocks, *range(0, 800, 80)) == [1] * 10


@pytest.mark.parametrize("passed", [91, 101], ids=["due", "ended"])
def test_it_is_renewed_before_anything_is_sent(
    caller: Caller, service: Service, clocks: Clocks, passed: float
) -> None:
    assert logins_at(caller, clocks, passed) == [2]
    assert service.cookies(THREADS) == ["session=s1", "session=s2"]


def test_sessions_that_end_at_once_are_renewed_for_each_call_and_no_more(
    caller: Caller, service: Service, clocks: Clocks
) -> None:
    service.attributes = "; Max-Age=1"
    service.expire()
    assert logins_at(caller, clocks, 100, 200, 300) == [2, 3, 4]


def test_one_call_renews_a_session_that_is_due_and_the_others_go_on_meanwhile(
    caller: Caller, service: Service, clocks: Clocks
) -> None:
    clocks.passed = 91
    with service.holding(TOKEN_LOGIN):
        leader = caller.start()
        until(lambda: service.waiting)
        for _ in range(5):
            caller.call()
    assert leader.result() == []
    assert service.logins == 2
    assert service.cookies(THREADS) == ["session=s1"] * 6 + ["session=s2"]


# When that fails


@pytest.mark.parametrize(
    "failure",
    [
        lambda: httpx.ConnectError("refused"),
        lambda: httpx.ReadTimeout("slow"),
        lambda: answer(503),
        lambda: answer(429),
    ],
    ids=["refused", "slow", "503", "429"],
)
def test_when_the_service_can_t_be_asked_the_session_serves_until_it_ends(
    caller: Caller, service: Service, clocks: Clocks, failure: Callable[[], Any]
) -> None:
    service.next_logins += [failure(), failure()]
    times = 91, 95, 96, 97, 98.5, 99.9
    assert logins_at(caller, clocks, *times) == [2, 2, 3, 3, 4, 4]
    assert service.cookies(THREADS) == ["session=s1"] * 5 + ["session=s2"] * 2


@pytest.mark.parametrize(
    ("passed", "failure", "error"),
    [
        (101, lambda: httpx.ConnectError("refused"), APIConnectionError),
        (91, lambda: answer(403), AuthError),
    ],
    ids=["it has ended", "the login was refused"],
)
def test_the_failure_is_the_call_s_when(
    caller: Caller,
    clocks: Clocks,
    passed: float,
    failure: Callable[[], Any],
    error: type[Exception],
) -> None:
    clocks.passed = passed
    caller.service.next_logins.append(failure())
    with pytest.raises(error):
        caller.call()
    assert caller.service.count(THREADS) == 1


def test_when_the_provider_gives_no_token_the_session_serves_until_it_ends(
    sdk: Variant, service: Service, clocks: Clocks
) -> None:
    class Sometimes(GivenToken):
        reachable = True

        def __getattribute__(self, name: str) -> Any:
            if name.startswith("get_access_token") and not self.reachable:
                raise ConnectionError
            return super().__getattribute__(name)

    provider = Sometimes("token")
    caller = Caller(sdk, service, provider)
    caller.call()
    provider.reachable = False
    clocks.passed = 91
    caller.call()
    clocks.passed = 101
    with pytest.raises(AuthError, match="Sometimes raised ConnectionError"):
        caller.call()
    assert service.cookies(THREADS) == ["session=s1", "session=s1"]


def test_a_login_that_hangs_ahead_of_time_costs_no_call(sdk: Variant, clocks: Clocks) -> None:
    """It is given half of the call's deadline; the other half is for the call."""
    with Sandbox(session_ttl=60, roll_sessions=False) as sandbox:
        client = sdk.client(sandbox.url, auth=Token(sandbox.token), deadline=1.0)
        sdk.run(client.thread.get_available)
        clocks.passed = 55
        sandbox.answer_delay = 30.0
        call = sdk.start(client.thread.get_available)
        until(lambda: sandbox.logins == 2)
        sandbox.answer_delay = 0.0
        call.result()
        paths = [request.path for request in sandbox.requests]
        assert paths == [TOKEN_LOGIN, THREADS, TOKEN_LOGIN, THREADS]


def test_ahead_of_time_a_login_has_half_of_the_call_s_deadline() -> None:
    call = make_call(shared_session(), deadline=60.0)
    early = ahead_of_time(call)
    assert 29.9 < early.clock.call_left() <= 30.0
    assert early.number == call.number


# Clocks that are wrong


def test_a_clock_that_is_set_back_an_hour_changes_nothing(
    caller: Caller, service: Service, clocks: Clocks
) -> None:
    clocks.set_by = -3600
    assert logins_at(caller, clocks, 89, 91) == [1, 2]
    assert service.refused == 0


@pytest.mark.parametrize("set_by", [-3600, 0, 3600])
def test_an_expiry_date_is_measured_against_the_answer_s_date(
    sdk: Variant, service: Service, clocks: Clocks, set_by: float
) -> None:
    clocks.set_by = set_by
    service.good.add("s0")
    now = time.time()
    line = f"session=s0; Expires={formatdate(now + 100, usegmt=True)}"
    service.next_logins.append(answer(200, line, date=formatdate(now, usegmt=True)))
    assert logins_at(Caller(sdk, service), clocks, 0, 89, 91) == [1, 1, 2]
    assert service.refused == 0


def test_without_that_date_a_clock_that_is_behind_costs_a_401_at_most(
    sdk: Variant, service: Service, clocks: Clocks
) -> None:
    clocks.set_by = -3600
    service.good.add("s0")
    line = f"session=s0; Expires={formatdate(time.time() + 100, usegmt=True)}"
    service.next_logins.append(answer(200, line))
    caller = Caller(sdk, service)
    assert logins_at(caller, clocks, 0) == [1]
    service.expire()
    assert logins_at(caller, clocks, 101) == [2]
    assert service.refused == 1
