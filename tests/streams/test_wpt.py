"""Every event-stream case of web-platform-tests (BSD-3-Clause), whole and however it is cut."""

import base64
import json
from collections.abc import AsyncIterator, Iterator
from itertools import chain, combinations
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from liminal.streaming import ServerSentEvent, SSEDecoder, aiter_sse, is_event_stream, iter_sse


class Case(NamedTuple):
    """A stream in the pieces it comes in, and what is to come of it.

    ``events`` is None where the content type is none of an event stream. ``state`` is what the
    decoder knows at the end, where the case says so.
    """

    name: str
    chunks: list[bytes]
    content_type: str
    events: list[ServerSentEvent] | None
    state: dict[str, Any] | None

    @property
    def stream(self) -> bytes:
        return b"".join(self.chunks)


def _case(given: dict[str, Any]) -> Case:
    events = [ServerSentEvent(**event) for event in given.get("events", [])]
    chunks = [base64.b64decode(chunk) for chunk in given["chunks"]]
    kind, state = given["content_type"], given.get("state")
    return Case(given["name"], chunks, kind, None if "error" in given else events, state)


CASES = list(map(_case, json.loads(Path(__file__).with_name("wpt-cases.json").read_bytes())))
EVENT_STREAMS = [case for case in CASES if case.events is not None]
# Most cases come in two framings of the same bytes; to cut those, one is enough.
STREAMS = list({case.stream: case for case in EVENT_STREAMS}.values())


def named(cases: list[Case]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", cases, ids=[case.name for case in cases])


def decoded(chunks: list[bytes]) -> tuple[list[ServerSentEvent], str, int | None]:
    decoder = SSEDecoder()
    events = [event for chunk in chunks for event in decoder.feed(chunk)]
    return events, decoder.last_event_id, decoder.reconnection_time


@named(CASES)
def test_the_content_type_decides_whether_it_is_an_event_stream(case):
    assert is_event_stream(case.content_type) == (case.events is not None)


@named(EVENT_STREAMS)
def test_a_case_gives_its_events_and_leaves_its_state(case):
    assert list(iter_sse(case.chunks)) == case.events
    if case.state:
        _events, *state = decoded(case.chunks)
        assert state == [case.state["last_event_id"], case.state["reconnect_ms"]]


async def test_all_cases_give_their_events_asynchronously():
    async def chunks(case: Case) -> AsyncIterator[bytes]:
        for chunk in case.chunks:
            yield chunk

    for case in EVENT_STREAMS:
        assert [event async for event in aiter_sse(chunks(case))] == case.events, case.name


@named(STREAMS)
def test_cuts_in_two_and_in_three_change_nothing(case):
    stream = case.stream
    whole = decoded([stream])
    in_two = combinations(range(1, len(stream)), 1)
    for cuts in chain(in_two, combinations(places_to_cut(stream), 2)):
        ends = [*cuts, len(stream)]
        parts = [stream[start:end] for start, end in zip([0, *cuts], ends, strict=True)]
        assert decoded(parts) == whole, cuts


def places_to_cut(stream: bytes) -> Iterator[int]:
    """Every place in the stream, but of a run of one same letter (2,000 x in a comment) the ends.

    Without this the one long case alone has eight million three-way cuts.
    """
    for cut in range(1, len(stream)):
        if len(set(stream[max(0, cut - 3) : cut + 3])) > 1 or not stream[cut : cut + 1].isalpha():
            yield cut
