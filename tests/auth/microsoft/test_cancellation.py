"""A cancelled sign-in ends within a second, and leaves no thread running."""

import asyncio
import gc
import queue
import signal
import socket
import sys
import threading
import time
from pathlib import Path

import anyio
import pytest

import liminal.auth
from liminal._http.sockets import limits
from liminal.auth.microsoft._http import Connections, HttpClient, in_thread
from liminal.auth.microsoft._outcomes import Fault, NoAnswer

PACKAGE = str(Path(liminal.auth.__file__).parent)


def busy_threads():
    """Count the other threads that are inside liminal.auth, and so inside msal."""
    count = 0
    for thread, top in sys._current_frames().items():
        frame = top if thread != threading.get_ident() else None
        while frame is not None and not frame.f_code.co_filename.startswith(PACKAGE):
            frame = frame.f_back
        count += frame is not None
    return count


@pytest.fixture(params=["devicecode", "token:device_code"])
def reached(request, authority):
    """Let the sign-in wait for the code, or for the person; wait until it does."""
    if request.param == "devicecode":
        authority.delay = 60
    else:
        authority.sign_in, authority.interval = "pending", 60

    def reached():
        while request.param not in authority.requests:
            time.sleep(0.001)

    return reached


@pytest.fixture
def cancelled():
    """Call it when the sign-in is cancelled; check that it then ends at once."""
    moments = []
    yield lambda: moments.append(time.monotonic())
    while busy_threads():
        time.sleep(0.001)
    assert time.monotonic() - moments[-1] < 1


async def test_a_cancelled_scope_ends_the_sign_in(make_provider, reached, cancelled):
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(make_provider().get_access_token)
        await anyio.to_thread.run_sync(reached)
        cancelled()
        tasks.cancel_scope.cancel()


def test_a_cancelled_asyncio_task_ends_the_sign_in(make_provider, reached, cancelled):
    async def main():
        task = asyncio.create_task(make_provider().get_access_token())
        await asyncio.to_thread(reached)
        cancelled()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())


@pytest.mark.filterwarnings("error::ResourceWarning")
def test_a_sign_in_cancelled_during_a_tls_handshake_closes_its_socket(make_provider):
    with socket.create_server(("localhost", 0)) as listener:
        url = f"https://localhost:{listener.getsockname()[1]}/tenant"

        async def main():
            task = asyncio.create_task(make_provider(authority=url).get_access_token())
            connection, _ = await asyncio.to_thread(listener.accept)
            with connection:
                task.cancel()
                await asyncio.wait([task])
                del task
                gc.collect()
                await asyncio.to_thread(connection.recv, 10_000)
                assert connection.recv(1) == b""

        asyncio.run(main())
        gc.collect()


def test_ctrl_c_ends_the_sign_in(make_provider, reached, cancelled, ask):
    def press():
        reached()
        time.sleep(0.05)  # into the wait: a signal just before a system call is noticed after it
        cancelled()
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    presser = threading.Thread(target=press)
    presser.start()
    with pytest.raises(KeyboardInterrupt):
        ask(make_provider())
    presser.join()


def test_the_blocking_wait_is_in_short_steps(authority, make_provider, monkeypatch):
    """A Ctrl-C just before a step is noticed when the step ends."""
    authority.sign_in, authority.interval = "pending", 60
    steps = []

    def interrupted(_, seconds):
        steps.append(seconds)
        raise KeyboardInterrupt

    monkeypatch.setattr(limits, "wait_for", interrupted)
    with pytest.raises(KeyboardInterrupt):
        make_provider().get_access_token_sync()
    assert steps == [0.5]


async def test_the_next_call_after_a_cancelled_one_signs_in(authority, make_provider):
    provider = make_provider()
    authority.sign_in, authority.interval = "pending", 60
    with anyio.move_on_after(0.2):
        await provider.get_access_token()
    authority.sign_in = "approved"
    assert authority.is_valid(await provider.get_access_token())


async def test_a_request_that_begins_after_the_cancellation_is_not_sent(authority):
    """The thread may be between two requests when its task is cancelled."""
    begun, cancelled, outcomes = threading.Event(), threading.Event(), queue.SimpleQueue()
    with Connections(authority.ca_file) as connections:
        step = connections.running(lambda: HttpClient().get(authority.url))

        def work():
            begun.set()
            cancelled.wait()
            outcomes.put(step())

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(in_thread, work)
            await anyio.to_thread.run_sync(begun.wait)
            tasks.cancel_scope.cancel()
        cancelled.set()
        assert await anyio.to_thread.run_sync(outcomes.get) == NoAnswer(Fault.UNREACHABLE)
    assert authority.requests == []


def test_connections_are_closed_while_the_thread_of_a_cancelled_step_asks_another_server(authority):
    closed = []

    class OpensAnother:
        def close(self):
            closed.append(connections._pool(b"localhost:2"))

    with Connections(authority.ca_file) as connections:
        connections._pools[b"localhost:1"] = OpensAnother()
    assert len(closed) == 1
