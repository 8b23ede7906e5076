"""The models in pydantic and FastAPI: validated, serialized, documented, with the same reprs."""

import json
from typing import Annotated, Any

import attrs
import httpx
import pytest
from fastapi import Body, FastAPI
from jsonschema import Draft202012Validator
from openapi_core import OpenAPI
from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.testclient import TestClient

import liminal_api.models
from liminal.endpoints.llm.models import ModelInstance
from liminal.endpoints.prompt.models import SubmitResponse
from liminal.endpoints.thread.models import Thread
from liminal_api.models import AnalysisFinding, FindingType
from tests.generated.making import SCHEMAS, Package, example, thread

each_example = pytest.mark.parametrize(
    ("model", "example"),
    [
        pytest.param(getattr(liminal_api.models, name), example, id=name)
        for name in liminal_api.models.__all__
        for example in SCHEMAS.get(name, {}).get("examples", [])
        if attrs.has(getattr(liminal_api.models, name))
    ],
)
SUBMITTED = example("SubmitResponse")
INSTANCE = ModelInstance.from_dict(example("ModelInstance"))
THREAD = Thread.from_dict(thread())


@each_example
def test_pydantic_validates_a_model_or_its_json_and_dumps_its_json(
    model: Any, example: Any
) -> None:
    adapter = TypeAdapter(model)
    decoded = adapter.validate_python(example)
    assert decoded == adapter.validate_json(json.dumps(example)) == model.from_dict(example)
    assert adapter.validate_python(decoded) is decoded
    assert (
        json.loads(adapter.dump_json(decoded)) == adapter.dump_python(decoded) == decoded.to_dict()
    )


@each_example
def test_the_json_schema_of_a_model_fits_the_contract_s_examples(model: Any, example: Any) -> None:
    schema = TypeAdapter(model).json_schema()
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(example)
    assert schema["required"] == [key for key in schema["properties"] if key in schema["required"]]
    # What has a default in Python need not be there in JSON either.
    assert set(schema["required"]) <= set(SCHEMAS[model.__name__].get("required", []))
    assert set(schema["properties"]) == set(SCHEMAS[model.__name__]["properties"])


def test_an_invalid_value_is_a_validation_error_that_names_the_place() -> None:
    with pytest.raises(ValidationError, match=r"\$\.id should be an integer"):
        TypeAdapter(Thread).validate_python(thread(id="1"))


class Kept(BaseModel):
    """A user's own model, which holds answers."""

    answer: SubmitResponse
    findings: list[AnalysisFinding] = []
    thread: Thread | None = None


def test_a_user_s_pydantic_model_holds_answers_and_hides_what_they_hide() -> None:
    kept = Kept(answer=SubmitResponse.from_dict(SUBMITTED), thread=THREAD)
    again = Kept.model_validate_json(kept.model_dump_json())

    assert again == kept
    assert (type(again.answer), type(again.thread)) == (SubmitResponse, Thread)
    assert Kept.model_json_schema()["$defs"].keys() == {
        "AnalysisFinding",
        "SubmitResponse",
        "Thread",
    }
    shown = repr(kept) + str(kept)
    assert repr(kept.answer) in shown
    assert "Lovelace" not in shown


app = FastAPI()


@app.post("/echo")
def echo(answer: Annotated[SubmitResponse, Body()]) -> SubmitResponse:
    return answer


@app.get("/threads")
def threads() -> list[Thread]:
    return [THREAD]


@app.get("/models", response_model=list[ModelInstance])
def models():  # the type is in the decorator
    return [INSTANCE]


@app.get("/findings")
def findings():  # no type at all
    return AnalysisFinding.from_dict(example("AnalysisFinding")).to_dict()


@pytest.fixture
def browser() -> httpx.Client:
    return TestClient(app)


def test_fastapi_returns_answers_and_takes_them(browser: httpx.Client) -> None:
    assert browser.post("/echo", json=SUBMITTED).json() == SUBMITTED
    assert browser.post("/echo", json={}).status_code == 422
    assert browser.get("/threads").json() == [THREAD.to_dict()]
    (instance,) = browser.get("/models").json()
    assert ModelInstance.from_dict(instance) == INSTANCE
    assert browser.get("/findings").json()["text"] == "Ada Lovelace"


def test_fastapi_documents_answers_by_their_names(browser: httpx.Client) -> None:
    document = browser.get("/openapi.json").json()
    assert document["components"]["schemas"].keys() >= {"ModelInstance", "SubmitResponse", "Thread"}
    assert OpenAPI.from_dict(document)


def test_every_model_has_a_valid_json_schema(features: Package) -> None:
    """The contract of the tests has cycles, unions, unknown fields, files and dates."""
    module = features.module("models")
    for model in filter(attrs.has, (getattr(module, name) for name in module.__all__)):
        Draft202012Validator.check_schema(TypeAdapter(model).json_schema())


def test_an_enumeration_is_open() -> None:
    schema = TypeAdapter(AnalysisFinding).json_schema()["properties"]["type"]
    assert {"type": "string"} in schema["anyOf"]
    assert {"enum": [member.value for member in FindingType]} in schema["anyOf"]
