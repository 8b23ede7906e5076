"""``./codegen.sh``: generate and derive code, or check that it is up to date."""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from scripts.codegen.phases import phase, table

ROOT = Path(__file__).parents[2]

# The packages that this needs in addition to the SDK's own, by their import names.
PACKAGES = {
    "griffe": "griffelib",
    "openapi_python_client": "openapi-python-client",
    "openapi_spec_validator": "openapi-spec-validator",
    "ruff": "ruff",
}


UNUSED = ("h2", "httpx._main", "requests", "trio")


def main() -> int:
    """Run the command. On an error, print it in one line and change nothing."""
    parser = argparse.ArgumentParser(prog="./codegen.sh", description=__doc__)
    only = parser.add_mutually_exclusive_group()
    only.add_argument(
        "--check", action="store_true", help="change nothing; exit 1 if anything would"
    )
    only.add_argument(
        "--diff",
        metavar="REV",
        help="change nothing; report what changed for users since this revision of git, and exit 1"
        " if any of it is breaking",
    )
    parser.add_argument(
        "--format",
        choices=("text", "markdown", "json"),
        help="how to write the report: for a terminal, a pull request, or a program",
    )
    parser.add_argument("--timings", action="store_true", help="print how long each phase took")
    arguments = parser.parse_args()
    if arguments.check and arguments.format:
        parser.error("argument --format: not allowed with argument --check, which makes no report")
    missing = [package for name, package in PACKAGES.items() if find_spec(name) is None]
    if missing:
        print(f"codegen: {sys.executable} lacks {', '.join(missing)}.", file=sys.stderr)
        print("Run scripts/setup.sh, or set PYTHON to a python that has them.", file=sys.stderr)
        return 1
    try:
        outcome = _run(arguments)
    except KeyboardInterrupt:
        print("codegen: interrupted", file=sys.stderr)
        return 130
    if arguments.timings:
        print(table(), file=sys.stderr)
    return outcome


def _run(arguments: argparse.Namespace) -> int:
    # Imported only once the packages are known to be installed.
    # Libraries here import these if they are there, which takes a third of the time and is no use.
    sys.modules |= dict.fromkeys(UNUSED)  # type: ignore[arg-type] # None: it is not to be found
    with phase("import"):
        from scripts.codegen.contract.document import ContractError  # noqa: PLC0415
        from scripts.codegen.derive import DeriveError  # noqa: PLC0415
        from scripts.codegen.steps import up_to_date, write  # noqa: PLC0415

    form = arguments.format or "text"
    with tempfile.TemporaryDirectory() as folder:
        try:
            if arguments.check:
                return 0 if up_to_date(ROOT, Path(folder)) else 1
            with phase("import"):
                from scripts.codegen.report.command import after_work, diff  # noqa: PLC0415
            if arguments.diff is not None:
                return diff(ROOT, Path(folder), arguments.diff, form=form)
            # Programs read the other forms, so nothing else is printed with them.
            with contextlib.redirect_stdout(sys.stdout if form == "text" else sys.stderr):
                write(ROOT, Path(folder))
            after_work(ROOT, Path(folder), form=form)
        except ContractError as error:
            print(error, file=sys.stderr)
        except DeriveError as error:
            print(f"derive: {error}", file=sys.stderr)
        else:
            return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
