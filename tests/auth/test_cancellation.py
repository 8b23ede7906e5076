"""Who gives up is free within a second, and leaves no thread at work."""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
import time
from pathlib import Path

import anyio
import httpx
import pytest

import liminal.auth
from liminal.auth.microsoft._http import LoopBridge
from liminal.auth.microsoft._outcomes import Fault, NoAnswer

OURS = str(Path(liminal.auth.__file__).parent)


def threads_at_work():
    """Count the other threads that are inside our code, and so inside msal."""
    count = 0
    for thread, top in sys._current_frames().items():
        frame = top if thread != threading.get_ident() else None
        while frame is not None and not frame.f_code.co_filename.startswith(OURS):
            frame = frame.f_back
        count += frame is not None
    return count


def waits_for_the_person(authority):
    """Nobody enters the code, and the next poll is far away."""
    authority.sign_in, authority.interval = "pending", 60
    return "token:device_code"


def waits_for_the_code(authority):
    """The authority does not answer the first request."""
    authority.delay = 60
    return "devicecode"


@pytest.fixture(params=[waits_for_the_person, waits_for_the_code])
def reached(request, authority):
    """Make the sign-in wait somewhere; return a function that waits until it does."""
    endpoint = request.param(authority)

    def reached():
        while endpoint not in authority.requests:
            time.sleep(0.001)

    return reached


@pytest.fixture
def freed(monkeypatch):
    """Check that what follows `freed.now()` took less than a second, and left nothing at work."""

    class Freed:
        since = 0.0

        def now(self):
            self.since = time.monotonic()

    freed = Freed()
    yield freed
    assert time.monotonic() - freed.since < 1
    assert threads_at_work() == 0


@pytest.mark.anyio
async def test_a_cancelled_scope_ends_the_sign_in(make_provider, reached, freed):
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(make_provider().get_access_token)
        await anyio.to_thread.run_sync(reached)
        freed.now()
        tasks.cancel_scope.cancel()


def test_a_cancelled_asyncio_task_ends_the_sign_in(make_provider, reached, freed):
    async def main():
        task = asyncio.create_task(make_provider().get_access_token())
        await asyncio.to_thread(reached)
        freed.now()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert threads_at_work() == 0

    asyncio.run(main())


def test_an_asyncio_timeout_ends_the_sign_in(make_provider, reached, freed):
    async def main():
        async with asyncio.timeout(None) as limit:
            signing_in = make_provider().get_access_token()
            freed.now()
            limit.reschedule(asyncio.get_running_loop().time() + 0.3)
            await signing_in

    with pytest.raises(TimeoutError):
        asyncio.run(main())


def test_ctrl_c_ends_the_sign_in(make_provider, reached, freed, ask):
    def press():
        reached()
        time.sleep(0.05)  # into the wait: a signal just before a system call is noticed after it
        freed.now()
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    presser = threading.Thread(target=press)
    presser.start()
    with pytest.raises(KeyboardInterrupt):
        ask(make_provider())
    presser.join()


def test_a_sign_in_after_a_cancelled_one_works(authority, make_provider, ask_async):
    provider = make_provider()
    authority.sign_in, authority.interval = "pending", 60

    class Impatient:
        async def get_access_token(self):
            with anyio.move_on_after(0.2):
                await provider.get_access_token()

    ask_async(Impatient())
    authority.sign_in = "approved"
    assert authority.is_valid(ask_async(provider))


@pytest.mark.anyio
async def test_a_request_that_begins_after_the_end_is_not_sent(authority):
    """The thread may be between two requests when its task is cancelled."""
    async with httpx.AsyncClient() as client:
        bridge = LoopBridge(client)

        def step():
            bridge._stopped = True
            return bridge.send("GET", authority.url)

        assert await bridge.run(step) == NoAnswer(Fault.UNREACHABLE)
    assert authority.requests == []
