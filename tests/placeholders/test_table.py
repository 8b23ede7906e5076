"""A ``Placeholders`` table: its arguments, its content, its repr."""

import copy
import doctest
import pickle
import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import liminal.placeholders
from liminal import LiminalError
from liminal.placeholders import Placeholders

SECRET = "Ada Lovelace"


def test_the_examples_in_its_documentation_work() -> None:
    assert doctest.testmod(liminal.placeholders).failed == 0
    assert doctest.testmod(liminal.placeholders).attempted > 3


@pytest.mark.parametrize("name", ["PERSON_0", "A1", "a_b_22", "X" * 199 + "0"])
def test_a_placeholder_is_a_word_that_ends_in_a_digit(name: str) -> None:
    assert Placeholders.load({name: "Ada"}).hydrate(f"<{name}>") == "<Ada>"


@pytest.mark.parametrize(
    "name", ["", "0", "A", "Ada", "PERSON_", "_1", "1A1", "É_1", "A-1", "A_١", "X" * 200 + "0", 7]
)
def test_any_other_name_is_refused_and_not_shown(name: Any) -> None:
    with pytest.raises(LiminalError, match="such as PERSON_0") as caught:
        Placeholders().update({name: SECRET})
    assert "É_1" not in str(caught.value)


def test_what_a_placeholder_stands_for_is_text() -> None:
    pairs: Any = {"PERSON_0": b"Ada"}
    with pytest.raises(LiminalError, match="must be a str, not of type bytes"):
        Placeholders().update(pairs)


@pytest.mark.parametrize("pairs", [None, ["PERSON_0"], "PERSON_0"])
def test_pairs_are_a_mapping(pairs: Any) -> None:
    for refuse in (Placeholders.load, Placeholders().update):
        with pytest.raises(LiminalError, match="pairs must be a mapping, not of type"):
            refuse(pairs)


@pytest.mark.parametrize("cleansed", [None, "PERSON_0", {"text": "PERSON_0"}])
def test_what_is_learned_is_a_cleansed_text(cleansed: Any) -> None:
    with pytest.raises(LiminalError, match="cleansed must be the answer of cleanse"):
        Placeholders().learn(SECRET, cleansed)


def test_a_placeholder_never_comes_to_stand_for_another_text() -> None:
    table = Placeholders.load({"PERSON_0": SECRET})
    table.update({"PERSON_0": SECRET})
    with pytest.raises(LiminalError, match="PERSON_0 already stands for another text") as caught:
        table.update({"PERSON_1": "Bob", "PERSON_0": "Eve"})
    assert table.export() == {"PERSON_0": SECRET}
    assert "Ada" not in str(caught.value)
    assert "Eve" not in str(caught.value)


def test_if_two_threads_disagree_the_first_wins() -> None:
    table = Placeholders()
    names = {f"PERSON_{number}": "" for number in range(2000)}
    start, failures = threading.Barrier(2), []

    def update(text: str) -> None:
        start.wait()
        try:
            for name in names:
                table.update({name: text})
        except LiminalError as error:
            failures.append(str(error))

    threads = [threading.Thread(target=update, args=(text,)) for text in ("Ada", "Bob")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(failures) == 1
    assert "already stands for another text" in failures[0]


def test_a_pair_that_loses_a_race_is_an_error() -> None:
    class Late(dict[str, str]):
        """Pairs that lose a race: another thread changes the table after it was checked."""

        def items(self) -> Any:
            yield from super().items()
            table._names.add("PERSON_0", "Bob")

    table = Placeholders()
    with pytest.raises(LiminalError, match="PERSON_0 already stands for another text"):
        table.update(Late(PERSON_0="Ada"))


def test_repr_shows_only_the_number_of_placeholders() -> None:
    table = Placeholders.load({"PERSON_0": SECRET, "PERSON_1": "Bob"})
    assert repr(table) == str(table) == "<Placeholders: 2 known>"
    assert len(table) == 2
    assert "PERSON_0" in table
    assert "PERSON_7" not in table


@pytest.mark.parametrize("way", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_table_is_neither_pickled_nor_copied(way: Any) -> None:
    with pytest.raises(LiminalError, match="can't be pickled or copied"):
        way(Placeholders.load({"PERSON_0": SECRET}))


@given(st.dictionaries(st.from_regex(r"[A-Z]_?[0-9]", fullmatch=True), st.text()))
def test_an_exported_table_can_be_loaded(pairs: dict[str, str]) -> None:
    table = Placeholders.load(pairs)
    exported = table.export()
    assert exported == pairs
    exported["PERSON_0"] = "Eve"
    assert Placeholders.load(pairs).export() == table.export() == pairs
