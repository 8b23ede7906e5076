"""Builds the package, and installs its wheel in an environment of its own."""

import subprocess
import sys
import sysconfig
import venv
from pathlib import Path


def build(source: Path, kind: str, folder: Path) -> Path:
    """Build with this environment's hatchling, so without a network."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(folder)]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    (built,) = folder.iterdir()
    return built


def install(wheel: Path, folder: Path) -> Path:
    """Install the wheel in a new environment; return its Python.

    What the wheel depends on comes from this environment, through a path file: its own path files,
    and so the work tree, don't count there.
    """
    venv.create(folder, with_pip=False)
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install"]
    options = ["--quiet", "--no-deps", "--no-index", "--no-compile", "--disable-pip-version-check"]
    subprocess.run([*pip, *options, str(wheel)], check=True)
    (site,) = {*folder.rglob("site-packages")}
    (site / "user_client.pth").write_text(sysconfig.get_path("purelib"), "utf-8")
    return python
