"""One asyncio client on several event loops, one after another: no lock or event ties it to one."""
# derive: async-only

import asyncio
import gc
import itertools
import threading
from collections.abc import Callable
from concurrent.futures import Future

import anyio
import pytest

from liminal import Client
from liminal.auth import Token
from liminal.sandbox import Sandbox
from tests.faults.server import Exchange, FaultServer

from .session_service import TOKEN_LOGIN, Service
from .waiting import until


async def many_calls(client: Client) -> None:
    async with anyio.create_task_group() as group:
        for _ in range(20):
            group.start_soon(client.thread.get_available)


def test_a_session_opened_on_one_loop_serves_and_is_renewed_on_the_next() -> None:
    with Sandbox() as sandbox:
        client = Client(sandbox.url, auth=Token(sandbox.token))
        asyncio.run(many_calls(client))
        asyncio.run(many_calls(client))
        assert sandbox.logins == 1
        for run in (asyncio.run, _on_trio, asyncio.run, _on_trio):
            sandbox.expire_sessions()
            run(many_calls(client))  # type: ignore[operator]  # one or the other
        assert sandbox.logins == 5


def _on_trio(coroutine: object) -> None:
    async def await_it() -> None:
        await coroutine  # type: ignore[misc]

    anyio.run(await_it, backend="trio")


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_loop_that_ends_in_the_middle_of_a_renewal_leaves_it_to_the_next(backend: str) -> None:
    service = Service()
    client = service.client()

    async def give_up() -> None:
        async with anyio.create_task_group() as group:
            for _ in range(5):
                group.start_soon(client.thread.get_available)
            await until(lambda: service.waiting == 1)
            group.cancel_scope.cancel()

    async def go_on() -> None:
        assert await client.thread.get_available() == []

    with service.holding(TOKEN_LOGIN):
        anyio.run(give_up, backend=backend)
    anyio.run(go_on, backend=backend)
    assert service.logins == 2


RUNS = {"asyncio": asyncio.run, "trio": _on_trio}


def on_threads(count: int, work: Callable[[int], object]) -> list[BaseException]:
    """Have so many threads work at once; give what they raised."""
    errors: list[BaseException] = []
    barrier = threading.Barrier(count)

    def run(number: int) -> None:
        barrier.wait()
        try:
            work(number)
        except BaseException as error:  # noqa: BLE001 - whatever it is
            errors.append(error)

    threads = [threading.Thread(target=run, args=[number]) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


@pytest.mark.parametrize("runners", [("asyncio",), ("trio",), ("asyncio", "trio")])
def test_loops_in_eight_threads_share_one_renewal(runners: tuple[str, ...]) -> None:
    with Sandbox(answer_delay=0.01) as sandbox:
        client = Client(sandbox.url, auth=Token(sandbox.token))

        async def calls() -> None:
            async with anyio.create_task_group() as group:
                for _ in range(4):
                    group.start_soon(client.thread.get_available)

        def work(number: int) -> None:
            RUNS[runners[number % len(runners)]](calls())

        for logins in (1, 2, 3):
            assert on_threads(8, work) == []
            assert sandbox.logins == logins
            sandbox.expire_sessions()


def test_loops_outlive_logins_that_end_the_session_before_them() -> None:
    step = one_session_at_a_time()
    with FaultServer(step, logins=[step]) as server:
        client = Client(server.url, auth=Token("a-token"))

        async def calls() -> None:
            for _ in range(3):
                async with anyio.create_task_group() as group:
                    for _ in range(4):
                        group.start_soon(client.thread.get_available)

        assert on_threads(8, lambda _: asyncio.run(calls())) == []
        assert len(server.logins) < 8


def one_session_at_a_time() -> Callable[[Exchange], None]:
    """Answer whoever has the newest session; each login, and each thirtieth call, ends it."""
    lock, newest, calls = threading.Lock(), [""], itertools.count(1)

    def step(exchange: Exchange) -> None:
        with lock:
            if exchange.request.is_login:
                newest[0] = f"s{next(calls)}"
                exchange.answer(200, b"", [("Set-Cookie", f"session={newest[0]}")])
            elif exchange.request.session != newest[0]:
                exchange.answer(401)
            else:
                if next(calls) % 30 == 0:
                    newest[0] = ""
                exchange.answer(200, b'{"data": []}')

    return step


@pytest.mark.parametrize("ending", ["closed", "stopped"])
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_loop_that_is_left_in_the_middle_of_a_renewal_holds_up_no_other(ending: str) -> None:
    service = Service()
    client = service.client()
    loop = asyncio.new_event_loop()

    async def begin() -> None:
        tasks.append(asyncio.ensure_future(client.thread.get_available()))
        await until(lambda: service.waiting == 1)

    tasks: list[asyncio.Future[object]] = []
    with service.holding(TOKEN_LOGIN):
        loop.run_until_complete(begin())
        waiting = Future[object]()

        async def wait() -> None:
            waiting.set_result(await client.thread.get_available())

        if ending == "closed":
            loop.close()
    anyio.run(wait)
    assert waiting.result() == []
    assert service.logins == 2
    if ending == "stopped":
        assert loop.run_until_complete(tasks[0]) == []
        loop.close()
    tasks.clear()
    gc.collect()
