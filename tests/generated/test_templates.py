"""The templates: few, each with its reason, and each watching the one that it replaces."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from pathlib import Path

import openapi_python_client
import pytest

from tests.generated.making import ROOT

OURS = ROOT / "openapi/templates"
STOCK = Path(openapi_python_client.__file__).parent / "templates"
SUMS = {
    name: checksum
    for line in (OURS / "stock.sha256").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
    for checksum, name in [line.split()]
}


@pytest.mark.parametrize("path", sorted(OURS.glob("*.jinja")), ids=lambda path: path.name)
def test_each_template_begins_with_the_reason_why_it_is_there(path: Path) -> None:
    assert path.read_text(encoding="utf-8").startswith("{# Why: ")


def test_the_sums_are_of_the_templates_that_are_replaced() -> None:
    assert set(SUMS) == {path.name for path in OURS.glob("*.jinja") if (STOCK / path.name).exists()}


@pytest.mark.parametrize("name", SUMS)
def test_a_template_that_is_replaced_is_the_one_that_was_replaced(name: str) -> None:
    assert hashlib.sha256((STOCK / name).read_bytes()).hexdigest() == SUMS[name]


def test_the_generator_is_the_one_that_the_sums_were_taken_from() -> None:
    assert f"openapi-python-client {version('openapi-python-client')} " in (
        OURS / "stock.sha256"
    ).read_text(encoding="utf-8")
