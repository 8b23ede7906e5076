"""One asyncio client on several event loops, one after another: no lock or event ties it to one."""
# derive: async-only

import asyncio

import anyio
import pytest

from liminal import Client
from liminal.auth import Token
from liminal.sandbox import Sandbox

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
