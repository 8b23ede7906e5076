"""A package generated from a contract of its own, which has what an API gains as it grows."""

from __future__ import annotations

import shutil
import sys
import tempfile
from atexit import register
from functools import cache
from pathlib import Path
from typing import Any

from tests.generated.making import Package, make_ours

CONTRACT = Path(__file__).with_name("growth.yaml")


@cache
def growth() -> Package:
    """Make and import the package, once in a process.

    It shares its errors with `liminal_api`, as if it were that package after the API has grown.
    """
    folder = Path(tempfile.mkdtemp())
    register(shutil.rmtree, folder, ignore_errors=True)
    sys.path.append(str(folder))
    package = make_ours(CONTRACT, folder / "growth_api")
    (package.folder / "errors.py").write_text("from liminal_api.errors import *\n", "utf-8")
    return package


def operation(name: str) -> Any:
    """Give the module of an operation."""
    return growth().module(f"api.note.{name}")
