"""Callbacks of ``on_session_change``: which ids they receive, when, and what they may raise."""

import asyncio
import linecache
import logging
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from types import FrameType, FunctionType
from typing import Any

import anyio
import httpx
import pytest

from liminal import Client, SyncClient
from liminal._session.listeners import SessionListeners
from liminal._session.shared import SharedSession
from liminal.auth import SessionId
from liminal.errors import LiminalError
from tests.support.service import URL, answer
from tests.support.tasks import PATIENCE

from .caller import Caller, errors, shared_session


def bring(session: SharedSession, value: str) -> None:
    session.adopt_from(answer(200, f"session={value}").headers, session.snapshot)


def test_each_callback_receives_new_ids_in_order_until_it_unsubscribes():
    told: list[str] = []
    session = shared_session()

    def once(value: str) -> None:
        told.append(f"once {value}")
        unsubscribe()

    unsubscribe = session.listeners.add(once)
    first, _ = session.listeners.add(told.append), session.listeners.add(told.append)
    bring(session, "one")
    first()
    first()
    bring(session, "two")
    assert told == ["once one", "one", "one", "two"]


def test_an_exception_is_logged_by_its_type_alone_and_breaks_nothing(caller, caplog):
    told: list[str] = []

    def broken(value: str) -> None:
        raise ValueError(f"can't store {value}")

    caller.client.on_session_change(broken)
    caller.client.on_session_change(told.append)
    caller.service.roll = True
    with caplog.at_level(logging.WARNING):
        assert caller.call() == []
    assert told == ["s2"]
    assert [(r.name, r.getMessage(), r.exc_info) for r in caplog.records] == [
        ("liminal", "a session-change callback raised ValueError", None)
    ]


class _Async:
    async def __call__(self, value: str) -> None:
        raise AssertionError(value)


@pytest.mark.parametrize("listener", [None, "save", 1, anyio.sleep, _Async()])
def test_a_callback_must_be_a_plain_function(listener):
    with pytest.raises(LiminalError, match="a session-change callback must be a plain function"):
        shared_session().listeners.add(listener)


def test_a_callback_receives_each_new_id_once_it_is_in_use(sdk, service):
    caller = Caller(sdk, service)
    told: list[tuple[str, str | None]] = []
    caller.client.on_session_change(lambda value: told.append((value, caller.client.session_id)))
    caller.call()
    service.roll = True
    caller.with_options(timeout=5).call()
    service.expire()
    caller.call()
    assert told == [(value, value) for value in ("s1", "s2", "s3", "s4")]


def test_neither_a_known_id_nor_the_end_calls_back(sdk, service):
    service.cookie()
    caller = Caller(sdk, service, SessionId("s1"))
    told: list[str] = []
    caller.client.on_session_change(told.append)
    service.next_answers += [answer(), answer(200, "session=s1"), answer(200, "session=")]
    for _ in range(3):
        caller.call()
    assert (told, caller.client.session_id) == ([], None)


def test_of_many_answers_at_once_the_last_id_received_is_in_use(caller):
    told: list[str] = []
    caller.client.on_session_change(told.append)
    caller.service.roll = True
    for _ in range(5):
        assert errors(caller.start_many(50)) == [None] * 50
    assert told[-1] == caller.client.session_id
    assert len(set(told)) == len(told)
    assert caller.service.logins == 1


# Ids that come while a callback runs


def test_an_id_from_another_thread_follows_when_the_callback_returns():
    told: list[str] = []
    telling, go_on = threading.Event(), threading.Event()

    def slow(value: str) -> None:
        told.append(value)
        telling.set()
        assert go_on.wait(PATIENCE)

    session = shared_session()
    session.listeners.add(slow)
    first = threading.Thread(target=bring, args=(session, "one"))
    first.start()
    assert telling.wait(PATIENCE)
    bring(session, "two")  # does not wait
    assert told == ["one"]
    go_on.set()
    first.join(PATIENCE)
    assert told == ["one", "two"]


def test_an_id_that_a_callback_brings_follows_when_it_returns():
    told: list[str] = []
    session = shared_session()

    def nosy(value: str) -> None:
        told.append(value)
        if value == "one":
            bring(session, "two")

    session.listeners.add(nosy)
    bring(session, "one")
    assert told == ["one", "two"]


def test_a_callback_that_brings_an_id_each_time_is_called_twice_for_each_other_change():
    told: list[str] = []
    session = shared_session()

    def nosy(value: str) -> None:
        told.append(value)
        assert len(told) < 10
        bring(session, f"{value}+")

    session.listeners.add(nosy)
    bring(session, "one")
    assert (told, session.snapshot.value) == (["one", "one+"], "one++")
    bring(session, "two")
    assert told[2:] == ["two", "two+"]


def test_an_id_from_another_thread_is_delivered_after_those_that_a_callback_brings():
    told: list[str] = []
    session = shared_session()

    def nosy(value: str) -> None:
        told.append(value)
        if len(told) == 2:
            in_thread = threading.Thread(target=bring, args=(session, "other"))
            in_thread.start()
            in_thread.join(PATIENCE)
        elif len(told) < 10:
            bring(session, f"{value}+")

    session.listeners.add(nosy)
    bring(session, "one")
    assert told == ["one", "one+", "other", "other+"]


def test_an_id_that_another_thread_has_just_delivered_is_not_repeated():
    session = shared_session()

    class Telling:
        """A lock that another thread takes first, to deliver the id."""

        def locked(self) -> bool:
            return False

        def __enter__(self) -> None:
            session.listeners._known = "one"

        def __exit__(self, *_: object) -> None:
            pass

    told: list[str] = []
    session.listeners.add(told.append)
    session.listeners._lock = Telling()  # it is as good as a lock
    bring(session, "one")
    assert told == []


@pytest.mark.parametrize("step", range(9))
def test_ctrl_c_at_any_step_does_not_silence_the_callbacks(step):
    told: list[str] = []
    session = shared_session()
    session.listeners.add(told.append)
    interrupted, before = interrupted_at(step, SessionListeners.notify), sys.gettrace()
    sys.settrace(interrupted)
    try:
        with suppress(KeyboardInterrupt):
            bring(session, "one")
    finally:
        sys.settrace(before)
    bring(session, "two")
    assert told[-1] == "two"


def interrupted_at(step: int, function: FunctionType) -> Callable[..., Any]:
    """Make a trace function that raises KeyboardInterrupt at this line of the function.

    Lines that leave a ``with`` block are not counted: Python releases a lock before it interrupts.
    """

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal step
        if frame.f_code is not function.__code__:
            return None
        if event == "line" and "with " not in linecache.getline(
            frame.f_code.co_filename, frame.f_lineno
        ):
            step -= 1
            if step < 0:
                raise KeyboardInterrupt
        return trace

    return trace


@pytest.mark.parametrize(
    ("kind", "library"), [(Client, httpx.AsyncClient), (SyncClient, httpx.Client)]
)
def test_an_answer_is_closed_when_a_callback_ends_the_program(kind, library, service):
    """Nothing catches SystemExit, but the answer's connection must not stay open."""

    def end(_: str) -> None:
        raise SystemExit

    service.good.add("given")
    last = answer(200, "session=new")
    service.next_answers.append(last)
    client = kind(URL, auth=SessionId("given"), httpx_client=library(transport=service))
    client.on_session_change(end)
    with pytest.raises(SystemExit):
        asyncio.run(client.thread.get_available())
    assert last.is_closed
