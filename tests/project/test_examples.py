"""The examples: each does against the sandbox what its first lines say."""

import io
import re
import runpy
import subprocess
import sys

import pytest

from scripts.codegen.derive import ROOT

EXAMPLES = ROOT / "examples"
# Those for engines need an environment of their own: tests/engines runs them.
ENGINES = {EXAMPLES / "dask_cleanse.py", EXAMPLES / "ray_cleanse.py"}
PROGRAMS = sorted({*EXAMPLES.glob("*.py")} - ENGINES)

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


SHOWS = {
    "agent": "Ada Lovelace. There is nothing about Ada Lovelace.",
    "authenticate_from_session_id": "A thread",
    "authenticate_from_token": "1: My Model",
    "chat_client": "answer: ",
    "chat_client_streaming": "I will write to Ada Lovelace about it. [stop]",
    "own_model": "Ada Lovelace",
    "own_model_streaming": "Ada Lovelace",
    "hydrate_response": "hydrated: I wrote to Ada Lovelace at ada@example.com.",
    "quickstart_blocking": "EMAIL_ADDRESS: characters 25 to 40",
}


@pytest.mark.parametrize("name", SHOWS)
@pytest.mark.usefixtures("sandbox")
def test_an_example_does_its_job(name, monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.StringIO("Tell Ada Lovelace.\nThank you.\n\n"))
    runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="__main__")
    done = capsys.readouterr()
    assert SHOWS[name] in done.out
    assert done.err == ""


@pytest.mark.usefixtures("sandbox")
def test_the_example_with_microsoft_shows_the_code_in_its_log(authority):
    """It runs in a process of its own, because it sets up logging."""
    program = EXAMPLES / "quickstart_with_microsoft.py"
    done = subprocess.run(
        [
            *(sys.executable, "-W", "error", "-c", ELSEWHERE),
            *(program, authority.url, str(authority.ca_file)),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert "INFO:liminal:To sign in, use a web browser to open the page" in done.stderr
    assert "1: My Model" in done.stdout


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.stem)
def test_an_example_names_the_first_variable_that_is_not_set(program, monkeypatch):
    asked = re.findall(r'os\.environ\["(\w+)"\]', program.read_text("utf-8"))
    assert asked
    for name in asked:
        monkeypatch.delenv(name, raising=False)
    for name in asked:
        with pytest.raises(SystemExit) as end:
            runpy.run_path(str(program), run_name="__main__")
        assert end.value.code == f"Set '{name}' in the environment"  # Python prints it, and exits 1
        monkeypatch.setenv(name, "something")


def test_every_example_is_tested():
    names = {program.stem for program in PROGRAMS}
    assert names == {*SHOWS, "quickstart_with_microsoft", "service"}  # the last by test_service
