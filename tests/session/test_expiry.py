"""Expiry that is known: renewal ahead of it, and what clocks that are wrong do to it."""

import time
from email.utils import formatdate
from typing import Any

import httpx
import pytest

from liminal.auth import Token
from liminal.errors import APIConnectionError, AuthError
from liminal.sandbox import Sandbox
from tests._sync.waiting import until
from tests.support.providers import GivenToken
from tests.support.service import THREADS, TOKEN_LOGIN, Service, answer

from .caller import Caller, make_call, shared_session


class Clocks:
    """The clocks that sessions are measured by, which a test may set."""

    passed = 0.0  # seconds, on both
    set_by = 0.0  # seconds that the wall clock is ahead

    def monotonic(self) -> float:
        return time.monotonic() + self.passed

    def time(self) -> float:
        return time.time() + self.passed + self.set_by

    def logins_at(self, caller: Caller, *times: float) -> list[int]:
        """Call at these seconds; how many logins there had been after each."""
        logins = []
        for self.passed in times:
            caller.call()
            logins.append(caller.service.logins)
        return logins


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    clocks = Clocks()
    for module in ("_session.shared", "_async._calls.runner", "_sync._calls.runner"):
        monkeypatch.setattr(f"liminal.{module}.time", clocks)
    return clocks


@pytest.fixture
def service(clocks: Clocks) -> Service:
    """Give a service whose sessions last 100 seconds: due for renewal after 90."""
    return Service("; Max-Age=100")


@pytest.mark.parametrize(
    ("max_age", "roll", "logins"),
    [
        (100, False, {89: 1, 91: 2, 180: 2, 182: 3, 271: 3, 273: 4}),
        (100, False, {101: 2}),
        (100, True, dict.fromkeys(range(0, 800, 80), 1)),
        (1, False, {91: 2, 200: 3, 300: 4}),
    ],
    ids=["a tenth ahead of the end", "after the end", "a session that rolls", "ends at once"],
)
def test_a_session_is_renewed_before_it_ends(caller, clocks, max_age, roll, logins):
    caller.service.attributes, caller.service.roll = f"; Max-Age={max_age}", roll
    assert clocks.logins_at(caller, *logins) == [*logins.values()]
    assert caller.service.refused == 0


def test_one_call_renews_and_the_others_go_on_meanwhile(caller, clocks):
    clocks.passed = 91
    with caller.held(at=TOKEN_LOGIN) as leader:
        for _ in range(5):
            caller.call()
    assert leader.result() == []
    assert caller.service.logins == 2
    assert caller.service.cookies(THREADS) == ["session=s1"] * 6 + ["session=s2"]


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
def test_a_session_serves_until_its_end_while_the_service_can_t_be_reached(caller, clocks, failure):
    caller.service.next_logins += [failure(), failure()]
    times = 91, 95, 96, 97, 98.5, 99.9
    assert clocks.logins_at(caller, *times) == [2, 2, 3, 3, 4, 4]
    assert caller.service.cookies(THREADS) == ["session=s1"] * 5 + ["session=s2"] * 2


def test_a_session_serves_until_its_end_while_there_is_no_token(sdk, service, clocks):
    class Sometimes(GivenToken):
        def __getattribute__(self, name: str) -> Any:
            if name.startswith("get_access_token") and clocks.passed:
                raise ConnectionError
            return super().__getattribute__(name)

    caller = Caller(sdk, service, Sometimes("token"))
    assert clocks.logins_at(caller, 0, 91) == [1, 1]
    clocks.passed = 101
    with pytest.raises(AuthError, match="Sometimes raised ConnectionError"):
        caller.call()
    assert service.cookies(THREADS) == ["session=s1", "session=s1"]


@pytest.mark.parametrize(
    ("passed", "failure", "error"),
    [(101, httpx.ConnectError("refused"), APIConnectionError), (91, None, AuthError)],
    ids=["it has ended", "the login was refused"],
)
def test_a_failed_renewal_can_fail_the_call(caller, clocks, passed, failure, error):
    clocks.passed = passed
    caller.service.next_logins.append(failure or answer(403))
    with pytest.raises(error):
        caller.call()
    assert caller.service.count(THREADS) == 1


def test_a_login_that_hangs_ahead_of_time_costs_no_call(sdk, clocks):
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


def test_ahead_of_time_a_login_has_half_of_the_call_s_deadline():
    call = make_call(shared_session(), deadline=60.0)
    early = call.ahead_of_time()
    assert 29.0 < early.deadline.call_left() <= 30.0
    assert early.number == call.number


# Clocks that are wrong


def test_a_clock_that_is_set_back_an_hour_changes_nothing(caller, clocks):
    clocks.set_by = -3600
    assert clocks.logins_at(caller, 89, 91) == [1, 2]


def expiring(service: Service, date: str = "") -> httpx.Response:
    """A login's answer whose session lasts 100 seconds from now."""
    service.good.add("s0")
    expires = formatdate(time.time() + 100, usegmt=True)
    return answer(200, f"session=s0; Expires={expires}", date=date)


@pytest.mark.parametrize("set_by", [-3600, 0, 3600])
def test_an_expiry_date_is_measured_against_the_answer_s_date(sdk, service, clocks, set_by):
    clocks.set_by = set_by
    service.next_logins.append(expiring(service, formatdate(time.time(), usegmt=True)))
    assert clocks.logins_at(Caller(sdk, service), 0, 88, 91) == [1, 1, 2]
    assert service.refused == 0


def test_without_that_date_a_clock_that_is_behind_costs_a_401_at_most(sdk, service, clocks):
    clocks.set_by = -3600
    service.next_logins.append(expiring(service))
    caller = Caller(sdk, service)
    assert clocks.logins_at(caller, 0) == [1]
    service.expire()
    assert clocks.logins_at(caller, 101) == [2]
    assert service.refused == 1
