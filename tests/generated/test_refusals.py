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


def _query(schema: str) -> str:
    return f"parameters:  # here\n  - {{name: a, in: query, schema: {schema}}}\n{ANSWER}"


def _body(media_type: str, schema: str) -> str:
    content = f"{{{media_type}: {{schema: {schema}}}}}"
    return f"requestBody: {{required: true, content: {content}}}  # here\n{ANSWER}"


def _streamed(schema: str) -> str:
    content = f"{{text/event-stream: {{schema: {{$ref: '#/components/schemas/{schema}'}}}}}}"
    return f'responses:  # here\n  "200": {{description: It., content: {content}}}'


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
    "a query that may be an object": Refused(
        "the parameter a is or holds an object, which can't be generated in a query",
        _query('{oneOf: [{type: string}, {$ref: "#/components/schemas/Thing"}]}'),
    ),
    "a query of objects": Refused(
        "the parameter a is or holds an object, which can't be generated in a query",
        _query('{type: array, items: {$ref: "#/components/schemas/Thing"}}'),
    ),
    "a query that is an object or null": Refused(
        "the parameter a is or holds an object, which can't be generated in a query",
        _query('{type: [object, "null"]}'),
    ),
    "a form that is no object": Refused(
        "the body of a form has to be an object, whose properties are known",
        _body("application/x-www-form-urlencoded", "{type: string}"),
    ),
    "a form with files that is no object": Refused(
        "the body of a form has to be an object, whose properties are known",
        _body("multipart/form-data", "{type: array, items: {type: string}}"),
    ),
    "a form that may be null": Refused(
        "the body of a form has to be an object, whose properties are known",
        _body("multipart/form-data", '{type: [object, "null"], properties: {a: {}}}'),
    ),
    "a form with an object in it": Refused(
        "a is or holds an object, which can't be generated in application/x-www-form-urlencoded",
        _body(
            "application/x-www-form-urlencoded",
            '{type: object, properties: {a: {$ref: "#/components/schemas/Thing"}}}',
        ),
    ),
    "a form with a charset": Refused(
        "write multipart/form-data",
        _body("multipart/form-data; charset=utf-8", '{$ref: "#/components/schemas/Thing"}'),
    ),
    "a stream of what is no object": Refused(
        "a stream's chunks have to be objects, whose properties are known",
        _streamed("Word"),
        "Word: {type: string}",
    ),
    "a stream of what has another name": Refused(
        "a stream's chunks have to be objects, whose properties are known",
        _streamed("Alias"),
        'Alias: {$ref: "#/components/schemas/Thing"}',
    ),
    "a file in JSON": Refused(
        "application/json can't hold what is binary",
        _answered('{$ref: "#/components/schemas/Filed"}').replace("# here", ""),
        "Filed:\n  type: object\n  properties:\n    file: {type: string, format: binary}  # here",
    ),
    "a status that is none": Refused(
        "99 is no status: write one such as 200, 2XX, or default",
        'responses:\n  "99": {description: What.}  # here',
    ),
    "a parameter that is there twice": Refused(
        "the parameter a is there twice in the query",
        "parameters:\n"
        "  - {name: a, in: query, schema: {type: string}}\n"
        f"  - {{name: a, in: query, schema: {{type: integer}}}}  # here\n{ANSWER}",
    ),
    "a default of another type": Refused(
        "the default does not fit: 'hi' is not of type 'integer'",
        "parameters:\n"
        "  - name: a\n    in: query\n    schema:\n      type: integer\n"
        f"      default: hi  # here\n{ANSWER}",
    ),
    "what no part of a schema has and one requires": Refused(
        "note is required, and is no property",
        schemas="Merged:\n  allOf:\n"
        '    - {$ref: "#/components/schemas/Thing"}\n'
        "    - {type: object, required: [note], properties: {a: {}}}  # here",
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
