"""``Placeholders.learn``: pairs from a prompt and its cleansed text, without guesses."""

import contextlib
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liminal import LiminalError
from liminal.endpoints.prompt.models import (
    AnalysisFinding,
    AnalyzeResponse,
    CleansedToken,
    CleanseResponse,
)
from liminal.placeholders import Placeholders

Parts = list[tuple[str, str | None]]  # text of the prompt, and its placeholder if it has one


def cleansed(parts: Parts) -> tuple[str, CleanseResponse, list[AnalysisFinding]]:
    """A prompt made of these parts, its cleansed text, and the findings in the prompt."""
    prompt = text = ""
    items: list[CleansedToken] = []
    findings: list[AnalysisFinding] = []
    for part, name in parts:
        if name is not None:
            end = len(text) + len(name)
            items.append(CleansedToken(start=len(text), end=end, entity_type=name))
            findings.append(finding(len(prompt), part))
        prompt, text = prompt + part, text + (name or part)
    return prompt, response(text, items), findings


def response(text: str, items: list[CleansedToken]) -> CleanseResponse:
    return CleanseResponse(text=text, items=items, text_hashed="", items_hashed=[])


def finding(start: int, text: str) -> AnalysisFinding:
    return AnalysisFinding(
        start=start,
        end=start + len(text),
        text=text,
        type="PERSON",
        score=1.0,
        score_category="LIKELY",
        policy_action="redact",
        custom_term=None,
    )


def learned(parts: Parts, known: dict[str, str] | None = None, **arguments: Any) -> dict[str, str]:
    prompt, answer, _ = cleansed(parts)
    table = Placeholders.load(known or {})
    table.learn(prompt, answer, **arguments)
    return table.export()


@pytest.mark.parametrize(
    "parts",
    [
        [("nothing sensitive", None)],
        [("Ada", "PERSON_0")],
        [("Write to ", None), ("Ada", "PERSON_0"), (" at ", None), ("a@b.co", "EMAIL_ADDRESS_0")],
        [("Ada", "PERSON_0"), (", ", None), ("Bob", "PERSON_1"), (" and ", None), ("x", "X_0")],
        # What is known in one place settles the others.
        [("Ada B", "P_0"), (" ", None), ("Eve", "P_1"), (".", None), ("Ada B", "P_0"), ("!", None)],
        [],
    ],
)
def test_it_learns_what_the_placeholders_stand_for(parts: Parts) -> None:
    assert learned(parts) == {name: text for text, name in parts if name}


@pytest.mark.parametrize(
    "parts",
    [
        [("Ada", "PERSON_0"), (" ", None), ("Bob Eve", "PERSON_1")],
        [("Ada", "PERSON_0"), ("Bob", "PERSON_1")],
        [("aa", "A_0"), ("aa", "A_0")],
    ],
)
def test_an_ambiguous_text_is_refused(parts: Parts) -> None:
    with pytest.raises(LiminalError, match="in more than one way"):
        learned(parts)


LETTERS = st.text(alphabet="ab ", max_size=4)
PARTS = st.lists(
    st.tuples(LETTERS, LETTERS.filter(len), st.sampled_from(["A_0", "B_0", "B_1"])), max_size=5
)


def parts_of(drawn: list[tuple[str, str, str]], end: str) -> Parts:
    """A placeholder must stand for the same text everywhere."""
    texts: dict[str, str] = {}
    parts: Parts = []
    for literal, text, name in drawn:
        parts += [(literal, None), (texts.setdefault(name, text), name)]
    return [*parts, (end, None)]


@settings(max_examples=3 * settings.default.max_examples)
@given(PARTS, LETTERS, st.booleans())
def test_what_it_learns_is_right_or_refused(
    drawn: list[tuple[str, str, str]], end: str, some_are_known: bool
) -> None:
    parts = parts_of(drawn, end)
    truth = {name: text for text, name in parts if name}
    known = {name: truth[name] for name in truth if some_are_known and name[0] == "B"}
    prompt, answer, _ = cleansed(parts)
    table = Placeholders.load(known)
    with contextlib.suppress(LiminalError):
        table.learn(prompt, answer)
    assert table.export() in (truth, known)


@settings(max_examples=3 * settings.default.max_examples)
@given(PARTS, LETTERS)
def test_the_only_reading_is_found(drawn: list[tuple[str, str, str]], end: str) -> None:
    parts = parts_of(drawn, end)
    if len({name for _, name in parts if name}) == len(drawn) and readings(parts, {}) == 1:
        assert learned(parts) == {name: text for text, name in parts if name}


def readings(parts: Parts, known: dict[str, str]) -> int:
    """Return the number of ways to split the prompt into these literals and text between them."""
    prompt, _, _ = cleansed(parts)

    def ways(index: int, start: int) -> int:
        if index == len(parts):
            return start == len(prompt)
        text, name = parts[index]
        if name is None or name in known:
            return ways(index + 1, start + len(text)) if prompt.startswith(text, start) else 0
        return sum(ways(index + 1, end) for end in range(start + 1, len(prompt) + 1))

    return ways(0, 0)


@settings(max_examples=2 * settings.default.max_examples)
@given(PARTS, LETTERS, st.booleans())
def test_with_the_findings_it_learns_them_all(
    drawn: list[tuple[str, str, str]], end: str, as_answered: bool
) -> None:
    parts = parts_of(drawn, end)
    prompt, answer, found = cleansed(parts)
    table = Placeholders()
    table.learn(prompt, answer, findings=AnalyzeResponse(findings=found) if as_answered else found)
    assert table.export() == {name: text for text, name in parts if name}


def test_findings_that_do_not_fit_are_ignored() -> None:
    parts: Parts = [("To ", None), ("Ada", "PERSON_0"), ("!", None)]
    assert learned(parts, findings=[finding(0, "To"), finding(3, "")]) == {"PERSON_0": "Ada"}


@pytest.mark.parametrize("findings", [1, "Ada", [None], [(3, 6)], {"findings": []}])
def test_findings_of_another_type_are_refused(findings: Any) -> None:
    parts: Parts = [("To ", None), ("Ada", "PERSON_0")]
    with pytest.raises(LiminalError, match="findings must be an AnalyzeResponse or a list"):
        learned(parts, findings=findings)


def test_findings_that_fit_in_two_ways_settle_nothing() -> None:
    parts: Parts = [("a b", "A_0"), (" ", None), ("c", "B_0")]
    both = [finding(0, "a"), finding(0, "a b"), finding(2, "b c"), finding(4, "c")]
    with pytest.raises(LiminalError, match="in more than one way"):
        learned(parts, findings=both)


@pytest.mark.parametrize(
    ("prompt", "text", "places"),
    [
        ("Hi Ada", "Ho PERSON_0", [(3, 11)]),
        ("Hi Ada!", "Hi PERSON_0.", [(3, 11)]),
        ("Hi ", "Hi PERSON_0", [(3, 11)]),
        ("Hi Ada", "Hi Bob", []),
        ("Ada or Bob", "PERSON_0 and PERSON_0", [(0, 8), (13, 21)]),
        ("Ada and Bob", "PERSON_0 and PERSON_0", [(0, 8), (13, 21)]),
        ("aba", "abPERSON_0ba", [(2, 10)]),
    ],
)
def test_another_text_than_the_prompt_s_own_is_refused(
    prompt: str, text: str, places: list[tuple[int, int]]
) -> None:
    items = [CleansedToken(start=s, end=e, entity_type="PERSON_0") for s, e in places]
    table = Placeholders()
    with pytest.raises(LiminalError, match="not that of this prompt") as caught:
        table.learn(prompt, response(text, items))
    assert "Ada" not in str(caught.value)
    assert len(table) == 0


@pytest.mark.parametrize("places", [[(2, 10)], [(3, 10)], [(3, 11), (3, 11)], [(-8, 11)], [(3, 3)]])
def test_items_at_other_positions_are_refused(places: list[tuple[int, int]]) -> None:
    items = [CleansedToken(start=s, end=e, entity_type="PERSON_0") for s, e in places]
    with pytest.raises(LiminalError, match="not at the positions"):
        Placeholders().learn("Hi Ada", response("Hi PERSON_0", items))


def test_items_may_come_in_any_order() -> None:
    prompt, answer, _ = cleansed([("Ada", "P_0"), (" to ", None), ("Bob", "P_1")])
    table = Placeholders()
    table.learn(prompt, response(answer.text, answer.items[::-1]))
    assert table.export() == {"P_0": "Ada", "P_1": "Bob"}


def test_a_text_that_stands_for_another_in_the_table_is_refused() -> None:
    parts: Parts = [("Hi ", None), ("Ada", "PERSON_0")]
    with pytest.raises(LiminalError, match="not that of this prompt"):
        learned(parts, {"PERSON_0": "Bob"})
    with pytest.raises(LiminalError, match="already stands for another text"):
        learned(parts, {"PERSON_0": "Bob"}, findings=[finding(3, "Ada")])


def test_the_time_grows_linearly_with_the_prompt() -> None:
    parts: Parts = [
        part for number in range(5000) for part in ((f"P{number}", f"P_{number}"), (", ", None))
    ]
    before = time.process_time()
    assert len(learned(parts)) == 5000
    assert time.process_time() - before < 2
