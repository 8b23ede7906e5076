"""JSON text, values and places: what is let through, and what an error tells."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example as given_example
from hypothesis import given
from hypothesis import strategies as st

from liminal_api import DecodeError, InvalidParameter
from liminal_api.api.prompt import submit_prompt
from liminal_api.models import (
    AnalyzeAnswer,
    AnalyzeRequest,
    SubmitAnswer,
    SubmitRequest,
    ThreadAnswer,
    ThreadListAnswer,
)
from tests.generated.making import example, thread, whole

decode, encode = whole("decode"), whole("encode")

SECRET = "Ada Lovelace"  # stands for a user's text


def problem(
    error: type[DecodeError | InvalidParameter], call: Callable[[Any], Any], argument: object
) -> str:
    """Give what is said of an argument, which nothing that belongs to the error may hold."""
    with pytest.raises(error) as caught:
        call(argument)
    assert SECRET not in repr(caught.value)
    assert (caught.value.__context__, caught.value.__cause__) == (None, None)
    return str(caught.value)


# ---- JSON text


NOT_JSON = {
    "HTML": b"<html>Ada Lovelace</html>",
    "cut off": b'{"text": "Ada Lovelace"',
    "not UTF-8": b'"Ada Lovelace\xff"',
    "NaN": b'["Ada Lovelace", NaN]',
    "Infinity": b'["Ada Lovelace", -Infinity]',
    "a number too long to read": b'["Ada Lovelace", ' + b"9" * 5000 + b"]",
    "nested too deep": b'["Ada Lovelace"' + b"[" * 200_000,
}


@pytest.mark.parametrize("content", NOT_JSON.values(), ids=NOT_JSON)
def test_malformed_json_is_an_error_without_the_text(content: bytes) -> None:
    assert problem(DecodeError, decode.loads, content) == "$ should be JSON"


@pytest.mark.parametrize("content", [b"", b" \r\n\t"])
def test_an_empty_body_is_an_error_that_says_so(content: bytes) -> None:
    assert problem(DecodeError, decode.loads, content) == "$ is empty, and should be JSON"


def test_lone_surrogates_are_kept_and_the_last_of_duplicate_keys_counts() -> None:
    assert decode.loads(rb'"\ud800"') == "\ud800"
    assert encode.dumps({"text": "é\ud800"}) == b'{"text":"\\u00e9\\ud800"}'
    assert decode.loads(b'{"a": 1, "a": 2}') == {"a": 2}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), {1, 2}, b"bytes"])
def test_a_value_that_json_can_not_express_is_refused_without_the_value(value: object) -> None:
    said = problem(InvalidParameter, encode.dumps, {"text": SECRET, "value": value})
    assert said == "body holds something that JSON can't express"


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
def test_a_body_of_another_class_is_refused_without_the_value(body: Any) -> None:
    said = problem(InvalidParameter, lambda body: submit_prompt.get_kwargs(body=body), body)
    assert said == "body has to be a SubmitRequest, made of what that class asks for"


# ---- values

A_TIME = "should be a time with its offset, in ISO 8601"


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("id", True, "should be an integer"),
        ("id", 1.0, "should be an integer"),
        ("id", SECRET, "should be an integer"),
        ("id", None, "should be an integer"),
        ("name", 1, "should be a string"),
        ("type", ["default"], "should be a string"),
        ("createdAt", "yesterday", A_TIME),
        ("createdAt", "2024-05-14", A_TIME),
        ("createdAt", "2024-05-14T09:26:53", A_TIME),
        ("createdAt", 1715678813, A_TIME),
        ("chats", {}, "should be an array"),
        ("modelInstance", [], "should be an object"),
    ],
)
def test_an_error_of_type_names_the_place_but_not_the_value(
    key: str, value: object, said: str
) -> None:
    answer = {"data": [thread(**{key: value})]}
    assert problem(DecodeError, ThreadListAnswer.from_dict, answer) == f"$.data[0].{key} {said}"


CREDENTIALS = [example("ModelConnection", credentials={SECRET: 1})]
WITHOUT_NAME = {key: value for key, value in example("ModelInstance").items() if key != "name"}


@pytest.mark.parametrize(
    ("model", "data", "said"),
    [
        (AnalyzeAnswer, {"findings": [example("AnalysisFinding", end=SECRET)]},
         "findings[0].end should be an integer"),
        (ThreadAnswer, thread(modelInstance=WITHOUT_NAME), "modelInstance.name is missing"),
        # a key that is content
        (ThreadAnswer, thread(modelInstance=example("ModelInstance", modelConnections=CREDENTIALS)),
         "modelInstance.modelConnections[0].credentials.* should be a string"),
    ],
)  # fmt: skip
def test_a_nested_place_is_named_without_content(
    model: Any, data: dict[str, Any], said: str
) -> None:
    assert problem(DecodeError, model.from_dict, {"data": data}) == f"$.data.{said}"


@pytest.mark.parametrize("value", [0, 1, 0.5])
def test_a_number_is_kept_as_it_came(value: float) -> None:
    assert type(decode.a_number(value, None)) is type(value)


@pytest.mark.parametrize("value", [float("inf"), True, "1", None])
def test_a_number_is_finite_and_no_boolean(value: object) -> None:
    with pytest.raises(DecodeError, match="should be a number"):
        decode.a_number(value, None)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.just(SECRET),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)
ANSWER = {"data": example("SubmitResponse")}


def _places(value: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """List the places of all values within a JSON value."""
    for step, inner in value.items() if isinstance(value, dict) else enumerate(value):
        yield (*place, step)
        if isinstance(inner, dict | list):
            yield from _places(inner, (*place, step))


def _told(answer: object) -> str:
    try:
        SubmitAnswer.from_dict(answer)
    except DecodeError as error:
        return repr(error)
    return ""


@given(st.sampled_from([*_places(ANSWER)]), JSON)
@given_example(("data",), {"threadId": 10**400})
@given_example(("data", "inputText"), 1)
def test_any_answer_is_decoded_or_refused_without_its_text(
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
    ["", ".", "..", "%2e", "%2E%2e", ".%2e", "%252e%252e", "a/../b", "..\\b", "a%2f%2e%2e", None],
)
def test_a_path_segment_that_leads_elsewhere_is_refused(text: str | None) -> None:
    said = problem(InvalidParameter, lambda text: encode.in_path("name", text), text)
    assert said == "name can't be empty, '.' or '..'"


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
def test_a_path_segment_is_quoted(value: object, quoted: str) -> None:
    assert encode.in_path("name", value) == quoted


@pytest.mark.parametrize("put", [encode.in_path, encode.in_query])
def test_a_lone_surrogate_in_a_url_is_refused_without_the_value(put: Any) -> None:
    said = problem(InvalidParameter, lambda text: put("name", text), f"{SECRET}\ud800")
    assert said == "name holds a lone surrogate, which UTF-8 can't encode"


@pytest.mark.parametrize("text", ["a\r\nb", "a\nb", "a\x00b", "a\tb", f"{SECRET}é", " a", "a "])
def test_an_invalid_header_is_refused_without_the_value(text: str) -> None:
    said = problem(InvalidParameter, lambda text: encode.in_header("X-Name", text), text)
    assert said == "X-Name can only hold printable ASCII, with no space around it"


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
    assert encode.as_text(value) == text
