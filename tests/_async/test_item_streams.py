"""Streams of operations that the facade does not know, item by item, through ``client.api``.

How the bytes become items is told by tests/streams/test_items.py.
"""

import copy
import gzip
import json
from typing import Any

import pytest

from liminal import LiminalError, ResponseValidationError, StreamInterruptedError, StreamServerError
from tests.faults.server import Exchange, Step
from tests.support.growth import growth, operation
from tests.support.streams import begin, kept_open, streaming

from .clients import client_of, leaves_nothing, served

SSE, LINES = "text/event-stream", "application/jsonl"
NOTES = [{"kind": "written", "note": {"id": 1}}, {"kind": "erased", "id": 2}]


async def read(step: Step, name: str) -> tuple[list[Any], Any]:
    """Read an operation's stream to the end; give the items and the error that ended it."""
    items: list[Any] = []
    async with served(step) as (client, _):
        try:
            async for item in operation(name).asyncio_iterate(client=client.api):
                items += [item]
        except LiminalError as error:
            return items, error
    return items, None


@pytest.mark.parametrize(
    ("name", "kind", "body", "items"),
    [
        ("watch_ticks", LINES, b"1\n\nnull\n0", [1, None, 0]),
        ("watch_log", SSE, b"event: line\ndata: a\n\ndata: b\n\nevent: ping\ndata: c\n\n", ["a"]),
    ],
)
async def test_the_items_are_decoded_as_the_contract_says(name, kind, body, items):
    assert await read(streaming(body, content_type=kind), name) == (items, None)


@pytest.mark.parametrize(("kind", "frame"), [(SSE, "event: x\ndata: {}\n\n"), (LINES, "{}\n")])
async def test_items_of_several_types_are_distinguished(kind, frame):
    body = "".join(frame.replace("{}", json.dumps(note)) for note in NOTES).encode()
    items, error = await read(streaming(body, content_type=kind), "watch_notes")
    kinds = (growth().model("Written"), growth().model("Erased"))
    assert error is None
    assert items == [kind.from_dict(note) for kind, note in zip(kinds, NOTES, strict=True)]


PACKED = gzip.compress(b"1\n2\n")
GZIP = [("Content-Encoding", "gzip")]


def cut_off(exchange: Exchange) -> None:
    begin(exchange, b"1\n")
    exchange.close()


@pytest.mark.parametrize(
    ("name", "step", "kind", "says"),
    [
        ("watch_ticks", streaming(b"1\ntrue\n"), ResponseValidationError, "should be an integer"),
        (
            "watch_log",
            streaming(b"event: line\ndata: a\n\nevent: error\ndata: no\n\n", content_type=SSE),
            StreamServerError,
            "reported an error",
        ),
        ("watch_ticks", cut_off, StreamInterruptedError, "the items before it were returned"),
        (
            "watch_notes",
            streaming(json.dumps(NOTES[1]).encode() + b'\n{"kind": '),
            StreamInterruptedError,
            "the items before it were returned",
        ),
    ],
)
async def test_a_fault_is_raised_after_good_items(name, step, kind, says):
    items, error = await read(step, name)
    assert len(items) == 1
    assert type(error) is kind
    assert says in str(error)
    assert error.operation == name
    assert getattr(error, "chunks_received", 1) == 1


async def test_compressed_items_end_with_their_content_coding():
    assert await read(streaming(PACKED, headers=GZIP), "watch_ticks") == ([1, 2], None)
    items, error = await read(streaming(PACKED[:-1], headers=GZIP), "watch_ticks")
    assert (items, type(error)) == ([1, 2], StreamInterruptedError)
    assert "cut off: the body ends in the middle of its gzip data" in str(error)


async def test_a_stream_that_is_never_read_is_never_sent_nor_copied():
    async with served() as (client, server):
        stream = operation("watch_ticks").asyncio_iterate(client=client.api)
        assert repr(stream).endswith("ItemStream: not sent yet, 0 items>")
        with pytest.raises(LiminalError, match="can't be pickled or copied"):
            copy.copy(stream)
        await stream.close()
    assert server.requests == []


async def test_leaving_the_loop_or_a_with_block_closes_the_stream():
    async with leaves_nothing(client_of, kept_open(b"1\n2\n")) as client:
        async for item in operation("watch_ticks").asyncio_iterate(client=client.api):
            assert item == 1
            break
        async with operation("watch_ticks").asyncio_iterate(client=client.api) as stream:
            items = aiter(stream)
            assert aiter(items) is items
            assert await anext(items) == 1


async def test_a_cookie_parameter_is_sent_beside_the_session():
    async with served(lambda exchange: exchange.answer(200, [])) as (client, server):
        await operation("search_notes").asyncio(client=client.api, locale="de DE")
    assert server.calls[0].headers["cookie"] == "locale=de%20DE; session=s1"
