"""The example of a web service, run as a process that receives a browser's requests."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

from benchmarks.soak import browsers
from liminal.sandbox import Sandbox
from liminal.streaming import iter_sse
from scripts.codegen.derive import ROOT
from tests._sync.waiting import until

PROGRAM = ROOT / "examples" / "service.py"
# Runs the program in a process that has set up OpenTelemetry.
TRACED = """
import runpy, sys
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
trace.set_tracer_provider(TracerProvider())
runpy.run_path(sys.argv[1], run_name="__main__")
"""
GOES_ON = 100_000  # words; with the delay of each, far more than any test waits for


def written(prompt: str) -> str:
    """Write an answer that never ends where the prompt asks for it."""
    return "Dear PERSON_0, " * (GOES_ON if "at length" in prompt else 20)


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(model=written, chunk_delay=0.002) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def process(sandbox):
    variables = os.environ | {
        "LIMINAL_API_SERVER_URL": sandbox.url,
        "TOKEN": sandbox.token,
        "MODEL_INSTANCE_NAME": "sandbox-model",
        "PORT": "0",
    }
    command = [sys.executable, "-W", "error", "-c", TRACED, PROGRAM]
    with subprocess.Popen(command, env=variables, stderr=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


@pytest.fixture(scope="module")
def browser(process):
    assert process.stderr
    said = ""
    while not (found := re.search(r"running on (http://\S+)", said)):
        line = process.stderr.readline()
        assert line, said
        said += line
    with httpx.Client(base_url=found[1], trust_env=False) as browser:
        yield browser


def events(response: httpx.Response) -> Iterator[tuple[str, str]]:
    """Give each event's name and data as it comes."""
    for event in iter_sse(response.iter_bytes()):
        yield event.event, json.loads(event.data)


def test_an_answer_is_sent_hydrated_in_pieces_and_says_its_end(browser):
    with browser.stream("POST", "/answers", json={"prompt": "Write to Ada Lovelace"}) as response:
        *pieces, end = events(response)
    assert response.headers["content-type"].startswith("text/event-stream")
    assert len(pieces) > 20
    assert "".join(data for _, data in pieces) == "Dear Ada Lovelace, " * 20
    assert end == ("end", "stop")


def test_its_requests_belong_to_spans(browser, sandbox):
    browser.post("/answers", json={"prompt": "Hello"})
    assert "traceparent" in sandbox.requests[-1].headers


def test_words_arrive_while_the_answer_is_written_and_a_browser_that_leaves_ends_it(
    browser, sandbox
):
    prompt = {"prompt": "Write to Ada Lovelace at length"}
    with browser.stream("POST", "/answers", json=prompt) as response:
        words = events(response)
        assert next(words) == ("message", "Dear ")
        assert next(words) == ("message", "Ada Lovelace, ")
        during = sandbox.connections
    until(lambda: sandbox.connections < during)  # a stream that is cut short closes its connection


def test_a_failure_is_told_by_its_type_and_counted_by_the_health_check(browser, sandbox):
    assert browser.get("/health").json()["errors"] == {}
    sandbox.fail_next(403, path="/api/v1/prompts/*")
    with browser.stream("POST", "/answers", json={"prompt": "Hello"}) as response:
        assert list(events(response)) == [("failure", "APIStatusError")]
    health = browser.get("/health")
    found = health.json()
    assert (health.status_code, found["healthy"]) == (200, True)
    assert found["errors"] == {"APIStatusError": 1}
    assert found["slowest_first_chunk"] > 0
    assert found.keys() == {"healthy", "calls", "errors", "slowest_first_chunk"}


@pytest.mark.parametrize("prompt", ["", "Ada " * 10_000, "Ada \ud83d"])
def test_a_prompt_that_it_can_t_send_is_refused_and_not_repeated(browser, prompt):
    body = json.dumps({"prompt": prompt})  # escaped, as a browser sends half of an emoji
    headers = {"content-type": "application/json"}
    refused = browser.post("/answers", content=body, headers=headers)
    assert refused.status_code == 422
    assert "Ada" not in refused.text


def test_the_page_loads_nothing_from_elsewhere(browser):
    page = browser.get("/")
    assert page.headers["content-type"].startswith("text/html")
    assert "EventSource" not in page.text  # it would send a prompt again
    assert not re.search(r"https?:|src=|@import|url\(", page.text)


def test_the_soak_s_browsers_leave_nothing_behind(monkeypatch, capsys):
    """Only a few, for a moment; by hand, run two hundred for a minute."""
    for variable in ("LIMINAL_API_SERVER_URL", "TOKEN", "MODEL_INSTANCE_NAME"):
        monkeypatch.setenv(variable, "set by the program, and undone here")
    assert browsers.main(["--browsers", "3", "--seconds", "0", "--delay", "0.001"]) == 0
    assert json.loads(capsys.readouterr().out)["answers"].keys() == {"left", "whole"}


def test_an_answer_that_has_begun_is_sent_to_its_end_when_the_service_is_told_to_stop(
    browser, process
):
    """This test comes last: it stops the service that all tests share."""
    with browser.stream("POST", "/answers", json={"prompt": "Write to Ada Lovelace"}) as response:
        answer = events(response)
        first = next(answer)
        process.terminate()
        *_, end = answer
    assert (first, end) == (("message", "Dear "), ("end", "stop"))
    _, said = process.communicate(timeout=30)
    assert process.returncode == -signal.SIGTERM
    assert "Application shutdown complete." in said
    assert "Traceback" not in said
    assert "Lovelace" not in said
