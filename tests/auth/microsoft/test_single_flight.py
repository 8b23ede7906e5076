"""A person is asked once, however many tasks, threads and event loops wait."""

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import anyio
import pytest

from liminal.auth.microsoft import _flow
from liminal.auth.microsoft._flow import SingleFlight
from liminal.auth.microsoft._outcomes import Granted, NoAccount, Pending
from liminal.errors import AuthError
from tests.support.errors import refused


def outcome(provider):
    try:
        return provider.get_access_token_sync()
    except AuthError as error:
        return str(error)


async def outcome_async(provider, outcomes):
    try:
        outcomes.append(await provider.get_access_token())
    except AuthError as error:
        outcomes.append(str(error))


async def in_tasks(provider):
    outcomes = []
    async with anyio.create_task_group() as tasks:
        for _ in range(8):
            tasks.start_soon(outcome_async, provider, outcomes)
    return outcomes


def everywhere(provider):
    """Ask from threads and event loops at once; return the tokens, and the errors as text."""
    with ThreadPoolExecutor(4) as pool:
        threads = [pool.submit(outcome, provider) for _ in range(2)]
        loops = [pool.submit(anyio.run, in_tasks, provider, backend=b) for b in ("asyncio", "trio")]
        return [each.result() for each in threads] + [o for each in loops for o in each.result()]


@pytest.mark.parametrize("sign_in", ["approved", "pending"])
def test_all_waiters_get_the_token_or_the_error_of_one_sign_in(authority, make_provider, sign_in):
    authority.sign_in = sign_in
    (outcome,) = set(everywhere(make_provider(auth_challenge_timeout=0.5)))
    if sign_in == "approved":
        assert authority.is_valid(outcome)
    else:
        assert outcome.startswith("Nobody signed in within 0.5 seconds")
    assert authority.requests.count("devicecode") == 1


def counting(provider, entered):
    """Have ``entered`` grow with each caller that signs in or waits for another's sign-in."""
    take = provider._sign_ins.take

    def enter():
        entered.append(True)
        return take()

    provider._sign_ins.take = enter
    return provider


def test_all_waiting_threads_get_the_error_of_a_prompt(authority, make_provider):
    def prompt(_):
        while len(entered) < 4:
            time.sleep(0.001)
        raise ValueError

    entered = []
    provider = counting(make_provider(prompt=prompt), entered)
    with ThreadPoolExecutor(4) as pool:
        (error,) = set(pool.map(outcome, [provider] * 4))
    assert error.startswith("prompt raised ValueError")
    assert authority.requests.count("devicecode") == 1


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_all_waiting_tasks_get_the_error_of_a_prompt(authority, make_provider, backend):
    async def prompt(_):
        while len(entered) < 8:  # noqa: ASYNC110 - the callers do not know of an event
            await anyio.sleep(0.001)
        raise ValueError

    entered = []
    provider = counting(make_provider(prompt=prompt), entered)
    (error,) = set(anyio.run(in_tasks, provider, backend=backend))
    assert error.startswith("prompt raised ValueError")
    assert authority.requests.count("devicecode") == 1


def test_after_a_cancelled_sign_in_one_of_the_waiters_asks(authority, make_provider, ask):
    provider = make_provider()
    with ThreadPoolExecutor() as pool:
        taken = provider._sign_ins.take()
        taken.__enter__()
        waiting = pool.submit(ask, provider)
        while "openid-configuration" not in authority.requests:
            time.sleep(0.001)
        taken.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)
        assert authority.is_valid(waiting.result())
    assert authority.requests.count("devicecode") == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_the_child_of_a_fork_does_not_wait_for_a_sign_in_of_its_parent():
    sign_ins = SingleFlight()
    with sign_ins.take():
        child = os.fork()
        if not child:
            with sign_ins.take() as attempt:
                os._exit(attempt is not None)
        assert os.waitpid(child, 0)[1] == 0


def interrupted_at(step):
    """Return a trace function that raises KeyboardInterrupt at this line of SingleFlight.take."""

    def trace(frame, event, _):
        nonlocal step
        if frame.f_code is not SingleFlight.take.__wrapped__.__code__:
            return None
        if event == "line":
            step -= 1
            if step < 0:
                raise KeyboardInterrupt
        return trace

    return trace


def test_a_ctrl_c_at_any_step_of_the_start_lets_the_next_caller_ask():
    before, steps, interrupted = sys.gettrace(), 0, True
    while interrupted:
        sign_ins = SingleFlight()
        asking, interrupted = sign_ins.take(), False
        sys.settrace(interrupted_at(steps))
        try:
            asking.__enter__()
        except KeyboardInterrupt:
            interrupted = True
        finally:
            sys.settrace(before)
        with sign_ins.take() as attempt:
            assert (attempt is None) is interrupted
        steps += 1
    assert steps > 3


def test_a_waiter_waits_no_longer_than_a_sign_in_may_take(
    authority, make_provider, ask, monkeypatch
):
    monkeypatch.setattr(_flow, "RENEWAL_PATIENCE", 0.0)
    provider = make_provider(auth_challenge_timeout=0.1)
    with provider._sign_ins.take(), refused("Nobody signed in"):
        ask(provider)
    assert "devicecode" not in authority.requests


def test_a_caller_that_looked_before_a_sign_in_succeeded_uses_its_token(authority, make_provider):
    provider = make_provider()
    late = provider._prepare(can_prompt=True).flow(provider._sign_ins)
    outcome = next(late)()
    token = provider.get_access_token_sync()
    while not isinstance(action := late.send(outcome), Granted):
        outcome = action()
    assert action.token == token
    assert authority.requests.count("devicecode") == 1


def test_a_prompt_that_only_client_can_await_does_not_fail_the_waiters(make_provider):
    provider = make_provider()
    blocking, waiting = (
        provider._prepare(can_prompt=suits).flow(provider._sign_ins) for suits in (False, True)
    )
    for flow in (blocking, waiting):
        next(flow)
    blocking.send(NoAccount())
    assert waiting.send(NoAccount()) == _flow.POLL_SECONDS
    with refused("prompt is a coroutine function"):
        blocking.send(NoAccount())
    assert callable(waiting.send(Pending()))


def test_each_waiter_raises_its_own_copy_of_the_error():
    sign_ins, error = SingleFlight(), AuthError("why")
    asking = sign_ins.take()
    asking.__enter__()
    with sign_ins.take() as attempt:
        assert not attempt.over
    asking.__exit__(AuthError, error, None)
    assert attempt.over
    with refused("why") as caught:
        attempt.check()
    assert caught.value is not error
