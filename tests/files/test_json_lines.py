"""JSON Lines: strings are replaced in the named fields, and no other byte changes."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liminal.cli._files.formats.json_lines import Fields, JsonLines, parsed
from liminal.cli._files.formats.slots import FileProblemError
from liminal.errors import LiminalError

from .rewriting import rewritten, texts_of

STRINGS = st.text(st.sampled_from('aA {}[]:,"\\\n\té😀\u2028'), max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | STRINGS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(STRINGS, inner, max_size=3),
    max_leaves=8,
)


def replaced(value: Any) -> Any:
    """Return the value with changed strings, except keys."""
    if isinstance(value, str):
        return value.replace("A", "é") if value.strip() else value
    if isinstance(value, list):
        return [replaced(one) for one in value]
    if isinstance(value, dict):
        return {key: replaced(one) for key, one in value.items()}
    return value


@given(
    st.lists(VALUES, max_size=3),
    st.booleans(),
    st.sampled_from([None, 1]),
    st.sampled_from(["\n", "\r\n", " \n\n"]),
)
def test_strings_are_replaced_and_no_other_byte(
    values: list[Any], is_ascii: bool, indent: int | None, line_end: str
) -> None:
    documents = [json.dumps(one, ensure_ascii=is_ascii, indent=indent) for one in values]
    content = line_end.join(one.replace("\n", " ") for one in documents).encode()
    form = JsonLines(Fields(None))
    assert rewritten(form, content, str) == content
    changed = rewritten(form, content, lambda text: text.replace("A", "é"))
    found = [json.loads(line) for line in changed.decode().split("\n") if line.strip()]
    assert found == [replaced(one) for one in values]
    # Outside of strings, the bytes are the same.
    strings = re.compile(rb'"(?:[^"\\]|\\.)*"')
    assert strings.sub(b"", changed) == strings.sub(b"", content)


LINE = b"""{"user": {"note": "A", "tags": ["B", {"x": "C"}], "age": 5, "on": true, "no": null},\
 "items": [{"text": "D"}, {"text": "E", "id": "F"}], "a.b": "G", "[]": "H"}
"""


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (["user.note"], "A"),
        (["user.tags"], "BC"),
        (["user.tags[]"], "BC"),
        (["user.tags[].x"], "C"),
        (["user"], "ABC"),
        (["items[].text"], "DE"),
        (["items[].id", "user.note"], "AF"),
        ([r"a\.b"], "G"),
        ([r"\[\]"], "H"),
        (["user.on", "user.no"], ""),
    ],
)
def test_fields_are_found_by_their_paths(fields: list[str], expected: str) -> None:
    chosen = Fields(fields)
    assert "".join(texts_of(JsonLines(chosen), LINE)) == expected
    assert chosen.missing == {}


def test_a_list_at_the_top_has_a_path() -> None:
    assert texts_of(JsonLines(Fields(["[].text"])), b'[{"text": "A"}, {"id": "B"}]') == ["A"]
    assert parsed("[][].a") == (None, None, "a")


def test_a_field_that_no_line_has_is_missing() -> None:
    chosen = Fields(["user.nte", "user.note"])
    texts_of(JsonLines(chosen), LINE)
    assert list(chosen.missing.values()) == ["user.nte"]


def test_a_field_within_another_is_found() -> None:
    chosen = Fields(["user", "user.note"])
    texts_of(JsonLines(chosen), LINE)
    assert chosen.missing == {}


@pytest.mark.parametrize(
    "content", [b'{"b": "B"}\n{"user": "B"}', b'{"user": {"nte": null}}', b"{}", b"null", b'"A"']
)
def test_a_file_with_none_of_the_fields_is_refused(content: bytes) -> None:
    with pytest.raises(FileProblemError, match="no line has the field"):
        texts_of(JsonLines(Fields(["user.note", "items[].text"])), content)


@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b'{"b": 1}\n{"user": {"note": "A"}}', b'{"user": null}', b'{"items": []}'],
)
def test_a_file_whose_fields_are_empty_is_not_refused(content: bytes) -> None:
    chosen = Fields(["user.note", "items[].text"])
    assert "".join(texts_of(JsonLines(chosen), content)) in {"", "A"}


@pytest.mark.parametrize("field", ["", ".a", "a.", "a..b", "a]", "a[0]", "a[]b"])
def test_an_invalid_path_is_refused(field: str) -> None:
    with pytest.raises(LiminalError, match="is not the path of a field"):
        Fields([field])


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b'{"a": "A"}\n\n{"a": }\n', "line 3 is not JSON"),
        (b"[" * 100_000, "line 1 is not JSON"),
        (b'{"a": 5}', "line 1: a is a number, and only strings can be cleansed"),
    ],
)
def test_a_value_that_is_not_text_is_refused(content: bytes, problem: str) -> None:
    with pytest.raises(FileProblemError, match=problem):
        texts_of(JsonLines(Fields(["a"])), content)
