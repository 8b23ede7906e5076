# Derived from tests/_async/test_pages.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""Lists that come in pages, through ``client.api`` and the facade."""

from typing import Any

import pytest

from liminal import (
    APIStatusError,
    LiminalError,
    ResponseValidationError,
    SyncClient,
)
from tests.faults.server import FaultServer, Step
from tests.support.growth import operation

from .clients import client_of


def page(*ids: int, after: str | None = None) -> Step:
    """Answer with a page of notes."""
    body = {"data": [{"id": number} for number in ids], "meta": {"nextCursor": after}}
    return lambda exchange: exchange.answer(200, body)


def failing(status: int) -> Step:
    return lambda exchange: exchange.answer(status, {})


def paths(server: FaultServer) -> list[str]:
    return [request.path for request in server.calls]


def test_the_items_of_all_pages_come_one_after_another() -> None:
    with FaultServer(page(1, 2, after="b"), page(after="c"), page(3)) as server:
        with client_of(server) as client:
            notes = operation("list_notes").iterate(client=client.api, limit=2)
            assert [note.id for note in notes] == [1, 2, 3]
    assert paths(server) == [
        "/notes?limit=2",
        "/notes?cursor=b&limit=2",
        "/notes?cursor=c&limit=2",
    ]


def test_a_page_is_asked_for_when_its_first_item_is_needed() -> None:
    with FaultServer(page(1, after="b"), page(2)) as server:
        with client_of(server) as client:
            notes = iter(operation("list_notes").iterate(client=client.api))
            assert paths(server) == []
            assert next(notes).id == 1
            assert paths(server) == ["/notes"]
            assert next(notes).id == 2


@pytest.mark.parametrize(("most", "ids"), [(0, []), (1, [1]), (3, [1, 2, 3]), (9, [1, 2, 3, 4])])
def test_max_items_bounds_the_items_and_the_pages_asked_for(most: int, ids: list[int]) -> None:
    with FaultServer(page(1, 2, after="b"), page(3, 4)) as server:
        with client_of(server) as client:
            notes = operation("list_notes").iterate(client=client.api, max_items=most)
            assert [note.id for note in notes] == ids
    assert len(paths(server)) == (most + 1) // 2 if most < 9 else 2


def test_a_page_says_where_to_go_on_later() -> None:
    with FaultServer(page(1, after="b"), page(2)) as server:
        with client_of(server) as client:
            iterate = operation("list_notes").iterate
            first = next(iterate(client=client.api).pages())
            later = iterate(client=client.api, cursor=first.next)
            assert [note.id for note in later] == [2]
    assert paths(server)[-1] == "/notes?cursor=b"


def test_each_iteration_begins_anew() -> None:
    with FaultServer(page(1)) as server:
        with client_of(server) as client:
            notes = operation("list_notes").iterate(client=client.api)
            assert [note.id for note in notes] == [note.id for note in notes] == [1]


def test_a_page_that_fails_is_asked_for_again_alone() -> None:
    with FaultServer(page(1, after="b"), failing(500), page(2)) as server:
        with client_of(server, max_retries=0) as client:
            notes = iter(operation("list_notes").iterate(client=client.api))
            assert next(notes).id == 1
            with pytest.raises(APIStatusError):
                next(notes)
            assert next(notes).id == 2
    assert paths(server) == ["/notes", "/notes?cursor=b", "/notes?cursor=b"]


def test_a_session_that_ends_between_pages_is_renewed() -> None:
    with FaultServer(page(1, after="b"), failing(401), page(2)) as server:
        with client_of(server) as client:
            notes = operation("list_notes").iterate(client=client.api)
            assert [note.id for note in notes] == [1, 2]
    assert len(server.logins) == 2


def test_a_page_is_retried_like_any_call() -> None:
    with FaultServer(page(1, after="b"), failing(503), page(2)) as server:
        with client_of(server) as client:
            notes = operation("list_notes").iterate(client=client.api)
            assert [note.id for note in notes] == [1, 2]


def test_a_cursor_that_comes_again_is_an_error() -> None:
    with FaultServer(page(1, after="b"), page(2, after="c"), page(3, after="b")) as server:
        with client_of(server) as client:
            notes = iter(operation("list_notes").iterate(client=client.api))
            assert [next(notes).id, next(notes).id] == [1, 2]
            with pytest.raises(ResponseValidationError, match="is a cursor that came before") as (
                caught
            ):
                next(notes)
    assert caught.value.path == "$.meta.nextCursor"
    assert caught.value.operation == "list_notes"


def tags(*names: str, total: int | None = None) -> Step:
    meta = {} if total is None else {"meta": {"total": total}}
    body: dict[str, Any] = {"tags": [{"name": name} for name in names], **meta}
    return lambda exchange: exchange.answer(200, body)


def test_an_offset_goes_on_until_the_total_or_an_empty_page() -> None:
    with FaultServer(tags("a", "b"), tags("c"), tags()) as server:
        with client_of(server) as client:
            found = operation("list_tags").iterate(client=client.api)
            assert [tag.name for tag in found] == ["a", "b", "c"]
    assert paths(server) == ["/tags?offset=0", "/tags?offset=2", "/tags?offset=3"]
    with FaultServer(tags("a", "b", total=5), tags("c", total=5)) as server:
        with client_of(server) as client:
            found = operation("list_tags").iterate(client=client.api, offset=2)
            assert [tag.name for tag in found] == ["a", "b", "c"]


def test_a_server_that_passes_over_the_offset_is_an_error() -> None:
    with FaultServer(tags("a", "b")) as server:
        with client_of(server) as client:
            found = operation("list_tags").iterate(client=client.api)
            with pytest.raises(ResponseValidationError, match="is the page before once more"):
                _ = [tag.name for tag in found]
    assert len(paths(server)) == 2


def users(*names: str, rest: bool) -> Step:
    return lambda exchange: exchange.answer(200, {"users": {"all": names}, "rest": rest})


def test_pages_by_number_go_on_until_there_is_no_more() -> None:
    with FaultServer(
        users("a", rest=True), users("a", rest=True), users("b", rest=False)
    ) as server:
        with client_of(server) as client:
            found = operation("list_users").iterate(client=client.api)
            assert [name for name in found] == ["a", "a", "b"]
    assert paths(server) == ["/users?number=0", "/users?number=1", "/users?number=2"]


def test_a_list_without_pages_is_a_single_one() -> None:
    with FaultServer(lambda exchange: exchange.answer(200, ["a", "b"])) as server:
        with client_of(server) as client:
            words = operation("list_words").iterate(client=client.api)
            assert [found.items for found in words.pages()] == [["a", "b"]]


def test_the_facade_iterates_over_threads(client: SyncClient) -> None:
    for name in ("One", "Two"):
        client.thread.create(1, name)

    threads = [thread for thread in client.thread.list()]

    assert threads == client.thread.get_available()
    assert [thread for thread in client.thread.list(max_items=1)] == threads[:1]


@pytest.mark.parametrize("most", [-1, 1.5, True, "3"])
def test_max_items_is_a_whole_number(client: SyncClient, most: Any) -> None:
    with pytest.raises(LiminalError, match="max_items must be a whole number"):
        client.thread.list(max_items=most)
    with pytest.raises(ValueError, match="max_items has to be None or a whole number"):
        operation("list_notes").iterate(client=client.api, max_items=most)


def test_the_repr_of_a_page_does_not_show_its_items() -> None:
    with FaultServer(page(4711)) as server:
        with client_of(server) as client:
            found = next(operation("list_notes").iterate(client=client.api).pages())
    assert repr(found) == "Page()"
