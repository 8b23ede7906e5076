"""Finds the supported Pythons that are installed: ``python -m scripts.pythons`` lists them.

One of each minor version, from PATH or from pyenv. Each is run before it is listed, because pyenv's
shims on PATH may exist without a Python behind them.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

SUPPORTED = ("3.11", "3.12", "3.13")
ASK = "import sys; print('%d.%d' % sys.version_info[:2])"


def installed() -> dict[str, str]:
    """Return the minor versions found, each with the path of its Python, oldest first."""
    return {version: path for version in SUPPORTED if (path := _find(version))}


def _find(version: str) -> str | None:
    return next((path for path in _candidates(version) if _runs(path, version)), None)


def _candidates(version: str) -> Iterator[str]:
    if f"{sys.version_info[0]}.{sys.version_info[1]}" == version:
        yield sys.executable
    if path := shutil.which(f"python{version}"):
        yield path
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from sorted(map(str, pyenv.glob(f"versions/{version}.*/bin/python{version}")))


def _runs(path: str, version: str) -> bool:
    done = subprocess.run([path, "-c", ASK], check=False, capture_output=True, text=True)
    return done.stdout.strip() == version


if __name__ == "__main__":
    for found_version, found_path in installed().items():
        print(found_version, found_path)
