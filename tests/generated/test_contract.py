"""The contract: valid, complete, and with words and examples that are true."""

from __future__ import annotations

import pytest
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from scripts.codegen.contract.document import Contract, walk
from scripts.codegen.contract.operations import Operation
from tests.generated.making import CONTRACT, SCHEMAS, our_operations, read

DATA = read(CONTRACT)
OPERATIONS = our_operations()
VALIDATOR = OAS31Validator(
    {"$ref": "urn:contract"},
    registry=Registry().with_resource("urn:contract", DRAFT202012.create_resource(DATA)),
)


def test_the_contract_is_valid() -> None:
    OpenAPIV31SpecValidator(DATA).validate()


def test_the_contract_has_the_operations_of_the_service() -> None:
    assert {(one.id, one.method, one.path) for one in OPERATIONS} == {
        ("login_with_access_token", "GET", "/api/v1/auth/login/oauth/access-token"),
        ("login_with_environment_token", "POST", "/api/v1/auth/test-automation/login"),
        ("get_current_user", "GET", "/api/v1/users/me"),
        ("list_model_instances", "GET", "/api/v1/model-instances"),
        ("list_threads", "GET", "/api/v1/threads"),
        ("create_thread", "POST", "/api/v1/threads"),
        ("get_thread", "GET", "/api/v1/threads/{threadId}"),
        ("analyze_prompt", "POST", "/api/v1/prompts/analyze"),
        ("cleanse_prompt", "POST", "/api/v1/prompts/cleanse"),
        ("hydrate_prompt", "POST", "/api/v1/prompts/hydrate"),
        ("submit_prompt", "POST", "/api/v1/prompts/submit"),
    }


def test_all_but_these_operations_are_repeatable_and_take_the_session() -> None:
    security = {one.id: one.security for one in OPERATIONS if one.security != ("sessionCookie",)}

    # What costs or leaves something must not be done twice.
    unrepeatable = {one.id for one in OPERATIONS if not one.repeatable}
    assert unrepeatable == {"create_thread", "submit_prompt"}
    assert security == {
        "login_with_access_token": ("providerToken",),
        "login_with_environment_token": ("environmentToken",),
    }


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.id)
def test_each_operation_lists_its_failures_and_may_renew_the_session(
    operation: Operation,
) -> None:
    assert {"401", "429", "default"} <= operation.responses.keys()
    for status in operation.successes:
        assert "Set-Cookie" in operation.responses[status]["headers"]


def test_each_part_has_a_description() -> None:
    described = [*SCHEMAS.values(), *DATA["components"]["securitySchemes"].values(), *DATA["tags"]]
    for kind in ("headers", "parameters", "responses"):
        described += DATA["components"][kind].values()
    for _, schema in walk(SCHEMAS, names=True):
        described += (schema.get("properties") or {}).values()

    contract = Contract(CONTRACT)
    assert [part for part in described if "description" not in contract.resolve(part)] == []


@pytest.mark.parametrize("name", SCHEMAS)
def test_each_schema_has_valid_examples_and_an_open_enumeration(name: str) -> None:
    validator = VALIDATOR.evolve(schema={"$ref": f"urn:contract#/components/schemas/{name}"})
    kinds = [kind for kind in SCHEMAS[name].get("anyOf", []) if "enum" in kind]

    assert SCHEMAS[name]["examples"]
    for example in SCHEMAS[name]["examples"]:
        validator.validate(example)
    assert "enum" not in SCHEMAS[name]
    assert not kinds or validator.is_valid("a value of tomorrow")


def test_private_properties_are_marked_as_sensitive() -> None:
    marked = {
        name: {key for key, one in properties.items() if one.get("x-liminal-sensitive")}
        for name, schema in SCHEMAS.items()
        if (properties := schema.get("properties"))
    }

    assert {name: keys for name, keys in marked.items() if keys} == {
        "AnalysisFinding": {"customTerm", "text"},
        "AnalyzeRequest": {"text"},
        "AnalyzeResponse": {"text"},
        "Chat": {"cleansedInput", "hydratedOutput", "rawInput", "rawOutput"},
        "CleanseRequest": {"text"},
        "CleanseResponse": {"text", "textHashed"},
        "CreateThreadRequest": {"name"},
        "DeidentifiedToken": {"deidText", "hashText"},
        "ErrorBody": {"error", "message"},
        "HydrateRequest": {"text"},
        "HydrateResponse": {"text"},
        "HydratedToken": {"text"},
        "ModelConnection": {"credentials"},
        "ModelInstance": {"instructions"},
        "ReidentifiedToken": {"text"},
        "StreamResponseChunk": {"content"},
        "SubmitRequest": {"text"},
        "SubmitResponse": {"inputText", "rawLLMResponseText", "reidentifiedLLMResponseText"},
        "Thread": {"name"},
    }
