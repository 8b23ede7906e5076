# Derived from tests/_async/test_findings.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""What a prompt's findings may be: with belong to another prompt it would go out as it is."""

import math
import unicodedata
from typing import Any

import attrs
import pytest

from liminal import LiminalError, SyncClient
from liminal.endpoints.prompt.models import AnalysisFinding
from liminal.sandbox import Sandbox

PROMPT = "Write to Ada Lovelace"


def test_findings_of_another_prompt_are_refused(client: SyncClient, sandbox: Sandbox) -> None:
    other = client.prompt.analyze(1, "nothing to see")

    with pytest.raises(LiminalError, match="belong to another prompt"):
        client.prompt.submit(1, PROMPT, findings=other)
    assert sandbox.submits == 0


def test_a_finding_that_stands_elsewhere_in_the_prompt_is_refused(
    client: SyncClient, sandbox: Sandbox
) -> None:
    found = client.prompt.analyze(1, PROMPT)

    for findings in (found, found.findings):
        with pytest.raises(LiminalError, match="belong to another prompt"):
            client.prompt.submit(1, "Please: " + PROMPT, findings=findings)
    assert sandbox.submits == 0


@pytest.mark.parametrize(("start", "end"), [(-12, 21), (9, -1), (21, 9)])
def test_a_place_is_counted_from_the_prompt_s_start(
    client: SyncClient, start: int, end: int
) -> None:
    found = client.prompt.analyze(1, PROMPT).findings
    moved = [attrs.evolve(one, start=start, end=end, text=PROMPT[start:end]) for one in found]

    with pytest.raises(LiminalError, match="belong to another prompt"):
        client.prompt.cleanse(1, PROMPT, findings=moved)


@pytest.mark.parametrize("prompt", [PROMPT + " \r\n", PROMPT + " in Mu\u0308nchen"])
@pytest.mark.parametrize("sensitive", [True, False])
def test_findings_whose_text_the_service_has_normalised_fit(
    client: SyncClient, prompt: str, *, sensitive: bool
) -> None:
    text = unicodedata.normalize("NFC", prompt.strip())
    found = client.prompt.analyze(1, prompt)
    findings = attrs.evolve(found, text=text, **({} if sensitive else {"findings": []}))

    cleansed = client.prompt.cleanse(1, prompt, findings=findings)

    assert ("PERSON_0" in cleansed.text) is sensitive


def test_an_empty_list_of_findings_replaces_nothing(client: SyncClient) -> None:
    cleansed = client.prompt.cleanse(1, PROMPT, findings=[])

    assert cleansed.text == PROMPT


@pytest.mark.parametrize("wrong", [AnalysisFinding, "finding", 3])
def test_a_list_of_something_else_is_refused(client: SyncClient, wrong: Any) -> None:
    with pytest.raises(LiminalError, match="findings must be"):
        client.prompt.cleanse(1, PROMPT, findings=[wrong])


@pytest.mark.parametrize("change", [{"score": math.nan}, {"text": object()}, {"end": 1j}])
def test_findings_that_json_can_t_express_are_refused(
    client: SyncClient, change: dict[str, Any]
) -> None:
    found = client.prompt.analyze(1, PROMPT).findings
    spoilt = [attrs.evolve(finding, **change) for finding in found]

    with pytest.raises(LiminalError, match="can't be sent") as caught:
        client.prompt.cleanse(1, PROMPT, findings=spoilt)
    assert type(caught.value) is LiminalError
    with pytest.raises(LiminalError, match="can't be sent"):
        client.prompt.stream(1, PROMPT, findings=spoilt)


@pytest.mark.parametrize("number", [2**63, 10**5000], ids=["2**63", "10**5000"])
def test_an_id_that_no_service_can_keep_is_refused(client: SyncClient, number: int) -> None:
    with pytest.raises(LiminalError, match="thread_id must be an id"):
        client.thread.get_by_id(number)


class OtherInteger:
    """A whole number of another library, as numpy.int64 is."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __index__(self) -> int:
        return self.number


def test_a_whole_number_of_any_type_is_an_id(client: SyncClient) -> None:
    one: Any = OtherInteger(1)
    thread = client.thread.create(one, "Letters")
    same: Any = OtherInteger(thread.id)

    assert client.thread.get_by_id(same) == thread
    assert client.prompt.cleanse(one, PROMPT, thread_id=same).text


class NoInteger:
    """What says by any error that it is no whole number."""

    def __index__(self) -> int:
        raise ZeroDivisionError


def test_what_fails_as_a_whole_number_is_no_id(client: SyncClient) -> None:
    none: Any = NoInteger()
    with pytest.raises(LiminalError, match="thread_id must be an id"):
        client.thread.get_by_id(none)


def test_a_sign_in_that_takes_too_long_names_its_own_operation() -> None:
    with Sandbox(answer_delay=5) as slow, pytest.raises(LiminalError) as caught:
        SyncClient.authenticate_from_token(slow.url, slow.token, deadline=0.2)

    error: Any = caught.value
    assert (error.operation, error.attempts) == ("login_with_environment_token", 1)
    assert "within the deadline" in str(error)


@pytest.mark.parametrize("url", ["\ud800", "https://u:hunter2@h/\ud800"])
def test_an_address_that_can_t_be_encoded_is_refused(url: str) -> None:
    with pytest.raises(LiminalError, match="api_server_url"):
        SyncClient(url)


@pytest.mark.parametrize("option", ["timeout", "deadline"])
def test_a_time_beyond_any_float_is_refused(sandbox: Sandbox, option: str) -> None:
    options: dict[str, Any] = {option: 10**400}
    with pytest.raises(LiminalError, match=option):
        SyncClient(sandbox.url, **options)


def test_a_thread_s_name_is_not_in_its_repr(client: SyncClient) -> None:
    thread = client.thread.create(1, "About Jane Miller")

    assert "Jane" not in repr(thread)
