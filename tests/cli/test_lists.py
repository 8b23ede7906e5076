"""``liminal models`` and ``liminal threads``."""

import json

from liminal.sandbox import Sandbox

from .running import liminal


def test_models_are_lines_in_a_pipe(sandbox: Sandbox) -> None:
    out = liminal("models").out
    assert out == "1\tsandbox-model\tsandbox-1\n2\tsandbox-empty\tnone: can't be used\n"


def test_models_are_a_table_at_a_terminal(sandbox: Sandbox) -> None:
    lines = liminal("models", terminal="out").lines
    assert [line.split()[:2] for line in (lines[1], lines[3])] == [
        ["ID", "NAME"],
        ["1", "sandbox-model"],
    ]


def test_models_for_machines_hold_no_credentials(sandbox: Sandbox) -> None:
    assert json.loads(liminal("models", "--json").out) == [
        {"id": 1, "name": "sandbox-model", "models": ["sandbox-1"]},
        {"id": 2, "name": "sandbox-empty", "models": []},
    ]


def test_threads_are_listed_as_many_as_asked_for(sandbox: Sandbox) -> None:
    for _ in range(2):
        liminal("cleanse", stdin="Ada Lovelace")
    found = json.loads(liminal("threads", "--json", "-n", "2").out)
    assert [(one["name"], one["model_instance_id"]) for one in found] == [
        ("liminal cleanse", 1)
    ] * 2
    line = liminal("threads", "--limit", "1").out
    assert line.split("\t")[:3] == [str(found[0]["id"]), "liminal cleanse", "sandbox-model"]
    assert line.count("\n") == 1
