"""Compare this SDK with 2025.5.0, the earlier one: its surface, and programs that run on both.

`scripts/earlier` calls it with the interpreter of the environment that has the earlier SDK. Exits 1
if `tests/earlier/surface.json` is not its surface (`--write` renews it), or if one of
`tests/earlier/programs` does not print the same on both. Each runs against a sandbox of its own.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from liminal.sandbox import Sandbox

_HERE = Path(__file__).parent
_EARLIER = _HERE.parent / "tests" / "earlier"
SURFACE = _EARLIER / "surface.json"
PROGRAMS = sorted((_EARLIER / "programs").glob("*.py"))


def run(program: Path, *interpreter: str) -> subprocess.CompletedProcess[str]:
    """Run a program that signs in at a sandbox, which knows it by its environment."""
    with Sandbox() as sandbox:
        env = {
            "LIMINAL_API_SERVER_URL": sandbox.url,
            "TOKEN": sandbox.token,
            "PROVIDER_TOKEN": sandbox.provider_token,
        }
        return subprocess.run(
            [*interpreter, program],
            env=os.environ | env,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


def main() -> int:
    """Print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("interpreter", help=argparse.SUPPRESS)
    parser.add_argument("--write", action="store_true", help="write tests/earlier/surface.json")
    arguments = parser.parse_args()
    differs = _surface_differs(arguments.interpreter, write=arguments.write)
    for program in PROGRAMS:
        earlier = run(program, arguments.interpreter)
        ours = run(program, sys.executable)
        same = (earlier.returncode, ours.returncode, ours.stdout) == (0, 0, earlier.stdout)
        print(f"{program.name}: {'the same on both' if same else 'DIFFERS'}")
        if not same:
            print(f"--- 2025.5.0\n{earlier.stdout}{earlier.stderr}")
            print(f"--- here\n{ours.stdout}{ours.stderr}")
        differs |= not same
    return int(differs)


def _surface_differs(interpreter: str, *, write: bool) -> bool:
    command = [interpreter, str(_HERE / "earlier_surface.py")]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if write:
        SURFACE.write_text(said, "utf-8")
    same = said == SURFACE.read_text("utf-8")
    print(f"surface.json: {'up to date' if same else 'DIFFERS: renew it with --write'}")
    return not same


if __name__ == "__main__":
    sys.exit(main())
