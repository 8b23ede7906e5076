"""What an import costs: nobody who does not sign in with Microsoft loads msal."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ["msal", "httpx", "anyio", "requests"]
SHOW = "import sys, {module}; print([name for name in {heavy} if name in sys.modules])"


@pytest.mark.parametrize(
    "module", ["liminal.auth", "liminal.auth._env", "liminal.auth.microsoft.device_code_flow"]
)
def test_an_import_loads_neither_msal_nor_httpx(module):
    shown = subprocess.run(
        [sys.executable, "-c", SHOW.format(module=module, heavy=HEAVY)],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert shown.stdout == "[]\n"
