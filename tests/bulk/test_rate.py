"""The number of calls at once of a run, with a simulated service and clock."""

import heapq

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liminal.bulk._rate import Rate

SECONDS_A_CALL = 0.01


class Service:
    """Accepts a number of calls in each second, and refuses the others."""

    def __init__(self, a_second: float, *, retry_after: bool) -> None:
        self.a_second = a_second
        self.retry_after = retry_after
        self.taken: dict[int, int] = {}
        self.refused = 0

    def answer(self, now: float) -> float | bool | None:
        """True for an accepted call; otherwise the seconds to wait, or None."""
        second = int(now)
        if self.taken.get(second, 0) < self.a_second:
            self.taken[second] = self.taken.get(second, 0) + 1
            return True
        self.refused += 1
        return second + 1 - now if self.retry_after else None


def run(rate: Rate, service: Service, *, until: float, now: float = 0.0) -> float:
    """Start every call that may start, until the time is over."""
    ends: list[tuple[float, int, float, float | bool | None]] = []
    number = 0
    while now < until:
        wait = rate.wait(now)
        if wait == 0.0:
            rate.start()
            number += 1
            answer = service.answer(now)
            heapq.heappush(ends, (now + SECONDS_A_CALL, number, now, answer))
            continue
        opens = now + wait if wait is not None else until
        if ends and ends[0][0] <= opens:
            now, _, started, answer = heapq.heappop(ends)
            if answer is not True:
                rate.refuse(now, started, answer)
            rate.end(now, started, succeeded=answer is True)
        else:
            now = opens
    for _, _, started, _ in ends:
        rate.end(now, started, succeeded=False)
    return now


def a_rate(most: int = 16) -> Rate:
    return Rate(most, uniform=lambda low, high: high)


def test_a_run_starts_with_all_calls_at_once() -> None:
    rate = a_rate(3)
    for _ in range(3):
        assert rate.wait(0.0) == 0.0
        rate.start()
    assert rate.wait(0.0) is None


def test_a_refusal_halves_the_calls_at_once() -> None:
    rate = a_rate()
    rate.start()
    rate.refuse(1.0, 0.5, None)
    assert rate.limit == 8


def test_concurrent_refusals_count_as_one() -> None:
    rate = a_rate()
    for _ in range(16):
        rate.start()
    for number in range(16):
        rate.refuse(1.0 + number / 100, 0.5, None)
        rate.end(1.0 + number / 100, 0.5, succeeded=False)
    assert rate.limit == 8


def test_no_call_starts_before_retry_after_has_passed() -> None:
    rate = a_rate()
    rate.start()
    rate.refuse(10.0, 9.0, 7.0)
    rate.end(10.0, 9.0, succeeded=False)
    assert rate.wait(12.0) == 5.0
    assert rate.wait(17.0) == 0.0


def test_refusals_in_a_row_pause_for_longer_each_time() -> None:
    rate, now, pauses = a_rate(1), 0.0, []
    for _ in range(8):
        rate.start()
        rate.refuse(now, now, None)
        rate.end(now, now, succeeded=False)
        pauses.append(rate.wait(now))
        now += pauses[-1] or 0.0
    assert pauses == [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0]


@pytest.mark.parametrize("retry_after", [True, False])
@pytest.mark.parametrize("a_second", [5, 50, 400])
def test_most_of_the_service_s_capacity_is_used(a_second: float, retry_after: bool) -> None:
    rate, service = a_rate(), Service(a_second, retry_after=retry_after)
    run(rate, service, until=120.0)
    taken = sum(count for second, count in service.taken.items() if second >= 20)
    assert taken >= 0.6 * 100 * a_second
    assert service.refused <= 0.4 * sum(service.taken.values())


@pytest.mark.parametrize("retry_after", [True, False])
def test_a_changed_rate_is_found_again(retry_after: bool) -> None:
    rate, service = a_rate(), Service(10_000, retry_after=retry_after)
    now = run(rate, service, until=10.0)
    assert rate.limit == 16
    service.a_second = 20
    now = run(rate, service, until=60.0, now=now)
    low = [service.taken.get(second, 0) for second in range(30, 60)]
    assert sum(low) >= 0.5 * 30 * 20
    service.a_second = 10_000
    run(rate, service, until=100.0, now=now)
    assert rate.limit == 16


def test_the_rate_recovers_within_seconds_after_an_outage() -> None:
    rate, service = a_rate(), Service(0, retry_after=False)
    now = run(rate, service, until=60.0)
    assert service.refused < 60
    service.a_second = 10_000
    run(rate, service, until=now + 30.0, now=now)
    assert rate.limit > 8


@given(
    st.integers(1, 64),
    st.lists(
        st.tuples(st.floats(0, 10), st.sampled_from(["ok", "failed", "refused", "told"])),
        max_size=200,
    ),
)
def test_a_call_may_always_start_eventually(most: int, steps: list[tuple[float, str]]) -> None:
    rate, now = a_rate(most), 0.0
    for seconds, outcome in steps:
        while (wait := rate.wait(now)) != 0.0:
            assert wait is not None
            assert wait <= 10.0 + 1e-9  # sums of floats are rounded
            now += wait
        rate.start()
        started, now = now, now + seconds
        if outcome in {"refused", "told"}:
            rate.refuse(now, started, 3.0 if outcome == "told" else None)
        rate.end(now, started, succeeded=outcome == "ok")
        assert rate.in_flight == 0
        assert 1 / 256 <= rate.limit <= most
