# Derived from tests/_async/test_sessions_expiry.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""Expiry that is known: renewal ahead of it, and what clocks that are wrong do to it."""

import time
from collections.abc import Callable
from email.utils import formatdate
from typing import Any

import httpx
import pytest

from liminal import APIConnectionError, AuthError, SyncClient
from liminal.sandbox import Sandbox
from tests.support.providers import GivenToken
from tests.support.tasks import ThreadGroup

from .session_service import THREADS, TOKEN_LOGIN, Service, answer
from .waiting import until


class Clocks:
    """The clocks that sessions are measured by, which a test may set."""

    def __init__(self) -> None:
        self.passed = 0.0
        self.set_by = 0.0

    def monotonic(self) -> float:
        """Seconds on the clock that is never set."""
        return time.monotonic() + self.passed

    def time(self) -> float:
        """Seconds on the clock that is set back and forth."""
        return time.time() + self.passed + self.set_by


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    clocks = Clocks()
    monkeypatch.setattr("liminal._session.shared.time", clocks)
    return clocks


@pytest.fixture
def service() -> Service:
    """Give a service whose sessions last 100 seconds: due for renewal after 90."""
    service = Service()
    service.attributes = "; Max-Age=100"
    return service


@pytest.fixture
def client(service: Service, clocks: Clocks) -> SyncClient:
    """Give a client that has signed in."""
    return service.signed_in()


# Ahead of time


def test_a_session_is_renewed_before_it_ends(
    client: SyncClient, service: Service, clocks: Clocks
) -> None:
    clocks.passed = 91
    client.thread.get_available()
    assert service.cookies(THREADS) == ["session=s1", "session=s2"]
    assert (service.logins, service.refused) == (2, 0)


def test_it_is_not_renewed_earlier(client: SyncClient, service: Service, clocks: Clocks) -> None:
    clocks.passed = 89
    client.thread.get_available()
    assert service.logins == 1


def test_a_renewed_session_has_its_own_lifetime(
    client: SyncClient, service: Service, clocks: Clocks
) -> None:
    for passed, logins in ((91, 2), (180, 2), (182, 3), (271, 3), (273, 4)):
        clocks.passed = passed
        client.thread.get_available()
        assert service.logins == logins


def test_a_session_that_rolls_is_never_due(
    client: SyncClient, service: Service, clocks: Clocks
) -> None:
    service.roll = True
    for _ in range(10):
        client.thread.get_available()
        clocks.passed += 80
    assert service.logins == 1


def test_one_call_renews_and_the_others_go_on_meanwhile(
    client: SyncClient, service: Service, clocks: Clocks
) -> None:
    clocks.passed = 91
    with ThreadGroup() as tasks:
        with service.holding(TOKEN_LOGIN):
            leader = tasks.start(client.thread.get_available)
            until(lambda: service.waiting == 1)
            for _ in range(5):
                client.thread.get_available()
    assert leader.error is None
    assert service.logins == 2
    assert service.cookies(THREADS) == ["session=s1"] * 6 + ["session=s2"]


def test_a_session_that_has_ended_is_renewed_before_anything_is_sent(
    client: SyncClient, service: Service, clocks: Clocks
) -> None:
    clocks.passed = 101
    client.thread.get_available()
    assert (service.logins, service.refused) == (2, 0)


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
    client: SyncClient, service: Service, clocks: Clocks, failure: Callable[[], Any]
) -> None:
    clocks.passed = 91
    service.next_logins.append(failure())
    assert client.thread.get_available() == []
    assert service.cookies(THREADS) == ["session=s1", "session=s1"]
    assert service.logins == 2


def test_when_the_provider_gives_no_token_the_session_serves_until_it_ends(
    service: Service, clocks: Clocks
) -> None:
    class Sometimes(GivenToken):
        reachable = True

        def __getattribute__(self, name: str) -> Any:
            if name.startswith("get_access_token") and not self.reachable:
                raise ConnectionError
            return super().__getattribute__(name)

    provider = Sometimes("token")
    client = service.client(auth=provider)
    client.thread.get_available()
    provider.reachable = False
    clocks.passed = 91
    client.thread.get_available()
    clocks.passed = 101
    with pytest.raises(AuthError, match="Sometimes raised ConnectionError"):
        client.thread.get_available()
    assert service.cookies(THREADS) == ["session=s1", "session=s1"]


def test_it_is_tried_again_when_half_of_what_was_left_has_passed(
    client: SyncClient, service: Service, clocks: Clocks
) -> None:
    service.next_logins += [httpx.ConnectError("refused"), httpx.ConnectError("refused")]
    for passed, logins in ((91, 2), (95, 2), (96, 3), (97, 3), (98.5, 4), (99.9, 4)):
        clocks.passed = passed
        client.thread.get_available()
        assert service.logins == logins
    assert client.session_id == "s2"


def test_once_it_has_ended_the_failure_is_the_call_s(
    client: SyncClient, service: Service, clocks: Clocks
) -> None:
    clocks.passed = 101
    service.next_logins.append(httpx.ConnectError("refused"))
    with pytest.raises(APIConnectionError):
        client.thread.get_available()
    assert service.count(THREADS) == 1


def test_a_refusal_counts_even_ahead_of_time(
    client: SyncClient, service: Service, clocks: Clocks
) -> None:
    clocks.passed = 91
    service.next_logins.append(answer(403))
    with pytest.raises(AuthError):
        client.thread.get_available()


def test_a_login_that_hangs_ahead_of_time_costs_no_call(clocks: Clocks) -> None:
    """It is given half of the call's deadline; the other half is for the call."""
    with Sandbox(session_ttl=60, roll_sessions=False) as sandbox:
        client = SyncClient.authenticate_from_token(sandbox.url, sandbox.token, deadline=1.0)
        clocks.passed = 55
        sandbox.answer_delay = 30.0
        with client, ThreadGroup() as tasks:
            call = tasks.start(client.thread.get_available)
            until(lambda: sandbox.logins == 2)
            sandbox.answer_delay = 0.0
        assert call.error is None
        assert [request.path for request in sandbox.requests] == [TOKEN_LOGIN, TOKEN_LOGIN, THREADS]


# Clocks that are wrong


def test_a_clock_that_is_set_back_an_hour_changes_nothing(
    client: SyncClient, service: Service, clocks: Clocks
) -> None:
    clocks.set_by = -3600
    clocks.passed = 89
    client.thread.get_available()
    assert service.logins == 1
    clocks.passed = 91
    client.thread.get_available()
    assert (service.logins, service.refused) == (2, 0)


@pytest.mark.parametrize("set_by", [-3600, 0, 3600])
def test_an_expiry_date_is_measured_against_the_answer_s_date(
    service: Service, clocks: Clocks, set_by: float
) -> None:
    clocks.set_by = set_by
    service.good.add("s0")
    now = time.time()
    line = f"session=s0; Expires={formatdate(now + 100, usegmt=True)}"
    service.next_logins.append(answer(200, line, date=formatdate(now, usegmt=True)))
    client = service.client()
    for passed, logins in ((0, 1), (89, 1), (91, 2)):
        clocks.passed = passed
        client.thread.get_available()
        assert (service.logins, service.refused) == (logins, 0)


def test_without_that_date_a_clock_that_is_behind_costs_a_401_at_most(
    service: Service, clocks: Clocks
) -> None:
    clocks.set_by = -3600
    service.good.add("s0")
    line = f"session=s0; Expires={formatdate(time.time() + 100, usegmt=True)}"
    service.next_logins.append(answer(200, line))
    client = service.client()
    client.thread.get_available()
    clocks.passed = 101
    service.expire()
    client.thread.get_available()
    assert (service.logins, service.refused) == (2, 1)


def test_sessions_that_end_at_once_are_renewed_for_each_call_and_no_more(
    client: SyncClient, service: Service, clocks: Clocks
) -> None:
    service.attributes = "; Max-Age=1"
    service.expire()
    for _ in range(3):
        clocks.passed += 100
        client.thread.get_available()
    assert service.logins == 4
