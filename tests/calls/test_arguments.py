"""What callers pass in is checked before anything is sent: ids, texts, findings, headers."""

import math
import unicodedata

import attrs
import pytest

from liminal._calls.arguments.checks import (
    as_id,
    check_name,
    check_text,
    findings_list,
    given,
    sendable,
)
from liminal._calls.arguments.options import checked_headers, merged
from liminal.endpoints.prompt.models import AnalysisFinding, AnalyzeResponse
from liminal.errors import LiminalError
from liminal_api.errors import InvalidParameter
from liminal_api.types import NOT_GIVEN
from tests.faults.wire import FINDING

PROMPT = "Write to Ada Lovelace"
ADA = AnalysisFinding.from_dict(FINDING)
FOUND = AnalyzeResponse(findings=[ADA], text=PROMPT)


class Integer:
    """A whole number of another library, as numpy.int64 is; or what raises when it is asked."""

    def __init__(self, number: int | None) -> None:
        self.number = number

    def __index__(self) -> int:
        if self.number is None:
            raise ZeroDivisionError
        return self.number

    def __repr__(self) -> str:
        return f"Integer({self.number})"


@pytest.mark.parametrize("value", [0, 1, 2**63 - 1, Integer(7)], ids=repr)
def test_a_whole_number_of_any_type_is_an_id(value):
    found = as_id("thread_id", value)
    assert (type(found), found) == (int, getattr(value, "number", value))


@pytest.mark.parametrize(
    "value",
    [-1, 2**63, 10**5000, True, False, 1.0, 1.5, math.nan, "1", None, Integer(-1), Integer(None)],
    ids=lambda value: "10**5000" if value == 10**5000 else repr(value),
)
def test_a_value_that_the_service_can_not_store_as_an_id_is_refused(value):
    with pytest.raises(LiminalError, match="thread_id must be an id") as caught:
        as_id("thread_id", value)
    assert caught.value.__context__ is None


@pytest.mark.parametrize("value", [None, 5, b"bytes", ["text"]])
@pytest.mark.parametrize("check", [check_text, check_name])
def test_a_text_is_a_str(check, value):
    with pytest.raises(LiminalError, match=f"it must be a str, not of type {type(value).__name__}"):
        check("it", value)


def test_a_name_is_not_empty_and_a_text_may_be():
    for value in ("", " \t\n"):
        check_text("text", value)
        with pytest.raises(LiminalError, match="name must not be empty"):
            check_name("name", value)


# ---- findings


def moved(**changes: object) -> list[AnalysisFinding]:
    return [attrs.evolve(ADA, **changes)]


@pytest.mark.parametrize(
    ("findings", "items"),
    [
        (None, None),
        (FOUND, [ADA]),
        (AnalyzeResponse(findings=[ADA]), [ADA]),
        (AnalyzeResponse(findings=[]), []),
        ([ADA], [ADA]),
        ((ADA,), [ADA]),
        ([], []),
        (moved(start=0, end=0, text=""), moved(start=0, end=0, text="")),
        # Values of a wrong type are the encoder's to refuse.
        *((moved(**change), moved(**change)) for change in ({"start": 1j}, {"text": 5})),
    ],
)
def test_findings_are_an_answer_of_analyze_or_a_list_and_none_is_not_an_empty_one(findings, items):
    assert findings_list(findings, PROMPT) == items


@pytest.mark.parametrize(
    "findings", ["text", b"text", 5, {"findings": []}, [{"start": 0}], [None], [AnalysisFinding]]
)
def test_other_findings_are_refused(findings):
    with pytest.raises(LiminalError, match="findings must be an AnalyzeResponse or a list"):
        findings_list(findings, PROMPT)


@pytest.mark.parametrize(
    "findings",
    [
        AnalyzeResponse(findings=[], text="nothing to see"),
        AnalyzeResponse(findings=[], text="Please: " + PROMPT),
        AnalyzeResponse(findings=moved(start=8, end=20), text=PROMPT),
        [ADA, *moved(text="Ada Byron")],
        # A place is counted from the prompt's start.
        *(
            moved(start=start, end=end, text=PROMPT[start:end])
            for start, end in [(-12, 21), (9, -1)]
        ),
        moved(start=21, end=9, text=""),
        moved(start=-1, end=-1, text=""),
    ],
)
def test_findings_of_another_prompt_are_refused(findings):
    with pytest.raises(LiminalError, match="belong to another prompt"):
        findings_list(findings, PROMPT)


@pytest.mark.parametrize("prompt", [PROMPT + " \r\n", PROMPT + " in Mu\u0308nchen", "a\r\nb\x85c"])
@pytest.mark.parametrize("change", [str.strip, lambda text: unicodedata.normalize("NFC", text)])
def test_findings_whose_text_the_service_has_normalized_fit(prompt, change):
    findings = [ADA] if prompt.startswith(PROMPT) else []
    answer = AnalyzeResponse(findings=findings, text=change(prompt).replace("\r\n", "\n"))
    assert findings_list(answer, prompt) == findings


def test_arguments_that_can_not_be_encoded_are_an_error_of_ours():
    with pytest.raises(LiminalError, match="can't be sent: the body holds NaN"), sendable():
        raise InvalidParameter("body", "holds NaN")
    with pytest.raises(ZeroDivisionError), sendable():
        raise ZeroDivisionError


def test_an_argument_of_none_is_left_out_of_a_request():
    assert (given(None), given(0)) == (NOT_GIVEN, 0)


# ---- headers


@pytest.mark.parametrize(
    "headers",
    [None, {}, {"X-Team": "letters", "user-agent": "a/1", "Authorization": "Basic a=", "!": ""}],
)
def test_headers_that_http_allows_are_taken(headers):
    assert checked_headers(headers) == (headers or {})


@pytest.mark.parametrize(
    ("headers", "problem"),
    [
        ("X-Team: hunter2", "must be a mapping of names to values"),
        ([("X-Team", "hunter2")], "must be a mapping of names to values"),
        *(
            ({name: "hunter2"}, "must have names that HTTP allows")
            for name in ("X Team", "", 3, "ä")
        ),
        *(
            ({"X-Team": value}, "must have a str of visible ASCII for X-Team")
            for value in (b"hunter2", "hunter2\r\nCookie: a", " hunter2", "hunter2 ", "hunter2ä", 5)
        ),
        *(
            ({name: "hunter2"}, f"can't replace {name}, which this client sets")
            for name in ("Cookie", "HOST", "content-type", "x-test-automation-api-key", "TE")
        ),
    ],
)
def test_other_headers_are_refused_without_quoting_a_value(headers, problem):
    with pytest.raises(LiminalError, match=f"headers {problem}") as caught:
        checked_headers(headers)
    assert "hunter2" not in str(caught.value)


def test_a_header_replaces_one_of_the_same_name_in_another_case():
    assert merged({"x-team": "bills"}, {"X-Team": "letters", "X-Other": "a"}) == {
        "x-team": "bills",
        "X-Other": "a",
    }
