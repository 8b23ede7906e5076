"""Whatever is wrong with a contract is told in a line each, with the line where it is."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from scripts.codegen.contract.document import Contract, ContractError
from tests.generated.making import CONTRACT, make_ours

TEXT = CONTRACT.read_text(encoding="utf-8")


class Break(NamedTuple):
    """An edit of the contract, what is said of it, and how the line begins that it is said of."""

    old: str
    new: str
    reason: str
    at: str


BREAKS = {
    "a YAML error": Break(
        "tags:\n  - name: auth", "tags:\n  - name: [auth", "expected ',' or ']'", "description:"
    ),
    "a key that is there twice": Break(
        "      operationId: get_thread\n",
        "      operationId: get_thread\n      tags: [thread]\n",
        'found duplicate key "tags"',
        "tags: [thread]",
    ),
    "a status that is no string": Break(
        '        "200":\n          description: What was found',
        "        200:\n          description: What was found",
        "the key 200 has to be a string: put it in quotes",
        "200:",
    ),
    "a reference to nothing": Break(
        'items: {$ref: "#/components/schemas/Chat"}',
        'items: {$ref: "#/components/schemas/Chats"}',
        "there is nothing at #/components/schemas/Chats",
        'items: {$ref: "#/components/schemas/Chats"}',
    ),
    "a reference to another file": Break(
        'items: {$ref: "#/components/schemas/Chat"}',
        "items: {$ref: other.yaml}",
        "there is nothing at other.yaml",
        "items: {$ref: other.yaml}",
    ),
    "a reference to itself": Break(
        "    PolicyAction:\n",
        '    Loop: {$ref: "#/components/schemas/Loop"}\n    PolicyAction:\n',
        "#/components/schemas/Loop leads back to itself",
        "Loop:",
    ),
    "an operationId that is there twice": Break(
        "operationId: hydrate_prompt",
        "operationId: cleansePrompt",
        "the operationId cleansePrompt is taken: another is cleanse_prompt, of POST /api/",
        "operationId: cleansePrompt",
    ),
    "an operation without an operationId": Break(
        "      operationId: hydrate_prompt\n",
        "",
        "the operation has no operationId, which its module is named after",
        "post:",
    ),
    "another version of OpenAPI": Break(
        "openapi: 3.1.0", "openapi: 3.0.3", "the contract has to be OpenAPI 3.1", "openapi: 3.0.3"
    ),
    "what the specification does not have": Break(
        "      in: path\n", "      in: way\n", "is not one of", "in: way"
    ),
    "a type that JSON does not have": Break(
        "  type: integer\n          description: The turn's id.",
        "  type: int\n          description: The turn's id.",
        "'int' is not",
        "type: int",
    ),
    "a required property that is not there": Break(
        "required: [content, finishReason]",
        "required: [content, finishedReason]",
        "finishedReason is required, and is no property",
        "required:",
    ),
    "a parameter of a path that is not there": Break(
        "/api/v1/threads/{threadId}:",
        "/api/v1/threads/{thread}:",
        "Path parameter 'thread' for 'get' operation",
        "get:",
    ),
    "an extension that is misspelt": Break(
        "x-liminal-repeatable: false",
        "x-liminal-repeatble: false",
        "x-liminal-repeatble is no extension of ours",
        "x-liminal-repeatble",
    ),
    "an extension that is neither true nor false": Break(
        "x-liminal-repeatable: false",
        "x-liminal-repeatable: never",
        "x-liminal-repeatable has to be true or false",
        "x-liminal-repeatable: never",
    ),
    "two security schemes at once": Break(
        "        - providerToken: []",
        "        - {providerToken: [], sessionCookie: []}",
        "two security schemes at once can't be generated",
        "- {providerToken",
    ),
    "two media types for one answer": Break(
        '              schema: {$ref: "#/components/schemas/HydrateAnswer"}\n',
        '              schema: {$ref: "#/components/schemas/HydrateAnswer"}\n'
        "            text/plain: {schema: {type: string}}\n",
        "only one media type, apart from those of streams, can be generated, "
        "not application/json, text/plain",
        '"200":',
    ),
    "an answer without a schema": Break(
        '              schema: {$ref: "#/components/schemas/HydrateAnswer"}\n',
        "              {}\n",
        "application/json has no schema",
        '"200":',
    ),
    "chunks of different schemas": Break(
        'text/event-stream:\n              schema: {$ref: "#/components/schemas/Strea',
        'text/event-stream:\n              schema: {$ref: "#/components/schemas/SubmitAnswer"}\n'
        '            application/jsonl:\n              schema: {$ref: "#/components/schemas/Strea',
        "the items of a stream need one schema for all its media types",
        "responses:",
    ),
    "a parameter in a style of its own": Break(
        "      in: query\n",
        "      in: query\n      style: pipeDelimited\n",
        "the parameter source has the style pipeDelimited",
        "parameters:",
    ),
    "a parameter that is an object": Break(
        "      description: The thread's id.\n      schema:\n        type: integer\n",
        "      description: The thread's id.\n      schema:\n        type: object\n",
        "the parameter threadId is or holds an object, which can't be generated in a path",
        "parameters:",
    ),
    "a parameter for a header that is the client's own": Break(
        "      name: source\n      in: query\n",
        "      name: Authorization\n      in: header\n",
        "the parameter Authorization is a header that the client itself sets",
        "parameters:",
    ),
    "a keyword of OpenAPI 3.0": Break(
        "          description: The chunk.\n"
        if False
        else "        finishReason:\n          type:",
        "        finishReason:\n          nullable: true\n          type:",
        "nullable is of OpenAPI 3.0",
        "nullable: true",
    ),
    "a keyword that would be passed over": Break(
        "        credentials:\n          type: object\n",
        "        credentials:\n          type: object\n          patternProperties: {}\n",
        "patternProperties can't be generated: use additionalProperties",
        "patternProperties: {}",
    ),
    "values of an enumeration with one name": Break(
        "enum: [redact, mask]",
        "enum: [re-dact, re_dact]",
        "two values of the enumeration would have the same name in Python",
        "enum: [re-dact",
    ),
    "an enumeration of different types": Break(
        "enum: [redact, mask]",
        "enum: [redact, 1]",
        "the values of an enumeration have to be strings, or integers, all of them",
        "enum: [redact, 1]",
    ),
    "a schema that takes a name of the package's own": Break(
        "    PolicyAction:\n",
        "    Response: {type: object, properties: {a: {type: string}}}\n    PolicyAction:\n",
        "Response is a name that the package itself needs",
        "Response:",
    ),
    "a discriminator of schemas that have no name": Break(
        "    PolicyAction:\n",
        "    Either:\n      oneOf: [{type: object}]\n      discriminator: {propertyName: a}\n"
        "    PolicyAction:\n",
        "each variant of a union with a discriminator has to be a $ref",
        "discriminator:",
    ),
    "a discriminator that leads to no variant": Break(
        "    PolicyAction:\n",
        "    Either:\n      oneOf: [{$ref: '#/components/schemas/Chat'}]\n"
        "      discriminator: {propertyName: a, mapping: {b: '#/components/schemas/Thread'}}\n"
        "    PolicyAction:\n",
        "a discriminator's mapping can only lead to variants of the union",
        "discriminator:",
    ),
    "a reference to something of another kind": Break(
        '        - $ref: "#/components/parameters/ThreadId"',
        '        - $ref: "#/components/schemas/Thread"',
        "a reference here has to lead into #/components/parameters/",
        '- $ref: "#/components/schemas/Thread"',
    ),
    "a schema that lets everything pass": Break(
        "          description: The conversation it belongs to.\n"
        "        chatId:\n          type: integer\n"
        "          description: The turn of the conversation.\n",
        "          description: The conversation it belongs to.\n        chatId: true\n",
        "the generator can't do this: Input should be a valid dictionary",
        "chatId: true",
    ),
    "webhooks": Break(
        "components:\n", "webhooks: {}\ncomponents:\n", "webhooks can't be gen", "webhooks: {}"
    ),
    "what only the generator finds": Break(
        "    PolicyAction:\n",
        "    Odd:\n      type: object\n      properties: {a: {type: array}}\n    PolicyAction:\n",
        "the generator can't do this",
        "Odd:",
    ),
}


@pytest.mark.parametrize("name", BREAKS)
def test_what_is_wrong_is_told_with_its_line(name: str, tmp_path: Path) -> None:
    old, new, reason, at = BREAKS[name]
    assert TEXT.count(old) == 1
    broken = tmp_path / "liminal.yaml"
    broken.write_text(TEXT.replace(old, new), encoding="utf-8")

    with pytest.raises(ContractError) as caught:
        make_ours(broken, tmp_path / "api")

    (problem,) = [one for one in caught.value.problems if reason in one.reason]
    line = broken.read_text(encoding="utf-8").splitlines()[problem.line - 1]
    assert line.strip().startswith(at)
    assert str(problem).startswith(f"{tmp_path.name}/liminal.yaml:{problem.line}: ")


def test_what_is_wrong_is_told_all_at_once(tmp_path: Path) -> None:
    broken = tmp_path / "liminal.yaml"
    text = TEXT.replace('schemas/Chat"', 'schemas/Chats"').replace("/RetryAfter", "/RetryLater")
    broken.write_text(text, encoding="utf-8")

    with pytest.raises(ContractError) as caught:
        make_ours(broken, tmp_path / "api")

    assert len(caught.value.problems) == 3


@pytest.mark.parametrize("content", [b"", b"- a list", b"\xff\xfe", b"just words"])
def test_a_file_that_is_no_contract_at_all_is_told_so(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "liminal.yaml").write_bytes(content)

    with pytest.raises(ContractError, match=r"/liminal\.yaml:1: "):
        Contract(tmp_path / "liminal.yaml")


def test_a_file_that_is_not_there_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="No such file"):
        Contract(tmp_path / "liminal.yaml")
