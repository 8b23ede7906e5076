"""Prints the report: after the work of ``./codegen.sh``, or alone with ``--diff``."""

from __future__ import annotations

import json
import shutil
import sys
import traceback
from pathlib import Path

from scripts.codegen.client.generate import generate
from scripts.codegen.contract.document import ContractError, read, walk
from scripts.codegen.phases import phase
from scripts.codegen.report.changelog import draft
from scripts.codegen.report.compare import Report, compare
from scripts.codegen.report.revision import CONTRACT, RevisionError, check_out, short
from scripts.codegen.report.text import markdown, text
from scripts.codegen.rules import check
from scripts.codegen.steps import GENERATED


def after_work(root: Path, folder: Path, *, form: str) -> None:
    """Print the report on what was just made, and draft the entry in CHANGELOG.md.

    The code is written by now, so an error here is printed in one line and does not fail the run.
    """
    old = folder / "before"
    try:
        with phase("report"):
            report = since(root, root, "HEAD", old)
            print(FORMATS[form](report))
            if (old / CONTRACT).exists():
                contracts = old / CONTRACT, root / CONTRACT
                done = draft(root / "CHANGELOG.md", *contracts, report.changes)
                if done:
                    print(done, file=sys.stderr)
    except RevisionError as error:
        print(f"no report: {error}", file=sys.stderr)
    except Exception as error:  # noqa: BLE001 - a bug of the report must not fail the generation
        *_, last = traceback.extract_tb(error.__traceback__)
        problem = " ".join(f"{type(error).__name__}: {error}".split())
        spot = f"{Path(last.filename).name}:{last.lineno}"
        print(f"no report: {problem} ({spot}); what was made is in place", file=sys.stderr)


def diff(root: Path, folder: Path, revision: str, *, form: str) -> int:
    """Print the report since a revision on the contract as it stands, generated or not yet."""
    with phase("check the contract"):
        contract = read(root / CONTRACT)
        check(contract)
    new = folder / "after"
    for path in ("openapi", "liminal"):
        shutil.copytree(root / path, new / path, ignore=shutil.ignore_patterns("__pycache__"))
    with phase("generate"):
        generate(contract, root / "openapi", new / GENERATED)
    try:
        with phase("report"):
            report = since(root, new, revision, folder / "before")
    except RevisionError as error:
        print(f"codegen: {error}", file=sys.stderr)
        return 2
    print(FORMATS[form](report))
    return 1 if report.breaking else 0


def since(root: Path, new: Path, revision: str, folder: Path) -> Report:
    """Compare what is under ``new`` with a revision, which is laid out in ``folder``."""
    commit = short(root, revision)
    folder.mkdir(parents=True)
    check_out(root, revision, folder)
    name = revision if revision.startswith(commit) else f"{revision} ({commit})"
    try:
        _check_old(folder / CONTRACT)
        return compare(folder, new, commit, name)
    except ContractError as error:
        problem = str(error).splitlines()[0]
    raise RevisionError(f"the contract of {name} can't be read: {problem}")


def _check_old(path: Path) -> None:
    """Check a contract just enough to read it, since older ones followed older rules."""
    if not path.exists():
        return
    contract = read(path)
    for where, found in walk(contract.data):
        try:
            contract.resolve(found)
        except (KeyError, TypeError, RecursionError):
            raise contract.error(where, f"there is nothing at {found['$ref']}") from None


def _json(report: Report) -> str:
    return json.dumps(report.as_json(), indent=2)


FORMATS = {"text": text, "markdown": markdown, "json": _json}
