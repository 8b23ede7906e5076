"""Proves that lock files install despite newer releases: ``python -m scripts.installs``.

A copy of ``scripts/lib.sh`` makes an environment from an index on disk. It pins a package of which
there is a newer release, and that another package requires with an extra. The pip of the oldest
supported Python can install that only with ``--no-deps``; it is tried without as well, to show
that the test proves something.
"""

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

from scripts.pythons import installed

ROOT = Path(__file__).parents[1]
WHOLE = "--no-deps "
REFUSAL = "must have their versions pinned with =="
# The first version that accepts a pin with an extra.
MENDED = (24,)

MAKE = """\
set -eu
. "$(dirname "$0")/lib.sh"
environment .venv lock alone
"""
TELL = """\
import importlib.metadata as found
print(found.version("pip"), found.version("pinned"), found.version("asking"))
"""


def main() -> int:
    """Print the finding, and return the exit status."""
    python = next(iter(installed().values()))  # the oldest
    with TemporaryDirectory() as name:
        folder = Path(name)
        _make_index(folder / "index")
        pip, problem = _with_pins(folder / "whole", python)
        if not problem and pip < MENDED:
            problem = _without(folder / "resolved", python)
    version = ".".join(map(str, pip))
    print(problem or f"pip {version} installs what is pinned, whatever has come out since")
    return 1 if problem else 0


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdecimal())


def _with_pins(checkout: Path, python: str) -> tuple[tuple[int, ...], str]:
    """Return pip's version, and what is wrong with the installation."""
    made = _make(checkout, python, (ROOT / "scripts/lib.sh").read_text("utf-8"))
    if made.returncode:
        return (), f"A lock file can't be installed beside a newer release:\n{made.stderr}"
    told = subprocess.run(
        [checkout / ".venv/bin/python", "-c", TELL], check=True, capture_output=True, text=True
    )
    pip, *versions = told.stdout.split()
    right = versions == ["1.0", "1.0"]
    return _numbers(pip), "" if right else f"Other versions than those pinned: {told.stdout}"


def _without(checkout: Path, python: str) -> str:
    """Return what is wrong with the proof, which must fail only without ``--no-deps``."""
    lines = (ROOT / "scripts/lib.sh").read_text("utf-8").replace(WHOLE + "--require", "--require")
    made = _make(checkout, python, lines)
    if made.returncode and REFUSAL in made.stderr:
        return ""
    return f"This proves nothing, as it should fail without {WHOLE}:\n{made.stderr}"


def _make(checkout: Path, python: str, lib: str) -> "subprocess.CompletedProcess[str]":
    """Make the environment of a checkout that has this ``lib.sh``, and the index beside it."""
    for name in ("scripts", "requirements", "liminal"):
        (checkout / name).mkdir(parents=True)
    for name in ("pyproject.toml", "liminal/_version.py"):
        shutil.copy(ROOT / name, checkout / name)
    index = checkout.parent / "index"
    (checkout / "requirements/lock.txt").write_text(_lock(index), "utf-8")
    (checkout / "scripts/lib.sh").write_text(lib, "utf-8")
    (checkout / "scripts/make").write_text(MAKE, "utf-8")
    # The user's own settings for pip must have no effect.
    ours = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    ours |= {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(index)}
    return subprocess.run(
        ["sh", checkout / "scripts/make"],
        env=ours | {"PYTHON": python},
        check=False,
        capture_output=True,
        text=True,
    )


def _make_index(index: Path) -> None:
    index.mkdir()
    for version in ("1.0", "1.1"):
        _make_wheel(index, "pinned", version, "Provides-Extra: more\n")
    _make_wheel(index, "asking", "1.0", "Requires-Dist: pinned[more] >=1.0\n")


def _make_wheel(index: Path, name: str, version: str, needs: str) -> None:
    about = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": "",
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},{_digest(text)},{len(text)}\n" for path, text in files.items())
    with zipfile.ZipFile(index / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        for path, text in (files | {f"{about}/RECORD": f"{record}{about}/RECORD,,\n"}).items():
            wheel.writestr(path, text)


def _digest(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return "sha256=" + base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _lock(index: Path) -> str:
    wheels = sorted(index.glob("*-1.0-*.whl"))
    hashes = {wheel.name.partition("-")[0]: wheel.read_bytes() for wheel in wheels}
    return "".join(
        f"{name}==1.0 --hash=sha256:{hashlib.sha256(content).hexdigest()}\n"
        for name, content in hashes.items()
    )


if __name__ == "__main__":
    sys.exit(main())
