"""JSON text, values and places: what is let through, and what an error tells."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from liminal_api import DecodeError, InvalidParameter
from liminal_api.api.prompt import submit_prompt
from liminal_api.models import AnalyzeRequest, SubmitAnswer, SubmitRequest, ThreadListAnswer
from tests.generated import examples
from tests.generated.making import whole

decode, encode = whole("decode"), whole("encode")
a_number, loads = decode.a_number, decode.loads
as_text, dumps, in_header = encode.as_text, encode.dumps, encode.in_header
in_path, in_query = encode.in_path, encode.in_query

SECRET = "Ada Lovelace"  # stands for a user's text


def _failure(content: bytes) -> DecodeError:
    with pytest.raises(DecodeError) as caught:
        loads(content)
    return caught.value


# ---- JSON text


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"<html>Ada Lovelace</html>", id="HTML"),
        pytest.param(b'{"text": "Ada Lovelace"', id="cut off"),
        pytest.param(b'"Ada Lovelace\xff"', id="not UTF-8"),
        pytest.param(b'["Ada Lovelace", NaN]', id="NaN"),
        pytest.param(b'["Ada Lovelace", -Infinity]', id="Infinity"),
        pytest.param(b'["Ada Lovelace", ' + b"9" * 5000 + b"]", id="a number too long to read"),
        pytest.param(b'["Ada Lovelace"' + b"[" * 200_000, id="nested too deep"),
    ],
)
def test_text_that_is_not_json_is_an_error_without_the_text(content: bytes) -> None:
    error = _failure(content)

    assert (error.path, error.problem) == ("$", "should be JSON")
    assert SECRET not in repr(error)


def test_an_error_about_json_text_has_no_error_behind_it_that_would_hold_the_text() -> None:
    error = _failure(b'{"text": "Ada Lovelace"')

    assert error.__context__ is None
    assert error.__cause__ is None


@pytest.mark.parametrize("content", [b"", b" \r\n\t"])
def test_an_empty_body_is_an_error_that_says_so(content: bytes) -> None:
    assert str(_failure(content)) == "$ is empty, and should be JSON"


def test_a_lone_surrogate_in_json_text_is_kept() -> None:
    assert loads(rb'"\ud800"') == "\ud800"


def test_of_keys_that_are_there_twice_the_last_counts() -> None:
    assert loads(b'{"a": 1, "a": 2}') == {"a": 2}


def test_json_is_written_in_ascii_so_that_a_lone_surrogate_can_be_sent() -> None:
    assert dumps({"text": "é\ud800"}) == b'{"text":"\\u00e9\\ud800"}'


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), {1, 2}, b"bytes"])
def test_what_json_can_not_express_is_refused_without_the_value(value: object) -> None:
    with pytest.raises(InvalidParameter) as caught:
        dumps({"text": SECRET, "value": value})

    assert str(caught.value) == "body holds something that JSON can't express"
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    "body",
    [
        {"modelInstanceId": 1, "text": SECRET},
        None,
        AnalyzeRequest(model_instance_id=1, text=SECRET),
        SubmitRequest(model_instance_id=1, text=SECRET, findings=[{"text": SECRET}]),
        SubmitRequest(model_instance_id=1, text=SECRET, findings=5),
    ],
    ids=["dict", "None", "another model", "a dict in it", "a number in it"],
)
def test_a_body_that_is_not_of_its_class_is_refused_without_the_value(body: Any) -> None:
    with pytest.raises(InvalidParameter) as caught:
        submit_prompt.get_kwargs(body=body)

    assert str(caught.value) == "body has to be a SubmitRequest, made of what that class asks for"
    assert caught.value.__context__ is None


# ---- values


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("id", True, "should be an integer"),
        ("id", 1.0, "should be an integer"),
        ("id", "1", "should be an integer"),
        ("id", None, "should be an integer"),
        ("name", 1, "should be a string"),
        ("type", ["default"], "should be a string"),
        ("createdAt", "yesterday", "should be a time with its offset, in ISO 8601"),
        ("createdAt", "2024-05-14", "should be a time with its offset, in ISO 8601"),
        ("createdAt", "2024-05-14T09:26:53", "should be a time with its offset, in ISO 8601"),
        ("createdAt", 1715678813, "should be a time with its offset, in ISO 8601"),
        ("chats", {}, "should be an array"),
        ("modelInstance", [], "should be an object"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused(key: str, value: object, problem: str) -> None:
    with pytest.raises(DecodeError) as caught:
        ThreadListAnswer.from_dict({"data": [examples.thread() | {key: value}]})

    assert str(caught.value) == f"$.data[0].{key} {problem}"
    assert caught.value.__context__ is None


@pytest.mark.parametrize("value", [0, 1, 0.5])
def test_a_number_is_kept_as_it_came(value: float) -> None:
    assert type(a_number(value, None)) is type(value)


@pytest.mark.parametrize("value", [float("inf"), True, "1", None])
def test_a_number_is_finite_and_no_boolean(value: object) -> None:
    with pytest.raises(DecodeError, match="should be a number"):
        a_number(value, None)


def test_an_error_does_not_name_keys_that_are_content() -> None:
    source = examples.model_instance()
    source["modelConnections"][0]["credentials"] = {SECRET: 1}
    source = {"data": [examples.thread() | {"modelInstance": source}]}

    with pytest.raises(DecodeError) as caught:
        ThreadListAnswer.from_dict(source)

    place = "$.data[0].modelInstance.modelConnections[0].credentials.*"
    assert str(caught.value) == f"{place} should be a string"


def test_a_time_is_read_with_its_offset() -> None:
    source = examples.thread() | {"createdAt": "2024-05-14T09:26:53.589Z"}

    thread = ThreadListAnswer.from_dict({"data": [source]}).data[0]

    assert thread.created_at == datetime(2024, 5, 14, 9, 26, 53, 589_000, UTC)


def _told(answer: object) -> str:
    try:
        SubmitAnswer.from_dict(answer)
    except DecodeError as error:
        return repr(error)
    return ""


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.just(SECRET),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


def _places(value: Any, place: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """List the places of all values within a JSON value."""
    steps = value.items() if isinstance(value, dict) else enumerate(value)
    return [
        found
        for step, inner in steps
        for found in [
            (*place, step),
            *(_places(inner, (*place, step)) if isinstance(inner, dict | list) else []),
        ]
    ]


ANSWER = {"data": examples.submit_response()}


@given(st.sampled_from(_places(ANSWER)), JSON)
@example(("data",), {"threadId": 10**400})
def test_whatever_an_answer_holds_is_decoded_or_refused_without_a_word_of_it(
    place: tuple[str | int, ...], value: object
) -> None:
    answer = json.loads(json.dumps(ANSWER))
    target = answer
    for step in place[:-1]:
        target = target[step]
    target[place[-1]] = value

    assert SECRET not in _told(answer)


# ---- paths, queries, headers


@pytest.mark.parametrize(
    "text",
    ["", ".", "..", "%2e", "%2E%2e", ".%2e", "%252e%252e", "a/../b", "..\\b", "a%2f%2e%2e"],
)
def test_a_part_of_a_path_that_would_lead_elsewhere_is_refused(text: str) -> None:
    with pytest.raises(InvalidParameter) as caught:
        in_path("name", text)

    assert str(caught.value) == "name can't be empty, '.' or '..'"


@pytest.mark.parametrize(
    ("value", "quoted"),
    [
        ("a b/c?d#e", "a%20b%2Fc%3Fd%23e"),
        ("50%", "50%25"),
        ("...", "..."),
        ("é", "%C3%A9"),
        (-1, "-1"),
        ("a\r\nb", "a%0D%0Ab"),
    ],
)
def test_a_part_of_a_path_is_quoted(value: object, quoted: str) -> None:
    assert in_path("name", value) == quoted


@pytest.mark.parametrize("put", [in_path, in_query])
def test_a_lone_surrogate_in_a_url_is_refused_without_the_value(put: Any) -> None:
    with pytest.raises(InvalidParameter) as caught:
        put("name", f"{SECRET}\ud800")

    assert str(caught.value) == "name holds a lone surrogate, which UTF-8 can't encode"
    assert caught.value.__context__ is None


@pytest.mark.parametrize("text", ["a\r\nb", "a\nb", "a\x00b", "a\tb", "é", " a", "a "])
def test_what_a_header_can_not_hold_is_refused_without_the_value(text: str) -> None:
    with pytest.raises(InvalidParameter) as caught:
        in_header("X-Name", text)

    assert str(caught.value) == "X-Name can only hold printable ASCII, with no space around it"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (False, "false"),
        (7, "7"),
        (0.5, "0.5"),
        (datetime(2024, 5, 14, 9, 26, 53, tzinfo=UTC), "2024-05-14T09:26:53Z"),
        (["a", 1, True], "a,1,true"),
    ],
)
def test_a_value_is_written_as_json_would_write_it(value: object, text: str) -> None:
    assert as_text(value) == text
