"""Many calls on a session that ends faster than they take turns: none is lost."""

from collections.abc import Awaitable, Callable

import anyio
import pytest

from liminal import Client
from liminal.auth import Token
from liminal.sandbox import Sandbox

CALLS = 300


@pytest.mark.anyio
async def test_a_hundred_in_flight_outlive_sessions_of_fifty_requests() -> None:
    with Sandbox(session_uses=50) as sandbox:
        async with Client(sandbox.url, auth=Token(sandbox.token)) as client:
            await _at_once(100, client.llm.get_available_model_instances)

        assert sandbox.logins <= CALLS / 50 + 1


async def _at_once(many: int, call: Callable[[], Awaitable[object]]) -> None:
    turns = iter(range(CALLS))

    async def work() -> None:
        for _ in turns:
            await call()

    async with anyio.create_task_group() as group:
        for _ in range(many):
            group.start_soon(work)
