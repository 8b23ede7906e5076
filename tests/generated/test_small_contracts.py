"""Contracts of one operation each, for what is rare in an API and yet has to come out right."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts.codegen.derive import DeriveError, blocking
from tests.generated.making import Package, make_ours
from tests.generated.test_refusals import ANSWER, contract_with

Make = Callable[..., Package]


@pytest.fixture
def make(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Make]:
    """Make and import a package: the name is the test's, for no module is imported twice."""
    name = f"small_{request.node.name}".partition("[")[0]
    monkeypatch.syspath_prepend(tmp_path)

    def make_small(operation: str = ANSWER, schemas: str = "") -> Package:
        contract = tmp_path / "small.yaml"
        contract.write_text(contract_with(operation, schemas), encoding="utf-8")
        return make_ours(contract, tmp_path / name)

    yield make_small
    for module in [one for one in sys.modules if one.partition(".")[0] == name]:
        del sys.modules[module]


def answer(schema: str) -> str:
    content = f"{{application/json: {{schema: {schema}}}}}"
    return f'responses: {{"200": {{description: It., content: {content}}}}}'


def parsed(package: Package, value: object) -> Any:
    return package.module("api.thing.send_thing").parse_response(200, json.dumps(value).encode())


def test_a_discriminator_may_hold_quotes_and_backslashes(make: Make) -> None:
    schemas = (
        'Cat: {type: object, required: [k], properties: {"k": {type: string}}}\n'
        "Pet:\n"
        '  oneOf: [{$ref: "#/components/schemas/Cat"}, {$ref: "#/components/schemas/Thing"}]\n'
        "  discriminator:\n"
        "    propertyName: k\n"
        '    mapping: {\'c"a\\t\': "#/components/schemas/Cat"}\n'
    )
    package = make(answer('{$ref: "#/components/schemas/Pet"}'), schemas)

    assert isinstance(parsed(package, {"k": 'c"a\\t'}), package.model("Cat"))


def test_a_source_that_is_no_python_is_told_with_its_line() -> None:
    with pytest.raises(DeriveError, match=r"^liminal/_async/x\.py:2: this is no Python: "):
        blocking("import this\nfrom is not\n", Path("liminal/_async/x.py"), {}, set())
