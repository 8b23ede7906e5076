"""The examples for engines: each cleanses its letters in the sandbox."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from liminal.sandbox import Sandbox

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.parametrize("name", ["dask_cleanse", "ray_cleanse"])
def test_the_example_cleanses_its_data(name: str, sandbox: Sandbox, tmp_path: Path) -> None:
    own = {"LIMINAL_API_SERVER_URL": sandbox.url, "MODEL_INSTANCE_NAME": "sandbox-model"}
    done = subprocess.run(
        [sys.executable, EXAMPLES / f"{name}.py"],
        env=os.environ | own,
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    assert "Write to PERSON_0, 0" in done.stdout
    assert "100 letters, 0 problems" in done.stdout
