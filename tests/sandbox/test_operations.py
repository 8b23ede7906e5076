"""Every operation of the wire contract, over HTTP."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
import yaml

from liminal.sandbox import Sandbox
from tests.sandbox.conftest import (
    ANALYZE,
    CLEANSE,
    HYDRATE,
    INSTANCES,
    LOGIN,
    ME,
    PROMPT,
    PROVIDER_LOGIN,
    SUBMIT,
    THREADS,
    body,
    connect,
    data,
    log_in,
)

CONTRACT = yaml.safe_load(
    (Path(__file__).parents[2] / "openapi" / "liminal.yaml").read_text("utf-8")
)


def fits(schema: str, answer: httpx.Response) -> Any:
    """Validate an answer against a schema of the contract, and unpack it."""
    jsonschema.Draft202012Validator(
        {"$ref": f"#/components/schemas/{schema}", "components": CONTRACT["components"]},
        format_checker=jsonschema.FormatChecker(),
    ).validate(answer.json())
    return data(answer)


def new_thread(client: httpx.Client, name: str = "Letter") -> int:
    request = {"name": name, "modelInstanceId": 1, "source": "sdk"}
    thread_id: int = fits("ThreadAnswer", client.post(THREADS, json=request))["id"]
    return thread_id


def test_the_environment_token_logs_in(stranger: httpx.Client) -> None:
    answer = log_in(stranger)
    assert answer.status_code == 200
    assert answer.headers["set-cookie"].startswith("session=")


def test_a_provider_token_logs_in(sandbox: Sandbox, stranger: httpx.Client) -> None:
    headers = {"Authorization": f"Bearer {sandbox.provider_token}"}
    answer = stranger.get(PROVIDER_LOGIN, headers=headers)
    assert answer.status_code == 200
    assert answer.headers["set-cookie"].startswith("session=")


def test_a_provider_token_can_be_added(sandbox: Sandbox, stranger: httpx.Client) -> None:
    sandbox.provider_tokens.add("mine")
    headers = {"Authorization": "bearer mine"}
    assert stranger.get(PROVIDER_LOGIN, headers=headers).status_code == 200


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer x", "Basic x"])
def test_another_authorization_does_not_log_in(
    stranger: httpx.Client, authorization: str | None
) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    answer = stranger.get(PROVIDER_LOGIN, headers=headers)
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("token", ["", "Sandbox-Token", "x"])
def test_another_environment_token_does_not_log_in(stranger: httpx.Client, token: str) -> None:
    assert log_in(stranger, token).status_code == 401


def test_without_a_token_there_is_no_login(stranger: httpx.Client) -> None:
    assert stranger.post(LOGIN).status_code == 401


def test_users_me_answers_with_a_renewed_session(client: httpx.Client) -> None:
    before = client.cookies["session"]
    assert client.get(ME).status_code == 200
    assert client.cookies["session"] != before


def test_one_model_instance_is_usable_and_one_has_no_connections(client: httpx.Client) -> None:
    usable, empty = fits("ModelInstanceListAnswer", client.get(INSTANCES))
    assert (usable["name"], empty["name"]) == ("sandbox-model", "sandbox-empty")
    assert usable["modelConnections"][0]["model"] == "sandbox-1"
    assert empty["modelConnections"] == []


def test_model_instances_can_be_given() -> None:
    instances = {"A": ["openai/gpt-4o", "b"]}
    with Sandbox(model_instances=instances) as sandbox, connect(sandbox) as client:
        log_in(client)
        (instance,) = fits("ModelInstanceListAnswer", client.get(INSTANCES))
    first, second = instance["modelConnections"]
    assert (first["providerKey"], first["model"]) == ("openai", "gpt-4o")
    assert (second["providerKey"], second["model"]) == ("sandbox", "b")


def test_a_thread_is_made_listed_and_had(client: httpx.Client) -> None:
    thread_id = new_thread(client, "Letter to the bank")
    (listed,) = fits("ThreadListAnswer", client.get(THREADS, params={"source": "sdk"}))
    thread = fits("ThreadAnswer", client.get(f"{THREADS}/{thread_id}"))
    assert listed["id"] == thread["id"] == thread_id
    assert thread["name"] == "Letter to the bank"
    assert "chats" not in listed
    assert thread["chats"] == []


def test_threads_can_be_there_from_the_start() -> None:
    with Sandbox(threads=["One", "Two"]) as sandbox, connect(sandbox) as client:
        log_in(client)
        threads = fits("ThreadListAnswer", client.get(THREADS, params={"source": "sdk"}))
    assert [thread["name"] for thread in threads] == ["One", "Two"]


def test_beyond_keep_threads_the_oldest_is_forgotten() -> None:
    with Sandbox(keep_threads=1) as sandbox, connect(sandbox) as client:
        log_in(client)
        first, second = new_thread(client), new_thread(client)
        assert client.get(f"{THREADS}/{first}").status_code == 404
        assert client.get(f"{THREADS}/{second}").status_code == 200


def test_analyze_finds_what_is_sensitive(client: httpx.Client) -> None:
    answer = fits("AnalyzeAnswer", client.post(ANALYZE, json=body()))
    assert answer["text"] == PROMPT
    assert [(one["type"], one["text"]) for one in answer["findings"]] == [
        ("PERSON", "Ada Lovelace"),
        ("EMAIL_ADDRESS", "ada@example.com"),
    ]


def test_analyze_names_the_term_and_its_type() -> None:
    with Sandbox(terms={"Project Falcon": "CUSTOM"}) as sandbox, connect(sandbox) as client:
        log_in(client)
        answer = fits("AnalyzeAnswer", client.post(ANALYZE, json=body("On project falcon")))
    (finding,) = answer["findings"]
    assert (finding["type"], finding["customTerm"]) == ("CUSTOM", "Project Falcon")


def test_an_unsure_finding_is_only_likely(client: httpx.Client) -> None:
    answer = fits("AnalyzeAnswer", client.post(ANALYZE, json=body("+1 415 555 0132")))
    assert answer["findings"][0]["scoreCategory"] == "LIKELY"


def test_analyze_makes_no_thread(sandbox: Sandbox, client: httpx.Client) -> None:
    client.post(ANALYZE, json=body())
    assert sandbox.threads_created == 0


def test_cleanse_puts_placeholders_in(client: httpx.Client) -> None:
    answer = fits("CleanseAnswer", client.post(CLEANSE, json=body()))
    assert answer["text"] == "Write to PERSON_0 at EMAIL_ADDRESS_0"


def test_hydrate_puts_back_what_cleanse_took_out(client: httpx.Client) -> None:
    thread_id = new_thread(client)
    cleansed = fits("CleanseAnswer", client.post(CLEANSE, json=body(threadId=thread_id)))
    request = body(cleansed["text"], threadId=thread_id)
    assert fits("HydrateAnswer", client.post(HYDRATE, json=request))["text"] == PROMPT


@pytest.mark.parametrize("path", [CLEANSE, HYDRATE, SUBMIT])
def test_without_a_thread_one_is_made(sandbox: Sandbox, client: httpx.Client, path: str) -> None:
    data(client.post(path, json=body()))
    assert sandbox.threads_created == 1
    assert len(fits("ThreadListAnswer", client.get(THREADS, params={"source": "sdk"}))) == 1


def test_submit_cleanses_answers_and_hydrates(client: httpx.Client) -> None:
    answer = fits("SubmitAnswer", client.post(SUBMIT, json=body()))
    assert answer["inputText"] == PROMPT
    assert answer["deidentifiedInputTextData"]["text"] == "Write to PERSON_0 at EMAIL_ADDRESS_0"
    assert answer["llmModel"] == "sandbox-1"
    assert "PERSON_0" in answer["rawLLMResponseText"]
    hydrated = answer["reidentifiedLLMResponseText"]
    assert "Ada Lovelace" in hydrated
    first = answer["reidentifiedLLMResponseItems"][0]
    assert hydrated[first["start"] : first["end"]] == first["text"] == "Ada Lovelace"


def test_the_same_prompt_has_the_same_answer(client: httpx.Client) -> None:
    answers = [fits("SubmitAnswer", client.post(SUBMIT, json=body())) for _ in range(2)]
    assert answers[0]["rawLLMResponseText"] == answers[1]["rawLLMResponseText"]


def test_a_submit_is_a_turn_of_its_thread(client: httpx.Client) -> None:
    answer = fits("SubmitAnswer", client.post(SUBMIT, json=body()))
    thread = fits("ThreadAnswer", client.get(f"{THREADS}/{answer['threadId']}"))
    (chat,) = thread["chats"]
    assert chat["id"] == answer["chatId"]
    assert chat["rawInput"] == PROMPT
    assert chat["cleansedInput"] == answer["deidentifiedInputTextData"]["text"]
    assert chat["rawOutput"] == answer["rawLLMResponseText"]
    assert chat["hydratedOutput"] == answer["reidentifiedLLMResponseText"]


def test_the_model_can_be_given() -> None:
    with Sandbox(model=str.upper) as sandbox, connect(sandbox) as client:
        log_in(client)
        answer = fits("SubmitAnswer", client.post(SUBMIT, json=body("hello")))
    assert answer["rawLLMResponseText"] == "HELLO"


def test_a_model_that_fails_is_an_error_answer_and_the_server_goes_on() -> None:
    def model(prompt: str) -> str:
        raise KeyError(prompt)

    with Sandbox(model=model) as sandbox, connect(sandbox) as client:
        log_in(client)
        answer = client.post(SUBMIT, json=body())
        assert answer.status_code == 500
        assert answer.json()["message"] == "The function given as model raised KeyError."
        assert client.get(ME).status_code == 200


@pytest.mark.parametrize("path", [CLEANSE, SUBMIT])
def test_given_findings_are_used_as_they_are(client: httpx.Client, path: str) -> None:
    finding = {
        "start": 0,
        "end": 5,
        "text": "Write",
        "type": "VERB",
        "score": 1,
        "scoreCategory": "SURE",
        "policyAction": "mask",
        "customTerm": None,
        "unknown": [],
    }
    answer = data(client.post(path, json=body(findings=[finding])))
    assert isinstance(answer, dict)
    cleansed = answer.get("deidentifiedInputTextData", answer)
    assert cleansed["text"] == "VERB_0 to Ada Lovelace at ada@example.com"


def test_the_findings_of_an_analysis_can_be_given_back(client: httpx.Client) -> None:
    findings = fits("AnalyzeAnswer", client.post(ANALYZE, json=body()))["findings"]
    answer = fits("CleanseAnswer", client.post(CLEANSE, json=body(findings=findings)))
    assert answer["text"] == "Write to PERSON_0 at EMAIL_ADDRESS_0"


def test_no_findings_given_is_nothing_to_replace(client: httpx.Client) -> None:
    answer = fits("CleanseAnswer", client.post(CLEANSE, json=body(findings=[])))
    assert answer["text"] == PROMPT


@pytest.fixture
def two_people() -> Iterator[tuple[httpx.Client, httpx.Client]]:
    """Give the clients of two people who are told apart by their provider's tokens."""
    sandbox = Sandbox(accept_provider_token=str)
    with sandbox, connect(sandbox) as one, connect(sandbox) as other:
        for client, name in ((one, "ada"), (other, "alan")):
            data(client.get(PROVIDER_LOGIN, headers={"Authorization": f"Bearer {name}"}))
        yield one, other


def test_another_s_thread_is_not_to_be_had(two_people: tuple[httpx.Client, httpx.Client]) -> None:
    one, other = two_people
    thread_id = new_thread(one)
    assert other.get(f"{THREADS}/{thread_id}").status_code == 404
    assert data(other.get(THREADS, params={"source": "sdk"})) == []


def test_a_hook_may_accept_a_provider_s_token(sandbox: Sandbox, stranger: httpx.Client) -> None:
    sandbox.accept_provider_token = lambda token: token == "yes"
    assert sandbox.accept_provider_token is not None
    for token, status in (("yes", 200), ("no", 401)):
        headers = {"Authorization": f"Bearer {token}"}
        assert stranger.get(PROVIDER_LOGIN, headers=headers).status_code == status


def test_every_answer_has_a_request_id_and_a_date(client: httpx.Client) -> None:
    answers = [client.get(INSTANCES), client.get("/nowhere"), client.post(SUBMIT, content=b"{")]
    ids = {answer.headers["x-request-id"] for answer in answers}
    assert len(ids) == 3
    assert all(answer.headers.get_list("date", split_commas=False) for answer in answers)
