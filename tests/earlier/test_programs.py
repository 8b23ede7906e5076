"""Programs written for 2025.5.0 run; `scripts/earlier` compares their output on both."""

import re
import sys
from pathlib import Path

import pytest

from scripts.earlier import PROGRAMS, run

LAST_LINES = {
    "chat": "Thank ",
    "failures": "a message of one's own",
    "names": "True True",
    "prompts": "Write to Ada Lovelace at ada@example.com ['PERSON_0', 'EMAIL_ADDRESS_0']",
    "sign_in": "2 sandbox-empty []",
}


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.stem)
def test_an_old_program_prints_the_same_as_before(program: Path) -> None:
    done = run(program, sys.executable, "-W", "error", "-W", "ignore::DeprecationWarning")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == LAST_LINES[program.stem]


def test_each_line_with_an_old_name_warns_with_the_new_one() -> None:
    (program,) = (program for program in PROGRAMS if program.stem == "names")
    done = run(program, sys.executable, "-W", "default")
    warned = {int(line) for line in re.findall(r"names\.py:(\d+): DeprecationWarning", done.stderr)}
    lines = program.read_text("utf-8").splitlines()
    assert {lines[line - 1].partition(" import")[0] for line in warned} >= {
        "from liminal.client",
        "from liminal.const",
        "from liminal.endpoints.llm",
        "from liminal.endpoints.prompt.models",
        "from liminal.endpoints.thread.schemas",
        "from liminal.helpers.model",
    }
    assert "use liminal.endpoints.prompt.models.CleanseResponse" in done.stderr
