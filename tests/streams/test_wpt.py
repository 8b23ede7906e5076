"""Every web-platform-tests case, as it comes and however it is cut."""

from collections.abc import AsyncIterator, Iterator
from itertools import combinations

import pytest

from liminal.streaming import ServerSentEvent, SSEDecoder, aiter_sse, is_event_stream, iter_sse
from tests.streams.wpt import CASES, EVENT_STREAMS, Case

# Most cases come in two framings of the same bytes; to cut those, one is enough.
STREAMS = list({case.stream: case for case in EVENT_STREAMS}.values())


def named(cases: list[Case]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", cases, ids=[case.name for case in cases])


@named(CASES)
def test_the_content_type_decides_whether_it_is_an_event_stream(case: Case) -> None:
    assert is_event_stream(case.content_type) == (case.error is None)


@named(EVENT_STREAMS)
def test_a_case_gives_its_events(case: Case) -> None:
    assert list(iter_sse(case.chunks)) == case.events


@pytest.mark.anyio
async def test_all_cases_give_their_events_asynchronously() -> None:
    async def chunks(case: Case) -> AsyncIterator[bytes]:
        for chunk in case.chunks:
            yield chunk

    for case in EVENT_STREAMS:
        assert [event async for event in aiter_sse(chunks(case))] == case.events, case.name


@named([case for case in EVENT_STREAMS if case.state])
def test_a_case_leaves_its_state(case: Case) -> None:
    _events, *state = decoded(case.chunks)
    assert state == [case.state["last_event_id"], case.state["reconnect_ms"]]


@named(STREAMS)
def test_two_way_cuts_change_nothing(case: Case) -> None:
    whole = decoded([case.stream])
    for cut in range(1, len(case.stream)):
        assert decoded([case.stream[:cut], case.stream[cut:]]) == whole, cut


@named(STREAMS)
def test_three_way_cuts_change_nothing(case: Case) -> None:
    stream = case.stream
    whole = decoded([stream])
    for one, two in combinations(places_to_cut(stream), 2):
        assert decoded([stream[:one], stream[one:two], stream[two:]]) == whole, (one, two)


def places_to_cut(stream: bytes) -> Iterator[int]:
    """Every place in the stream, but of a run of one same letter (2,000 x in a comment) the ends.

    Without this the one long case alone has eight million three-way cuts.
    """
    for cut in range(1, len(stream)):
        if len(set(stream[max(0, cut - 3) : cut + 3])) > 1 or not stream[cut : cut + 1].isalpha():
            yield cut


def decoded(chunks: list[bytes]) -> tuple[list[ServerSentEvent], str, int | None]:
    decoder = SSEDecoder()
    events = [event for chunk in chunks for event in decoder.feed(chunk)]
    return events, decoder.last_event_id, decoder.reconnection_time
