"""Hydrating a text that arrives in chunks."""

import copy
import gc
import re
import time
from collections.abc import AsyncIterator, Iterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from liminal import LiminalError
from liminal.placeholders import Placeholders, ahydrate_stream, hydrate_stream

from .reference import PAIRS, TEXTS

MODES: Any = st.fixed_dictionaries(
    {"escape": st.sampled_from([None, "json"]), "lenient": st.booleans()}
)


def streamed(table: Placeholders, chunks: list[str], **mode: Any) -> str:
    hydrator = table.hydrator(**mode)
    return "".join([*map(hydrator.feed, chunks), hydrator.finish()])


@settings(max_examples=3 * settings.default.max_examples)
@given(TEXTS, PAIRS, MODES)
@example(r"[[PERSON_0]] PERSON\0", {"PERSON_0": "Ada"}, {"escape": None, "lenient": True})
@example(r"\\nPERSON_0", {"PERSON_0": "Ada"}, {"escape": "json", "lenient": False})
def test_every_split_in_two_and_into_characters_gives_the_whole(
    text: str, pairs: dict[str, str], mode: Any
) -> None:
    table = Placeholders.load(pairs)
    whole = table.hydrate(text, **mode)
    assert streamed(table, list(text), **mode) == whole
    for cut in range(len(text) + 1):
        assert streamed(table, [text[:cut], text[cut:]], **mode) == whole


@settings(max_examples=3 * settings.default.max_examples)
@given(TEXTS, PAIRS, MODES, st.data())
def test_any_split_gives_the_whole(
    text: str, pairs: dict[str, str], mode: Any, data: st.DataObject
) -> None:
    table = Placeholders.load(pairs)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    chunks = [text[start:end] for start, end in pairwise([0, *cuts, len(text)])]
    assert streamed(table, chunks, **mode) == table.hydrate(text, **mode)


@settings(max_examples=3 * settings.default.max_examples)
@given(TEXTS, PAIRS, st.sampled_from([None, "json"]))
def test_what_is_held_back_can_still_become_a_known_placeholder(
    text: str, pairs: dict[str, str], escape: Any
) -> None:
    hydrator = Placeholders.load(dict.fromkeys(pairs, "")).hydrator(escape=escape)
    hydrator.feed(text)
    held = hydrator._tail[hydrator._begin :]
    written = re.sub(r"\\{1,2}_", "_", held).rstrip("\\")
    assert not held or any(name.startswith(written) for name in pairs)


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("Hello", ""),
        ("Hello P", "P"),
        ("HelloP", ""),
        ("Dear PERSO", "PERSO"),
        ("Dear PERSONA", ""),
        ("PERSON_1", "PERSON_1"),
        ("PERSON_1 ", ""),
        ("PERSON_2", ""),
        ("PERSON_12", "PERSON_12"),
        ("PERSON\\", "PERSON\\"),
    ],
)
def test_ordinary_text_is_not_delayed(text: str, held: str) -> None:
    hydrator = Placeholders.load({"PERSON_1": "Ada", "PERSON_12": "Bob"}).hydrator()
    shown = hydrator.feed(text)
    assert hydrator._tail[hydrator._begin :] == held
    assert (shown + hydrator.finish()).replace("Ada", "PERSON_1").replace(
        "Bob", "PERSON_12"
    ) == text


def test_a_bracket_is_held_back_only_where_it_may_be_taken_away() -> None:
    table = Placeholders.load({"PERSON_1": "Ada"})
    strict, lenient = table.hydrator(), table.hydrator(lenient=True)
    assert strict.feed("see [") == "see ["
    assert lenient.feed("see [") == "see "
    assert lenient.feed("3]") == "[3]"


def test_a_stream_knows_what_the_table_learns_meanwhile() -> None:
    table = Placeholders()
    hydrator = table.hydrator()
    assert hydrator.feed("PERSON_0 ") == "PERSON_0 "
    table.update({"PERSON_0": "Ada", "QUARTER_1": "Bob"})
    assert hydrator.feed("PERSON_0 QUARTER_1 ") == "Ada Bob "


def test_lenient_knows_what_the_table_learns_meanwhile() -> None:
    table = Placeholders.load({"PERSON_0": "Ada"})
    assert table.hydrate("person_0 quarter_1", lenient=True) == "Ada quarter_1"
    hydrator = table.hydrator(lenient=True)
    hydrator.feed("person_0")
    table.update({"QUARTER_1": "Bob"})
    assert hydrator.feed(" quarter_1") + hydrator.finish() == "Ada Bob"


def test_what_a_stream_keeps_is_bounded() -> None:
    table = Placeholders.load({"A" * 199 + "1": "Ada"})
    for mode in ({}, {"escape": "json"}, {"lenient": True}):
        hydrator = table.hydrator(**mode)  # type: ignore[arg-type]
        for character in "A" * 198 + "B" * 2000 + "\\" * 2000 + "[" * 2000:
            hydrator.feed(character)
            assert len(hydrator._tail) <= 220


def test_a_chunk_costs_no_more_in_a_large_table() -> None:
    chunks = ["Dear ", "PERSON_", "7, the ", "People of ", "Essex say"] * 40
    tables = [
        Placeholders.load({f"PERSON_{number}": "Ada" for number in range(count)})
        for count in (1, 20_000)
    ]
    best = [1e9, 1e9]
    for _ in range(30):  # alternating, so that a busy machine slows down both
        for which, table in enumerate(tables):
            hydrator = table.hydrator()
            before = time.perf_counter()
            for chunk in chunks:
                hydrator.feed(chunk)
            best[which] = min(best[which], time.perf_counter() - before)
    assert best[1] < 2 * best[0]


def test_hydrate_stream_yields_no_empty_chunk() -> None:
    table = Placeholders.load({"PERSON_0": "Ada"})
    assert list(hydrate_stream(["Dear ", "PER", "SON_", "0", "!", "P"], table)) == [
        "Dear ",
        "Ada!",
        "P",
    ]
    assert list(hydrate_stream(["a"], table)) == ["a"]


class Chunks:
    """Texts that are awaited."""

    def __init__(self, *texts: str) -> None:
        self._texts = iter(texts)

    def __aiter__(self) -> "Chunks":
        return self

    async def __anext__(self) -> str:
        for text in self._texts:
            return text
        raise StopAsyncIteration


async def test_ahydrate_stream_is_the_same_for_chunks_that_are_awaited() -> None:
    table = Placeholders.load({"PERSON_0": "Ada"})
    texts = ["Dear ", "PER", "SON_", "0", "!", "P"]
    pieces = ahydrate_stream(Chunks(*texts), table)
    assert [text async for text in pieces] == ["Dear ", "Ada!", "P"]
    assert [text async for text in pieces] == []
    assert [text async for text in ahydrate_stream(Chunks(*texts), Placeholders())] == texts


async def test_ahydrate_stream_may_be_left_halfway() -> None:
    async for text in ahydrate_stream(Chunks("a", "b"), Placeholders()):
        assert text == "a"
        break
    gc.collect()


@pytest.mark.parametrize("hydrated", [hydrate_stream, ahydrate_stream])
@pytest.mark.parametrize(
    ("chunks", "table", "problem"),
    [
        (["a"], {"PERSON_0": "Ada"}, "placeholders must be a Placeholders table, not of type dict"),
        (["a"], None, "placeholders must be a Placeholders table, not of type NoneType"),
        (5, Placeholders(), "chunks must be an (Async)?Iterable of str, not of type int"),
    ],
)
def test_an_argument_of_a_wrong_type_is_refused_at_once(
    hydrated: Any, chunks: Any, table: Any, problem: str
) -> None:
    with pytest.raises(LiminalError, match=problem):
        hydrated(chunks, table)


def test_no_partial_name_is_shown_when_the_source_fails() -> None:
    def chunks() -> Iterator[str]:
        yield "Dear PERSON"
        raise ConnectionResetError

    shown = []
    with pytest.raises(ConnectionResetError):
        shown.extend(hydrate_stream(chunks(), Placeholders.load({"PERSON_0": "Ada"})))
    assert shown == ["Dear "]


async def test_ahydrate_stream_shows_none_when_the_source_fails_and_is_asked_again() -> None:
    async def chunks() -> AsyncIterator[str]:
        yield "Dear PERSON"
        raise ConnectionResetError

    pieces = ahydrate_stream(chunks(), Placeholders.load({"PERSON_0": "Ada"}))
    assert await anext(pieces) == "Dear "
    with pytest.raises(ConnectionResetError):
        await anext(pieces)
    assert await anext(pieces, None) is None


def test_a_hydrator_is_for_one_stream_of_text() -> None:
    hydrator: Any = Placeholders.load({"PERSON_0": "Ada"}).hydrator()
    assert repr(hydrator) == "<StreamHydrator: open>"
    with pytest.raises(LiminalError, match="must be a str, not of type bytes"):
        hydrator.feed(b"PERSON_0")
    with pytest.raises(LiminalError, match="can't be pickled or copied"):
        copy.copy(hydrator)
    assert hydrator.feed(type("Text", (str,), {})("PERSON_0")) == ""
    assert hydrator.finish() == "Ada"
    assert repr(hydrator) == "<StreamHydrator: finished>"
    with pytest.raises(LiminalError, match="is finished"):
        hydrator.feed("more")
