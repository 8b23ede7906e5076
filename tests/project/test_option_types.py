"""The options that a client takes by name: both type checkers find one that is wrong."""

import inspect
import json
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from liminal import Client, SyncClient
from liminal._calls.arguments.client_options import (
    AsyncClientOptions,
    CallOptions,
    SyncClientOptions,
)
from liminal._calls.arguments.options import Options
from scripts.codegen.derive import ROOT

HEAD = """\
import httpx
from liminal import Client, SyncClient
from liminal.auth import AuthProvider
async def asyncio(client: Client, provider: AuthProvider, other: httpx.Client) -> None:
"""
BLOCKING_HEAD = """\
def blocking(client: SyncClient, provider: AuthProvider, other: httpx.AsyncClient) -> None:
"""
CALLS = [
    'await Client.authenticate_from_token("url", "token", OPTION)',
    'await Client.authenticate_from_session_id("url", "id", OPTION)',
    'await Client.authenticate_from_auth_provider("url", provider, OPTION)',
    "Client.from_env(OPTION)",
    "client.with_options(OPTION)",
]
GOOD = ["timeout=5", "timeout=httpx.Timeout(5)", "deadline=None", "headers={}"]
# A misspelt name, a wrong value, and what stands beside `options` or belongs to the other variant.
BAD = ["time_out=5", "retries=0", "max_retries='2'", "auth=None", "httpx_client=other"]
WRONG = "  # wrong"


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write each call with each option, in both variants, a line for each."""
    options = [*GOOD, *(f"{option}){WRONG}" for option in BAD)]
    lines = [f"    {call.replace('OPTION)', option)}" for call in CALLS for option in options]
    asyncio = "\n".join(line if WRONG in line else f"{line})" for line in lines)
    blocking = asyncio.replace("await ", "").replace("Client.", "SyncClient.")
    file = tmp_path_factory.mktemp("typed") / "program.py"
    file.write_text(f"{HEAD}{asyncio}\n{BLOCKING_HEAD}{blocking}\n")
    settings = {"include": [file.name], "extraPaths": [str(ROOT), str(ROOT / "generated")]}
    file.with_name("pyrightconfig.json").write_text(json.dumps(settings))
    return file


def lines_found_by(checker: list[str], program: Path) -> set[int]:
    """Run a type checker; gives the numbers of the lines in which it finds an error."""
    command = [sys.executable, "-m", *checker]
    done = subprocess.run(command, cwd=program.parent, capture_output=True, text=True, check=False)
    found = re.findall(r"program\.py:(\d+)(?::\d+)?(?: -|:) error", done.stdout)
    assert found, done.stdout + done.stderr
    return {int(number) for number in found}


@pytest.mark.parametrize(
    "checker",
    [
        ["mypy", "--strict", "program.py", "--cache-dir"],
        ["pyright", "--pythonpath", sys.executable],
    ],
    ids=lambda checker: checker[0],
)
def test_a_wrong_option_is_found_and_no_other(
    program: Path, checker: list[str], mypy_cache: Path
) -> None:
    if checker[0] == "mypy":
        checker = [*checker, str(mypy_cache)]
    lines = program.read_text().splitlines()
    wrong = {number for number, line in enumerate(lines, start=1) if line.endswith(WRONG)}

    assert lines_found_by(checker, program) == wrong


@pytest.mark.parametrize(
    ("client", "options"), [(Client, AsyncClientOptions), (SyncClient, SyncClientOptions)]
)
def test_the_options_are_the_keyword_arguments_of_the_class(
    client: type, options: type[CallOptions]
) -> None:
    by_name = {
        parameter.name
        for parameter in inspect.signature(client).parameters.values()
        if parameter.kind is parameter.KEYWORD_ONLY
    }

    assert options.__optional_keys__ == by_name - {"auth"}


def test_what_with_options_takes_is_what_may_be_changed() -> None:
    assert CallOptions.__optional_keys__ == {f.name for f in fields(Options) if f.init}
