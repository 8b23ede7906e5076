"""``liminal models`` and ``liminal threads``."""

import json
from collections.abc import Iterator

import pytest

from liminal.sandbox import Sandbox

from .running import liminal


def test_models_are_lines_in_a_pipe(sandbox: Sandbox) -> None:
    out = liminal("models").out
    assert out == "1\tsandbox-model\tsandbox-1\n2\tsandbox-empty\tnone: can't be used\n"


def test_models_are_a_table_at_a_terminal(sandbox: Sandbox) -> None:
    lines = liminal("models", terminal="out").lines
    assert [line.split()[:2] for line in (lines[0], lines[2])] == [
        ["ID", "NAME"],
        ["1", "sandbox-model"],
    ]


def test_models_as_json_contain_no_credentials(sandbox: Sandbox) -> None:
    assert json.loads(liminal("models", "--json").out) == [
        {"id": 1, "name": "sandbox-model", "models": ["sandbox-1"]},
        {"id": 2, "name": "sandbox-empty", "models": []},
    ]


@pytest.fixture(scope="module")
def with_threads() -> Iterator[Sandbox]:
    with Sandbox(threads=("First", "Second\tand last")) as sandbox:
        yield sandbox


@pytest.fixture
def threads(with_threads: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set a sandbox with two threads in the environment."""
    monkeypatch.setenv("LIMINAL_API_SERVER_URL", with_threads.url)
    monkeypatch.setenv("LIMINAL_TOKEN", with_threads.token)


@pytest.mark.usefixtures("threads")
def test_threads_are_lines_in_a_pipe_up_to_the_limit() -> None:
    rows = [line.split("\t") for line in liminal("threads").out.splitlines()]
    assert [row[1:3] for row in rows] == [
        ["First", "sandbox-model"],
        ["Second and last", "sandbox-model"],
    ]
    assert liminal("threads", "--limit", "1").out.count("\n") == 1


@pytest.mark.usefixtures("threads")
def test_threads_as_json_have_their_ids() -> None:
    [found] = json.loads(liminal("threads", "--json", "-n", "1").out)
    assert list(found) == ["id", "name", "model_instance_id", "updated_at"]
    assert (found["name"], found["model_instance_id"]) == ("First", 1)
