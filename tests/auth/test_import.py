"""The imports of liminal.auth are cheap: msal and httpx are loaded at the first sign-in."""

import subprocess
import sys

import pytest

SHOW = "import sys, {}; print({{'msal', 'httpx', 'anyio', 'requests'}} & set(sys.modules))"


@pytest.mark.parametrize(
    "module", ["liminal.auth", "liminal.auth._env", "liminal.auth.microsoft.device_code_flow"]
)
def test_an_import_loads_neither_msal_nor_httpx(module):
    command = [sys.executable, "-c", SHOW.format(module)]
    assert subprocess.check_output(command, text=True) == "set()\n"
