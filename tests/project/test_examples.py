"""The examples: each does against the sandbox what its first lines say."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from liminal.sandbox import Sandbox
from liminal.sandbox.authority import Authority
from liminal.testing import FakeAnthropic, FakeOpenAI
from scripts.codegen.derive import ROOT

EXAMPLES = ROOT / "examples"
PROGRAMS = sorted(EXAMPLES.glob("*.py"))

# Runs the program that is named first, signing in at the authority that is named after it.
ELSEWHERE = """
import functools, runpy, sys
from liminal.auth.microsoft import device_code_flow as module
_, program, authority, ca_file = sys.argv
module.DeviceCodeFlowProvider = functools.partial(
    module.DeviceCodeFlowProvider, authority=authority, verify=ca_file
)
runpy.run_path(program, run_name="__main__")
"""


@pytest.fixture(scope="module")
def authority() -> Iterator[Authority]:
    with Authority() as authority:
        yield authority


@pytest.fixture(scope="module")
def sandbox(authority: Authority) -> Iterator[Sandbox]:
    with Sandbox(accept_provider_token=authority.is_valid, threads=("A thread",)) as sandbox:
        yield sandbox


def start(
    env: Mapping[str, str], *command: str | Path, said: str = ""
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", *command],
        env=env,
        input=said,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture(scope="module", autouse=True)
def models() -> Iterator[dict[str, str]]:
    """What the packages of models read, to find servers that stand for them."""
    with FakeOpenAI() as openai, FakeAnthropic() as anthropic:
        MODELS.update(openai.environment | anthropic.environment)
        yield MODELS
        assert not openai.saw("Lovelace")
        assert not anthropic.saw("Lovelace")


MODELS: dict[str, str] = {}


def run(sandbox: Sandbox, *command: str | Path, said: str = "") -> subprocess.CompletedProcess[str]:
    env = (
        os.environ
        | MODELS
        | {
            "LIMINAL_API_SERVER_URL": sandbox.url,
            "TOKEN": sandbox.token,
            "SESSION_ID": sandbox.create_session(),
            "TENANT_ID": "sandbox-tenant",
            "CLIENT_ID": "client",
            "MODEL_INSTANCE_NAME": "sandbox-model",
        }
    )
    return start(env, *command, said=said)


SHOWS = {
    "authenticate_from_session_id": "A thread",
    "authenticate_from_token": "1: sandbox-model",
    "chat_client": "answer: ",
    "chat_client_streaming": "I will write to Ada Lovelace about it. [stop]",
    "own_model": "Ada Lovelace",
    "own_model_streaming": "Ada Lovelace",
    "hydrate_response": "hydrated: I wrote to Ada Lovelace at ada@example.com.",
    "quickstart_blocking": "EMAIL_ADDRESS: characters 25 to 40",
}


@pytest.mark.parametrize("name", SHOWS)
def test_an_example_does_its_job(name: str, sandbox: Sandbox) -> None:
    done = run(sandbox, EXAMPLES / f"{name}.py", said="Tell Ada Lovelace.\nThank you.\n\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert SHOWS[name] in done.stdout


def test_the_example_with_microsoft_shows_the_code_in_its_log(
    sandbox: Sandbox, authority: Authority
) -> None:
    program = EXAMPLES / "quickstart_with_microsoft.py"
    done = run(sandbox, "-c", ELSEWHERE, program, authority.url, str(authority.ca_file))
    assert done.returncode == 0, done.stderr
    assert "INFO:liminal:To sign in, use a web browser to open the page" in done.stderr
    assert "1: sandbox-model" in done.stdout


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.stem)
def test_an_example_names_the_first_variable_that_is_not_set(program: Path) -> None:
    asked = re.findall(r'os\.environ\["(\w+)"\]', program.read_text("utf-8"))
    assert asked
    env = {name: value for name, value in os.environ.items() if name not in asked}
    for name in asked:
        done = start(env, program)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == f"Set '{name}' in the environment\n"
        env[name] = "something"


def test_every_example_is_tested() -> None:
    names = {program.stem for program in PROGRAMS}
    assert names == {*SHOWS, "quickstart_with_microsoft"}
