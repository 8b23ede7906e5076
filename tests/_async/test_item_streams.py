"""Streams of operations that the facade does not know, item by item, through ``client.api``."""

import copy
import json
from typing import Any

import pytest

from liminal import (
    Client,
    LiminalError,
    ResponseValidationError,
    StreamInterruptedError,
    StreamServerError,
)
from tests.faults.server import Exchange, FaultServer, Step
from tests.support.growth import growth, operation
from tests.support.streams import begin, finish, more

from .clients import client_of, leaves_nothing

pytestmark = pytest.mark.anyio

SSE, LINES = "text/event-stream", "application/jsonl"
WRITTEN = {"kind": "written", "note": {"id": 1}}
ERASED = {"kind": "erased", "id": 2}


def whole(content_type: str, body: bytes) -> Step:
    return lambda exchange: exchange.answer(200, body, [("Content-Type", content_type)])


async def read(stream: Any) -> tuple[list[Any], LiminalError | None]:
    """Read to the end; give the items and the error that ended it."""
    items: list[Any] = []
    try:
        async for item in stream:
            items += [item]
    except LiminalError as error:
        return items, error
    return items, None


@pytest.mark.parametrize(
    ("name", "kind", "body", "items"),
    [
        ("watch_ticks", LINES, b"1\n\nnull\n0", [1, None, 0]),
        ("watch_ticks", LINES, b"1\n[DONE]\nno JSON", [1]),
        ("watch_log", SSE, b"event: line\ndata: a\n\ndata: b\n\nevent: ping\ndata: c\n\n", ["a"]),
    ],
)
async def test_the_items_are_decoded_as_the_contract_says(
    name: str, kind: str, body: bytes, items: list[Any]
) -> None:
    with FaultServer(whole(kind, body)) as server:
        async with client_of(server) as client:
            stream = operation(name).asyncio_iterate(client=client.api)
            assert await read(stream) == (items, None)


@pytest.mark.parametrize("kind", [SSE, LINES])
async def test_items_of_several_kinds_are_told_apart(kind: str) -> None:
    frame = "event: x\ndata: {}\n\n" if kind == SSE else "{}\n"
    body = "".join(frame.replace("{}", json.dumps(one)) for one in (WRITTEN, ERASED)).encode()
    with FaultServer(whole(kind, body)) as server:
        async with client_of(server) as client:
            items, _ = await read(operation("watch_notes").asyncio_iterate(client=client.api))
    model = growth().model
    assert items == [model("Written").from_dict(WRITTEN), model("Erased").from_dict(ERASED)]


async def test_a_stream_that_is_never_read_is_never_sent() -> None:
    with FaultServer(whole(LINES, b"1\n")) as server:
        async with client_of(server) as client:
            stream = operation("watch_ticks").asyncio_iterate(client=client.api)
            assert repr(stream).endswith("ItemStream: not sent yet, 0 items>")
            await stream.close()
    assert server.requests == []


@pytest.mark.parametrize(
    ("name", "kind", "body", "error", "says"),
    [
        ("watch_ticks", LINES, b"1\nx\n", ResponseValidationError, r"\$ of an item should be JSON"),
        ("watch_ticks", LINES, b"1\ntrue\n", ResponseValidationError, "should be an integer"),
        ("watch_log", SSE, b"event: line\ndata: a\n\nevent: error\ndata: no\n\n", StreamServerError,
         "reported an error"),
    ],
)  # fmt: skip
async def test_a_fault_is_raised_after_the_good_items(
    name: str, kind: str, body: bytes, error: type[LiminalError], says: str
) -> None:
    with FaultServer(whole(kind, body)) as server:
        async with client_of(server) as client:
            items, raised = await read(operation(name).asyncio_iterate(client=client.api))
    assert len(items) == 1
    assert isinstance(raised, error)
    with pytest.raises(error, match=says):
        raise raised
    assert getattr(raised, "operation") == name  # noqa: B009 - mypy knows a LiminalError alone


def _cut_off(exchange: Exchange) -> None:
    begin(exchange)
    more(exchange, b"1\n")
    exchange.close()


def _cut_off_in_an_item(exchange: Exchange) -> None:
    begin(exchange)
    more(exchange, json.dumps(ERASED).encode() + b"\n" + json.dumps(ERASED).encode()[:9])
    finish(exchange)


@pytest.mark.parametrize(
    ("name", "step"), [("watch_ticks", _cut_off), ("watch_notes", _cut_off_in_an_item)]
)
async def test_what_is_lost_is_told(name: str, step: Step) -> None:
    with FaultServer(step) as server:
        async with client_of(server) as client:
            items, error = await read(operation(name).asyncio_iterate(client=client.api))
    assert len(items) == 1
    assert isinstance(error, StreamInterruptedError)
    assert error.chunks_received == 1
    assert str(error).endswith("the items before it were given")


def _endless(exchange: Exchange) -> None:
    begin(exchange)
    more(exchange, b"1\n2\n")
    exchange.wait_for_hangup()


async def test_leaving_the_loop_closes_the_stream() -> None:
    async with leaves_nothing(client_of, _endless) as client:
        async for item in operation("watch_ticks").asyncio_iterate(client=client.api):
            assert item == 1
            break


async def test_the_end_of_a_with_block_closes_the_stream() -> None:
    async with (
        leaves_nothing(client_of, _endless) as client,
        operation("watch_ticks").asyncio_iterate(client=client.api) as stream,
    ):
        items = aiter(stream)
        assert aiter(items) is items
        assert await anext(items) == 1


async def test_a_stream_can_not_be_copied(client: Client) -> None:
    stream = operation("watch_ticks").asyncio_iterate(client=client.api)
    with pytest.raises(LiminalError, match="can't be pickled or copied"):
        copy.copy(stream)


async def test_the_other_variant_s_streams_are_refused(client: Client) -> None:
    module = operation("watch_ticks")
    asked = {"asyncio_iterate", "iterate"} - {module.asyncio_iterate.__name__}
    with pytest.raises(LiminalError, match=r"this is the api of a (Sync)?Client: call the"):
        getattr(module, asked.pop())(client=client.api)


async def test_a_cookie_parameter_is_sent_beside_the_session() -> None:
    with FaultServer(lambda exchange: exchange.answer(200, [])) as server:
        async with client_of(server) as client:
            await operation("search_notes").asyncio(client=client.api, locale="de DE")
    assert server.calls[0].headers["cookie"] == "locale=de%20DE; session=s1"
