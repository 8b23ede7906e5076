"""What can't be generated is refused, with the line where it is, whatever it is put together of."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from scripts.codegen.contract.document import ContractError
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
    session: {type: apiKey, in: cookie, name: session}
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


def _filter(schema: str) -> str:
    return _query(schema).replace("in: query", "in: query, style: deepObject")


def _paged(said: str) -> str:
    page = "{properties: {data: {type: array, items: {type: string}}, next: {type: string}}}"
    parameters = "parameters: [{name: a, in: query, schema: {type: integer}}]"
    answer = _answered(page).replace("  # here", "")
    return f"{parameters}\nx-liminal-pagination: {said}  # here\n{answer}"


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
    "a stream of what nothing is said of": Refused(
        "a stream has no itemSchema that says what its items are",
        'responses:  # here\n  "200": {description: It., content: {application/jsonl: {}}}',
    ),
    "a filter that holds objects": Refused(
        "the parameter a has to be an object of single values, as its style is deepObject",
        _filter("{type: object, properties: {b: {$ref: '#/components/schemas/Thing'}}}"),
    ),
    "a filter that holds lists": Refused(
        "the parameter a has to be an object of single values, as its style is deepObject",
        _filter("{type: object, properties: {b: {type: array, items: {type: string}}}}"),
    ),
    "a filter that is no object": Refused(
        "the parameter a has to be an object of single values", _filter("{type: string}")
    ),
    "a cookie that is an array": Refused(
        "the parameter a is an array, which can't be generated in a cookie",
        _query("{type: array, items: {type: string}}").replace("query", "cookie"),
    ),
    "a cookie that a security scheme has": Refused(
        "the parameter session is the cookie of a security scheme, which the client itself sends",
        _query("{type: string}").replace("name: a, in: query", "name: session, in: cookie"),
    ),
    "a name that is none in Python": Refused(
        "Type has to be a name in Python, in snake_case",
        schemas="Named: {type: object, properties: {type: {x-liminal-name: Type}}}  # here",
    ),
    "a name that two properties are given": Refused(
        "two properties have the x-liminal-name one",
        schemas="Named:\n  properties:  # here\n    a: {x-liminal-name: one}\n"
        "    b: {x-liminal-name: one}",
    ),
    "a default to be sent that is not there": Refused(
        "there is no default to be sent",
        schemas="Named: {properties: {a: {x-liminal-send-default: true}}}  # here",
    ),
    "a default to be sent that is a list": Refused(
        "a list or an object can't be sent by default",
        schemas="Named:\n  properties:\n    a:\n      x-liminal-send-default: true\n"
        "      type: array\n      items: {type: string}\n      default: [a]  # here",
    ),
    "pages that nothing is said of": Refused(
        "x-liminal-pagination has to be false, or name one of cursor, offset, page", _paged("true")
    ),
    "pages in two ways": Refused(
        "x-liminal-pagination has to be false, or name one of cursor, offset, page",
        _paged("{cursor: a, offset: a}"),
    ),
    "pages by something that is no name": Refused(
        "x-liminal-pagination takes names of parameters and dotted paths", _paged("{offset: 1}")
    ),
    "pages by a parameter that is not there": Refused(
        "x-liminal-pagination names b, which is no parameter of the query",
        _paged("{offset: b, items: data}"),
    ),
    "pages without a next cursor": Refused(
        "x-liminal-pagination has to say where in the answer the next cursor is",
        _paged("{cursor: a, items: data}"),
    ),
    "pages of what is no list": Refused(
        "x-liminal-pagination names next, which is no array of the answer",
        _paged("{offset: a, items: next}"),
    ),
    "pages of nothing": Refused(
        "x-liminal-pagination has to say where in the answer the list is", _paged("{offset: a}")
    ),
    "pages of a stream": Refused(
        "x-liminal-pagination needs a single answer, in JSON, and no stream",
        _streamed("Thing").replace("  # here", "")
        + "\nparameters: [{name: a, in: query, schema: {type: integer}}]"
        + "\nx-liminal-pagination: {offset: a, items: data}  # here",
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
    monkeypatch.setattr("scripts.codegen.client.generate.docstring", lambda *_, **__: "no Python")

    with pytest.raises(ContractError, match="what was made of it is no Python") as caught:
        make_ours(contract, tmp_path / "api")

    assert len(str(caught.value).splitlines()) == 1
