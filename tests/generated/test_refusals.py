"""What can't be generated is refused, with the line where it is, whatever it is put together of."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from scripts.codegen.contract import ContractError
from tests.generated.making import make_ours

SMALL = """\
openapi: 3.1.0
info: {title: Small, version: "1"}
paths:
  /things:
    post:
      operationId: send_thing
      tags: [thing]
OPERATION
components:
  securitySchemes:
    key: {type: http, scheme: bearer}
  schemas:
    Thing: {type: object, properties: {name: {type: string}}}
SCHEMAS
"""
ANSWER = 'responses: {"204": {description: Done.}}'


class Refused(NamedTuple):
    """What the contract holds, ``# here`` in the line that is named, and what is said of it."""

    reason: str
    operation: str = ANSWER
    schemas: str = ""


def contract_with(operation: str, schemas: str) -> str:
    operation = "\n".join(f"      {line}" for line in operation.splitlines())
    schemas = "\n".join(f"    {line}" for line in schemas.splitlines())
    return SMALL.replace("OPERATION", operation).replace("SCHEMAS", schemas)


def _answered(schema: str) -> str:
    return f"""\
responses:
  "200":
    description: Done.
    content:
      application/json:
        schema: {schema}  # here
"""


REFUSED = {
    "a security scheme that is not there": Refused(
        "there is no security scheme nope", f"security: [{{nope: []}}]  # here\n{ANSWER}"
    ),
    "an operation that only fails": Refused(
        "an operation needs an answer of success",
        'responses:  # here\n  "404": {description: None.}',
    ),
    "an operation that only redirects": Refused(
        "an operation needs an answer of success",
        'responses:  # here\n  "3XX": {description: Elsewhere.}',
    ),
    "a schema that is a part of itself": Refused(
        "#/components/schemas/Loop leads back to itself, by allOf",
        schemas='Loop: {allOf: [{$ref: "#/components/schemas/Loop"}]}  # here',
    ),
    "schemas that are parts of each other": Refused(
        "#/components/schemas/Left leads back to itself, by allOf",
        schemas='Left: {allOf: [{$ref: "#/components/schemas/Right"}]}\n'
        'Right: {allOf: [{$ref: "#/components/schemas/Left"}]}  # here',
    ),
    "a date without quotes": Refused(
        "2024-01-01 is a date to YAML, which JSON does not have: put it in quotes",
        f"x-since: 2024-01-01  # here\n{ANSWER}",
    ),
    "a date that is none, without quotes": Refused(
        "2024-02-31 is a date to YAML, which JSON does not have: put it in quotes",
        f"x-since: 2024-02-31  # here\n{ANSWER}",
    ),
    "half of a surrogate pair": Refused(
        "the text holds half of a surrogate pair", f'summary: "\\ud800"  # here\n{ANSWER}'
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_can_not_be_generated_is_refused_with_its_line(name: str, tmp_path: Path) -> None:
    reason, operation, schemas = REFUSED[name]
    contract = tmp_path / "small.yaml"
    contract.write_text(contract_with(operation, schemas), encoding="utf-8")

    with pytest.raises(ContractError, match=re.escape(reason)) as caught:
        make_ours(contract, tmp_path / "api")

    lines = contract.read_text(encoding="utf-8").splitlines()
    told = [problem for problem in caught.value.problems if reason in problem.reason]
    assert any(lines[problem.line - 1].endswith("# here") for problem in told)


def test_what_is_made_and_is_no_python_is_told_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contract = tmp_path / "small.yaml"
    contract.write_text(contract_with(ANSWER, ""), encoding="utf-8")
    monkeypatch.setattr("scripts.codegen.generate.docstring", lambda *_, **__: "no Python")

    with pytest.raises(ContractError, match="what was made of it is no Python") as caught:
        make_ours(contract, tmp_path / "api")

    assert len(str(caught.value).splitlines()) == 1
