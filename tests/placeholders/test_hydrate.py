"""``Placeholders.hydrate``: what is found, what replaces it, and what is unchanged."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liminal import LiminalError
from liminal.placeholders import Placeholders

from .reference import PAIRS, TEXTS, hydrated

TABLE = {"PERSON_0": "Ada", "PERSON_1": "Bob", "PERSON_12": "Eve", "EMAIL_ADDRESS_0": "a@b.co"}


@settings(max_examples=3 * settings.default.max_examples)
@given(TEXTS, PAIRS, st.sampled_from([None, "json"]), st.booleans())
def test_it_agrees_with_the_reference(
    text: str, pairs: dict[str, str], escape: Any, lenient: bool
) -> None:
    found = Placeholders.load(pairs).hydrate(text, escape=escape, lenient=lenient)
    assert found == hydrated(text, pairs, escape=escape, lenient=lenient)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dear PERSON_0, meet PERSON_1.", "Dear Ada, meet Bob."),
        ("PERSON_12 and PERSON_1", "Eve and Bob"),
        ("PERSON_123, PERSON_10, PERSON_", "PERSON_123, PERSON_10, PERSON_"),
        ("XPERSON_1 _PERSON_1 7PERSON_1", "XPERSON_1 _PERSON_1 7PERSON_1"),
        ("联系PERSON_1的", "联系Bob的"),
        ("PERSON_1s and PERSON_1's", "Bobs and Bob's"),
        ("éPERSON_1é", "éBobé"),
        (r"PERSON\_1, EMAIL\_ADDRESS\_0", "Bob, a@b.co"),
        (r"PERSON\\_1", r"PERSON\\_1"),
        ("person_1 [PERSON_1] PERSON 1", "person_1 [Bob] PERSON 1"),
        ("PERSON_1PERSON_0", "BobPERSON_0"),
        ("", ""),
    ],
)
def test_a_placeholder_is_found_between_its_boundaries(text: str, expected: str) -> None:
    assert Placeholders.load(TABLE).hydrate(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("person_1, Person 1, PERSON-1, PERSON1", "Bob, Bob, Bob, Bob"),
        ("[PERSON_1] <person 1> {{Person_1}} [[PERSON1]]", "Bob Bob Bob Bob"),
        ("[PERSON_1, [[PERSON_1] (PERSON_1)", "[Bob, [Bob (Bob)"),
        ("[[[PERSON_1]]]", "[Bob]"),
        ("email address 0, emailaddress0, emailAddress_0", "a@b.co, a@b.co, a@b.co"),
        ("persons 1, person  1, person.1", "persons 1, person  1, person.1"),
        ("person 13", "person 13"),
    ],
)
def test_lenient_recognizes_rewritten_placeholders(text: str, expected: str) -> None:
    assert Placeholders.load(TABLE).hydrate(text, lenient=True) == expected


def test_lenient_leaves_ambiguous_placeholders() -> None:
    table = Placeholders.load({"A_11": "one", "A1_1": "other"})
    assert table.hydrate("A11 A_11 A1_1 a_11", lenient=True) == "A11 one other one"


def test_restored_text_is_not_searched_again() -> None:
    table = Placeholders.load({"PERSON_0": "PERSON_1", "PERSON_1": "PERSON_0"})
    assert table.hydrate("PERSON_0 PERSON_1") == "PERSON_1 PERSON_0"


@given(st.text(), st.text(alphabet='ab"\\\n\u2028é\ud800'), st.booleans())
def test_json_stays_json_and_means_the_same(around: str, secret: str, ascii_only: bool) -> None:
    table = Placeholders.load({"PERSON_0": secret})
    arguments = {"a": f"{around} PERSON_0\nPERSON_0", "PERSON_0": [1, around]}
    source = json.dumps(arguments, ensure_ascii=ascii_only)
    found = json.loads(table.hydrate(source, escape="json"))
    assert found == {"a": f"{around} {secret}\n{secret}", secret: [1, around]}


def test_the_last_letter_of_an_escape_is_no_letter_before_a_placeholder() -> None:
    table = Placeholders.load(TABLE)
    source = r'"\nPERSON_0 \\nPERSON_0 \u4e2dPERSON_0 \u0041PERSON_0 PERSON\\_0"'
    expected = r'"\nAda \\nPERSON_0 \u4e2dAda \u0041PERSON_0 Ada"'
    assert table.hydrate(source, escape="json") == expected


def test_an_empty_table_changes_nothing() -> None:
    assert Placeholders().hydrate("PERSON_0 [", lenient=True) == "PERSON_0 ["


def test_wrong_arguments_of_hydrate_are_refused() -> None:
    table: Any = Placeholders.load(TABLE)
    with pytest.raises(LiminalError, match="text must be a str, not of type bytes"):
        table.hydrate(b"PERSON_0")
    with pytest.raises(LiminalError, match='escape must be "json" or None'):
        table.hydrate("PERSON_0", escape="xml")
