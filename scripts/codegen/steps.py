"""The steps of ``./codegen.sh``. Each writes to a temporary folder first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from scripts.codegen.client.generate import generate
from scripts.codegen.contract.document import read
from scripts.codegen.contract.operations import operations
from scripts.codegen.derive import FOLDERS, derive
from scripts.codegen.phases import phase
from scripts.codegen.rules import check
from scripts.codegen.trees import differences, replace

GENERATED = "generated/liminal_api"


def write(root: Path, folder: Path) -> None:
    """Make everything and put it in place.

    What is generated is put in place before the blocking variant is derived: the facade that uses a
    new operation can only be finished once that is there.
    """
    for made in _make(root, folder):
        replace(folder / made, root / made)
        print(f"wrote {made} ({len(list((folder / made).rglob('*.py')))} files)")


def up_to_date(root: Path, folder: Path) -> bool:
    """Return whether all files are up to date, and name each that is not."""
    count = 0
    for made in _make(root, folder):
        for line in differences(folder / made, root / made, made):
            print(line)
            count += 1
    print(f"{count} files differ from what ./codegen.sh makes" if count else "all is up to date")
    return not count


def _make(root: Path, folder: Path) -> Iterator[str]:
    """Make one tree after another under ``folder``, and name each."""
    with phase("check the contract"):
        contract = read(root / "openapi/liminal.yaml")
        check(contract)
    print(f"openapi/liminal.yaml is valid: {len(list(operations(contract)))} operations")
    with phase("generate"):
        generate(contract, root / "openapi", folder / GENERATED)
    yield GENERATED
    with phase("derive"):
        derive(root, folder)
    yield from FOLDERS.values()
