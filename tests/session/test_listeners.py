"""Who is told of a new session id, and what becomes of what they raise."""

import logging

import pytest

from liminal._session.listeners import SessionListeners
from liminal.errors import LiminalError


def test_each_is_given_the_new_id_in_the_order_they_came() -> None:
    told: list[tuple[int, str]] = []
    listeners = SessionListeners(None)
    for number in (1, 2):
        listeners.add(lambda value, number=number: told.append((number, value)))
    listeners.tell("new")
    assert told == [(1, "new"), (2, "new")]


def test_an_id_that_they_know_is_no_news() -> None:
    listeners = SessionListeners("known")
    assert listeners.news("known") is None
    assert listeners.news(None) is None
    assert listeners.news("new") == "new"
    listeners.tell("new")
    assert listeners.news("new") is None
    assert listeners.news("known") == "known"


def test_unsubscribing_ends_that_one_subscription() -> None:
    told: list[str] = []
    listeners = SessionListeners(None)
    first, _ = listeners.add(told.append), listeners.add(told.append)
    first()
    first()
    listeners.tell("new")
    assert told == ["new"]


def test_one_that_unsubscribes_while_it_is_told_is_not_told_again() -> None:
    told: list[str] = []
    listeners = SessionListeners(None)

    def once(value: str) -> None:
        told.append(value)
        unsubscribe()

    unsubscribe = listeners.add(once)
    listeners.tell("one")
    listeners.tell("two")
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
        listeners.tell("secret-session")
    assert told == ["secret-session"]
    assert [(r.name, r.getMessage(), r.exc_info) for r in caplog.records] == [
        ("liminal", "a session-change callback raised ValueError", None)
    ]


async def _coroutine_function(value: str) -> None:
    raise AssertionError(value)


@pytest.mark.parametrize("listener", [None, "save", 1, _coroutine_function])
def test_what_can_t_be_called_or_would_have_to_be_awaited_is_refused(listener: object) -> None:
    with pytest.raises(LiminalError, match="must be a plain function"):
        SessionListeners(None).add(listener)  # type: ignore[arg-type]  # on purpose
