"""Lists that come in pages, through ``client.api`` and the facade."""

from http import HTTPStatus
from typing import Any

import pytest

from liminal import APIStatusError, LiminalError, ResponseValidationError
from tests.faults.server import FaultServer, Step
from tests.support.growth import operation

from .clients import served


def page(*ids: int, after: str | None = None) -> Step:
    """Answer with a page of notes."""
    body = {"data": [{"id": number} for number in ids], "meta": {"nextCursor": after}}
    return lambda exchange: exchange.answer(200, body)


def tags(*names: str, total: int | None = None) -> Step:
    meta = {} if total is None else {"meta": {"total": total}}
    body: dict[str, Any] = {"tags": [{"name": name} for name in names], **meta}
    return lambda exchange: exchange.answer(200, body)


def users(*names: str, rest: bool) -> Step:
    return lambda exchange: exchange.answer(200, {"users": {"all": names}, "rest": rest})


def failing(status: int) -> Step:
    return lambda exchange: exchange.answer(status, {})


def shown(item: Any) -> Any:
    """Give what identifies a note, a tag or a user."""
    return getattr(item, "id", getattr(item, "name", item))


def paths(server: FaultServer) -> list[str]:
    return [request.path for request in server.calls]


FIRST, LAST, NEXT = page(1, 2, after="b"), page(3, 4), "/notes?cursor=b"
BY_OFFSET = (tags("a", "b"), tags("c"), tags())
BY_TOTAL = (tags("a", "b", total=5), tags("c", total=5))
BY_NUMBER = (users("a", rest=True), users("a", rest=True), users("b", rest=False))


@pytest.mark.parametrize(
    ("function", "arguments", "steps", "items", "asked"),
    [
        ("notes", {}, (FIRST, LAST), [1, 2, 3, 4], ["/notes", NEXT]),
        ("notes", {"cursor": "b"}, (LAST,), [3, 4], [NEXT]),
        ("notes", {"limit": 2}, (FIRST, LAST), [1, 2, 3, 4], ["/notes?limit=2", f"{NEXT}&limit=2"]),
        ("notes", {}, (FIRST, page(after="b2"), LAST), [1, 2, 3, 4], ["/notes", NEXT, f"{NEXT}2"]),
        # A page is retried like any call, and renews a session that ended.
        ("notes", {}, (FIRST, failing(503), LAST), [1, 2, 3, 4], ["/notes", NEXT, NEXT]),
        ("notes", {}, (FIRST, failing(401), LAST), [1, 2, 3, 4], ["/notes", NEXT, NEXT]),
        # A page of which no item is needed is not asked for.
        ("notes", {"max_items": 0}, (FIRST, LAST), [], []),
        ("notes", {"max_items": 1}, (FIRST, LAST), [1], ["/notes"]),
        ("notes", {"max_items": 2}, (FIRST, LAST), [1, 2], ["/notes"]),
        ("notes", {"max_items": 3}, (FIRST, LAST), [1, 2, 3], ["/notes", NEXT]),
        ("notes", {"max_items": 9}, (FIRST, LAST), [1, 2, 3, 4], ["/notes", NEXT]),
        ("tags", {}, BY_OFFSET, ["a", "b", "c"], [f"/tags?offset={n}" for n in (0, 2, 3)]),
        ("tags", {"offset": 2}, BY_TOTAL, ["a", "b", "c"], ["/tags?offset=2", "/tags?offset=4"]),
        ("users", {}, BY_NUMBER, ["a", "a", "b"], [f"/users?number={n}" for n in range(3)]),
    ],
)
async def test_the_items_of_all_pages_come_in_order(function, arguments, steps, items, asked):
    async with served(*steps) as (client, server):
        found = operation(f"list_{function}").asyncio_iterate(client=client.api, **arguments)
        assert [shown(item) async for item in found] == items
    assert paths(server) == asked


async def test_each_iteration_begins_anew_and_asks_for_a_page_when_it_needs_it():
    async with served(page(1, after="b"), page(2), page(1, after="b")) as (client, server):
        notes = operation("list_notes").asyncio_iterate(client=client.api)
        iteration = aiter(notes)
        assert paths(server) == []
        assert (await anext(iteration)).id == 1
        assert paths(server) == ["/notes"]
        assert (await anext(iteration)).id == 2
        assert (await anext(aiter(notes))).id == 1
    assert paths(server) == ["/notes", "/notes?cursor=b", "/notes"]


async def test_a_page_that_fails_is_asked_for_again_alone():
    async with served(page(1, after="b"), failing(500), page(2), max_retries=0) as (client, server):
        notes = aiter(operation("list_notes").asyncio_iterate(client=client.api))
        assert (await anext(notes)).id == 1
        with pytest.raises(APIStatusError):
            await anext(notes)
        assert (await anext(notes)).id == 2
    assert paths(server) == ["/notes", "/notes?cursor=b", "/notes?cursor=b"]


AGAIN = (page(1, after="b"), page(2, after="c"), page(3, after="b"))


@pytest.mark.parametrize(
    ("function", "steps", "before", "problem"),
    [
        ("notes", AGAIN, [1, 2], r"\$\.meta\.nextCursor is a cursor that came before"),
        ("tags", (tags("a", "b"),), ["a", "b"], "is the page before once more"),
    ],
)
async def test_a_repeated_page_is_an_error(function, steps, before, problem):
    async with served(*steps) as (client, _):
        items = aiter(operation(f"list_{function}").asyncio_iterate(client=client.api))
        assert [shown(await anext(items)) for _ in before] == before
        with pytest.raises(ResponseValidationError, match=problem) as caught:
            await anext(items)
    assert caught.value.operation == f"list_{function}"


async def test_a_page_has_its_items_and_the_next_cursor_and_shows_neither():
    async with served(page(4711, after="b")) as (client, _):
        found = await anext(operation("list_notes").asyncio_iterate(client=client.api).pages())
    assert ([note.id for note in found.items], found.next) == ([4711], "b")
    assert repr(found) == "Page()"


async def test_a_list_without_pages_is_a_single_page():
    async with served(lambda exchange: exchange.answer(200, ["a", "b"])) as (client, _):
        words = operation("list_words").asyncio_iterate(client=client.api)
        assert [found.items async for found in words.pages()] == [["a", "b"]]


async def test_the_facade_iterates_over_threads(client):
    await client.thread.create(1, "Another")
    threads = [thread async for thread in client.thread.list()]
    assert threads == await client.thread.get_available()
    assert [thread async for thread in client.thread.list(max_items=1)] == threads[:1]
    of_an_enum = client.thread.list(max_items=HTTPStatus.OK)
    assert [thread async for thread in of_an_enum] == threads


@pytest.mark.parametrize("most", [-1, 1.5, True, "3"])
async def test_max_items_is_a_whole_number(client, most):
    with pytest.raises(LiminalError, match="max_items must be a whole number"):
        client.thread.list(max_items=most)
    with pytest.raises(ValueError, match="max_items has to be None or a whole number"):
        operation("list_notes").asyncio_iterate(client=client.api, max_items=most)
