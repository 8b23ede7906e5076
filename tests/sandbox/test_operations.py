"""What the facade's tests do not cover of each operation; tests/regeneration has the contract."""

from typing import Any

import httpx
import pytest

from liminal.sandbox import Sandbox

from .conftest import PROMPT, bearer, body, connect, data, log_in, serving
from .paths import ANALYZE, CLEANSE, HYDRATE, INSTANCES, LOGIN, PROVIDER_LOGIN, SUBMIT, THREADS

CLEANSED = "Write to PERSON_0 at EMAIL_ADDRESS_0"


def new_thread(client: httpx.Client, name: str = "Letter") -> int:
    request = {"name": name, "modelInstanceId": 1, "source": "sdk"}
    thread_id: int = data(client.post(THREADS, json=request))["id"]
    return thread_id


def listed(client: httpx.Client) -> list[Any]:
    found: list[Any] = data(client.get(THREADS, params={"source": "sdk"}))
    return found


@pytest.mark.parametrize(
    ("token", "status"), [("sandbox-token", 200), ("", 401), ("Sandbox-Token", 401), (None, 401)]
)
def test_only_the_environment_token_logs_in(stranger, token, status):
    answer = stranger.post(LOGIN) if token is None else log_in(stranger, token)
    assert answer.status_code == status
    assert answer.headers.get("set-cookie", "").startswith("session=") is (status == 200)


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        ("Bearer GIVEN", 200),
        ("bearer added", 200),
        ("Bearer accepted", 200),
        ("Bearer other", 401),
        ("Bearer", 401),
        ("Basic GIVEN", 401),
        ("", 401),
        (None, 401),
    ],
)
def test_a_provider_token_logs_in_if_it_is_given_added_or_accepted(
    sandbox, stranger, authorization, status
):
    sandbox.provider_tokens.add("added")
    sandbox.accept_provider_token = lambda token: token == "accepted"
    assert sandbox.accept_provider_token is not None
    headers = {"Authorization": (authorization or "").replace("GIVEN", sandbox.provider_token)}
    answer = stranger.get(PROVIDER_LOGIN, headers={} if authorization is None else headers)
    assert answer.status_code == status
    assert answer.headers.get("set-cookie", "").startswith("session=") is (status == 200)


def test_model_instances_can_be_given():
    with serving(model_instances={"A": ["openai/gpt-4o", "b"]}) as (_, client):
        (instance,) = data(client.get(INSTANCES))
    first, second = instance["modelConnections"]
    assert (first["providerKey"], first["model"]) == ("openai", "gpt-4o")
    assert (second["providerKey"], second["model"]) == ("sandbox", "b")


def test_beyond_keep_threads_the_oldest_is_forgotten():
    with serving(keep_threads=1) as (_, client):
        first, second = new_thread(client), new_thread(client)
        assert client.get(f"{THREADS}/{first}").status_code == 404
        assert client.get(f"{THREADS}/{second}").status_code == 200


def test_another_user_s_thread_is_not_found():
    sandbox = Sandbox(accept_provider_token=str)
    with sandbox, connect(sandbox) as ada, connect(sandbox) as alan:
        data(ada.get(PROVIDER_LOGIN, headers=bearer("ada")))
        data(alan.get(PROVIDER_LOGIN, headers=bearer("alan")))
        assert alan.get(f"{THREADS}/{new_thread(ada)}").status_code == 404
        assert (len(listed(ada)), listed(alan)) == (1, [])


def test_analyze_names_the_term_and_its_type():
    with serving(terms={"Project Falcon": "CUSTOM"}) as (_, client):
        answer = data(client.post(ANALYZE, json=body("On project falcon")))
    (finding,) = answer["findings"]
    assert (finding["type"], finding["customTerm"]) == ("CUSTOM", "Project Falcon")


def test_a_finding_with_a_low_score_is_likely(client):
    answer = data(client.post(ANALYZE, json=body("+1 415 555 0132")))
    assert answer["findings"][0]["scoreCategory"] == "LIKELY"


@pytest.mark.parametrize("path", [CLEANSE, HYDRATE, SUBMIT])
def test_without_a_thread_one_is_created(sandbox, client, path):
    data(client.post(path, json=body()))
    assert (sandbox.threads_created, len(listed(client))) == (1, 1)


@pytest.mark.parametrize("streaming", [False, True])
def test_a_submit_is_a_turn_of_its_thread(client, streaming):
    thread_id = new_thread(client)
    client.post(SUBMIT, json=body(threadId=thread_id, isStreaming=streaming))
    answer = data(client.post(SUBMIT, json=body(threadId=thread_id)))
    chat, again = data(client.get(f"{THREADS}/{thread_id}"))["chats"]
    assert again["id"] == answer["chatId"] != chat["id"]
    for turn in (chat, again):
        assert turn["rawInput"] == answer["inputText"] == PROMPT
        assert turn["cleansedInput"] == answer["deidentifiedInputTextData"]["text"] == CLEANSED
        assert turn["rawOutput"] == answer["rawLLMResponseText"]
        assert turn["hydratedOutput"] == answer["reidentifiedLLMResponseText"]


FINDING = {"start": 0, "end": 5, "text": "Write", "type": "VERB", "score": 1, "unknown": []}
FINDING |= {"scoreCategory": "SURE", "policyAction": "mask", "customTerm": None}


@pytest.mark.parametrize(
    ("findings", "text"), [([FINDING], PROMPT.replace("Write", "VERB_0")), ([], PROMPT)]
)
@pytest.mark.parametrize("path", [CLEANSE, SUBMIT])
def test_given_findings_are_used_as_they_are(client, path, findings, text):
    answer = data(client.post(path, json=body(findings=findings)))
    assert answer.get("deidentifiedInputTextData", answer)["text"] == text
