"""Who is told of a new session id, and what becomes of what they raise."""

import asyncio
import logging
from collections.abc import Callable

import httpx
import pytest

from liminal import Client, SyncClient
from liminal._session.listeners import SessionListeners
from liminal.auth import SessionId
from liminal.errors import LiminalError

URL, SESSION = "https://api.tenant.example", SessionId("old")


def test_each_is_given_the_new_id_in_the_order_they_came() -> None:
    told: list[tuple[int, str]] = []
    listeners = SessionListeners(None)
    for number in (1, 2):
        listeners.add(lambda value, number=number: told.append((number, value)))
    listeners.notify("new")
    assert told == [(1, "new"), (2, "new")]


def test_an_id_that_they_know_is_not_pending() -> None:
    listeners = SessionListeners("known")
    assert listeners.pending("known") is None
    assert listeners.pending(None) is None
    assert listeners.pending("new") == "new"
    listeners.notify("new")
    assert listeners.pending("new") is None
    assert listeners.pending("known") == "known"


def test_unsubscribing_ends_that_one_subscription() -> None:
    told: list[str] = []
    listeners = SessionListeners(None)
    first, _ = listeners.add(told.append), listeners.add(told.append)
    first()
    first()
    listeners.notify("new")
    assert told == ["new"]


def test_one_that_unsubscribes_while_it_is_told_is_not_told_again() -> None:
    told: list[str] = []
    listeners = SessionListeners(None)

    def once(value: str) -> None:
        told.append(value)
        unsubscribe()

    unsubscribe = listeners.add(once)
    listeners.notify("one")
    listeners.notify("two")
    assert told == ["one"]


def test_what_one_raises_is_logged_by_its_type_alone_and_keeps_nobody_from_hearing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    told: list[str] = []
    listeners = SessionListeners(None)

    def broken(value: str) -> None:
        raise ValueError(f"can't store {value}")

    listeners.add(broken)
    listeners.add(told.append)
    with caplog.at_level(logging.DEBUG):
        listeners.notify("secret-session")
    assert told == ["secret-session"]
    assert [(r.name, r.getMessage(), r.exc_info) for r in caplog.records] == [
        ("liminal", "a session-change callback raised ValueError", None)
    ]


async def _coroutine_function(value: str) -> None:
    raise AssertionError(value)


class _AsyncCallable:
    async def __call__(self, value: str) -> None:
        raise AssertionError(value)


@pytest.mark.parametrize("listener", [None, "save", 1, _coroutine_function, _AsyncCallable()])
def test_what_can_t_be_called_or_would_have_to_be_awaited_is_refused(listener: object) -> None:
    with pytest.raises(LiminalError, match="must be a plain function"):
        SessionListeners(None).add(listener)  # type: ignore[arg-type]  # on purpose


@pytest.mark.parametrize("variant", ["asyncio", "blocking"])
def test_an_answer_is_closed_when_a_callback_ends_the_program(variant: str) -> None:
    """Nothing catches SystemExit, but the answer's connection must not stay open."""
    closed: list[bool] = []

    class Body(httpx.ByteStream):
        def close(self) -> None:
            closed.append(True)

        async def aclose(self) -> None:
            closed.append(True)

    def answer(_: object) -> httpx.Response:
        return httpx.Response(200, headers={"set-cookie": "session=new"}, stream=Body(b"{}"))

    def end(_: str) -> None:
        raise SystemExit

    transport = httpx.MockTransport(answer)
    run = _list_threads if variant == "blocking" else _list_threads_async
    with pytest.raises(SystemExit):
        run(transport, end)
    assert closed


def _list_threads(transport: httpx.MockTransport, callback: Callable[[str], None]) -> None:
    client = SyncClient(URL, auth=SESSION, httpx_client=httpx.Client(transport=transport))
    client.on_session_change(callback)
    client.thread.get_available()


def _list_threads_async(transport: httpx.MockTransport, callback: Callable[[str], None]) -> None:
    async def call() -> None:
        client = Client(URL, auth=SESSION, httpx_client=httpx.AsyncClient(transport=transport))
        client.on_session_change(callback)
        await client.thread.get_available()

    asyncio.run(call())
