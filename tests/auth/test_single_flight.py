"""A person is asked once for all who wait."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import anyio
import pytest

from liminal.auth.microsoft._single_flight import SingleFlight
from liminal.errors import AuthError


def outcome(provider):
    try:
        return provider.get_access_token_sync()
    except AuthError as error:
        return str(error)


def in_threads(provider):
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(outcome, [provider] * 8))


def in_tasks(provider, backend):
    outcomes = []

    async def one():
        try:
            outcomes.append(await provider.get_access_token())
        except AuthError as error:
            outcomes.append(str(error))

    async def main():
        async with anyio.create_task_group() as tasks:
            for _ in range(8):
                tasks.start_soon(one)

    anyio.run(main, backend=backend)
    return outcomes


def in_all(provider):
    with ThreadPoolExecutor(4) as pool:
        loops = [pool.submit(in_tasks, provider, backend) for backend in ("asyncio", "trio")]
        threads = [pool.submit(outcome, provider) for _ in range(2)]
        outcomes = [thread.result() for thread in threads]
        return [*outcomes, *loops[0].result(), *loops[1].result()]


@pytest.fixture(
    params=[
        in_threads,
        lambda provider: in_tasks(provider, "asyncio"),
        lambda provider: in_tasks(provider, "trio"),
        in_all,
    ],
    ids=["threads", "asyncio", "trio", "all"],
)
def together(request):
    """Ask a provider many times at once; return the tokens, or the errors as text."""
    return request.param


def test_all_who_wait_get_the_token_of_one_sign_in(authority, make_provider, together):
    (token,) = set(together(make_provider()))
    assert authority.is_valid(token)
    assert authority.requests.count("devicecode") == 1


def test_all_who_wait_fail_with_the_one_who_asked(authority, make_provider, together):
    authority.sign_in = "pending"
    provider = make_provider(auth_challenge_timeout=0.5)
    (error,) = set(together(provider))
    assert error.startswith("Nobody signed in within 0.5 seconds")
    assert authority.requests.count("devicecode") == 1


def test_after_a_cancelled_sign_in_one_of_those_who_waited_asks(authority, make_provider, ask):
    provider = make_provider()
    with ThreadPoolExecutor() as pool:
        turn = provider._sign_ins.take(0)
        turn.__enter__()
        waiting = pool.submit(ask, provider)
        while "openid-configuration" not in authority.requests:
            time.sleep(0.001)
        turn.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)
        assert authority.is_valid(waiting.result())
    assert authority.requests.count("devicecode") == 1


def test_who_waits_waits_no_longer_than_the_person_may_take(authority, make_provider, ask):
    provider = make_provider(auth_challenge_timeout=0.1)
    with provider._sign_ins.take(0), pytest.raises(AuthError, match="Nobody signed in"):
        ask(provider)
    assert "devicecode" not in authority.requests


def test_who_looked_before_somebody_signed_in_looks_again():
    turns = SingleFlight()
    with turns.take(turns.granted) as turn:
        assert turn is None
    with turns.take(0) as turn:
        assert turn is not None
        assert turn.over
    turn.check()
    assert turns.granted == 1


def test_an_error_is_handed_on_as_a_new_one():
    turns, error = SingleFlight(), AuthError("why", status_code=503)
    asking = turns.take(0)
    asking.__enter__()
    with turns.take(0) as turn:
        assert turn is not None
    asking.__exit__(AuthError, error, None)
    with pytest.raises(AuthError, match="why") as caught:
        turn.check()
    assert caught.value is not error
    assert caught.value.status_code == 503
