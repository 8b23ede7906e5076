"""The models within pydantic and FastAPI: taken, given, documented, and as silent as before."""

import json
import subprocess
import sys
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
from tests.generated import examples
from tests.generated.making import CONTRACT, Package, read

SCHEMAS = read(CONTRACT)["components"]["schemas"]
EXAMPLES = [
    (getattr(liminal_api.models, name), example)
    for name in liminal_api.models.__all__
    for example in SCHEMAS.get(name, {}).get("examples", [])
    if attrs.has(getattr(liminal_api.models, name))
]
SUBMITTED = SCHEMAS["SubmitResponse"]["examples"][0]


@pytest.mark.parametrize(("model", "example"), EXAMPLES)
def test_pydantic_takes_a_model_or_its_json_and_gives_its_json(model: Any, example: Any) -> None:
    adapter = TypeAdapter(model)
    decoded = adapter.validate_python(example)
    assert decoded == adapter.validate_json(json.dumps(example)) == model.from_dict(example)
    assert adapter.validate_python(decoded) is decoded
    assert json.loads(adapter.dump_json(decoded)) == adapter.dump_python(decoded) == decoded.to_dict()


@pytest.mark.parametrize(("model", "example"), EXAMPLES)
def test_the_json_schema_of_a_model_fits_the_contract_s_examples(model: Any, example: Any) -> None:
    schema = TypeAdapter(model).json_schema()
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(example)
    assert schema["required"] == [key for key in schema["properties"] if key in schema["required"]]
    # What has a default in Python need not be there in JSON either.
    assert set(schema["required"]) <= set(SCHEMAS[model.__name__].get("required", []))
    assert set(schema["properties"]) == set(SCHEMAS[model.__name__]["properties"])


def test_what_does_not_fit_is_an_error_that_names_the_place() -> None:
    with pytest.raises(ValidationError, match=r"\$\.id should be an integer"):
        TypeAdapter(Thread).validate_python({**examples.thread(), "id": "1"})


class Kept(BaseModel):
    """A user's own model, which holds answers."""

    answer: SubmitResponse
    findings: list[AnalysisFinding] = []
    thread: Thread | None = None


def test_a_user_s_pydantic_model_holds_answers() -> None:
    kept = Kept(answer=SubmitResponse.from_dict(SUBMITTED), thread=examples.thread())
    again = Kept.model_validate_json(kept.model_dump_json())
    assert again == kept
    assert isinstance(again.answer, SubmitResponse)
    assert isinstance(again.thread, Thread)
    assert Kept.model_json_schema()["$defs"].keys() == {"AnalysisFinding", "SubmitResponse", "Thread"}


def test_what_a_model_s_repr_hides_stays_hidden_within_pydantic() -> None:
    kept = Kept(answer=SubmitResponse.from_dict(SUBMITTED), thread=examples.thread())
    shown = repr(kept) + str(kept)
    assert repr(kept.answer) in shown
    assert "Lovelace" not in shown


app = FastAPI()


@app.post("/echo")
def echo(answer: Annotated[SubmitResponse, Body()]) -> SubmitResponse:
    """Give back what came."""
    return answer


@app.get("/threads")
def threads() -> list[Thread]:
    """Give a list of answers."""
    return [Thread.from_dict(examples.thread())]


@app.get("/models", response_model=list[ModelInstance])
def models():  # the type is in the decorator
    """Give a list of answers."""
    return [ModelInstance.from_dict(examples.model_instance())]


@app.get("/findings")
def findings():  # no type at all
    """Give the JSON object of an answer."""
    return AnalysisFinding.from_dict(examples.finding()).to_dict()


@pytest.fixture
def browser() -> httpx.Client:
    return TestClient(app)


def test_fastapi_returns_answers_and_takes_them(browser: httpx.Client) -> None:
    assert browser.post("/echo", json=SUBMITTED).json() == SUBMITTED
    assert browser.get("/threads").json() == [Thread.from_dict(examples.thread()).to_dict()]
    (instance,) = browser.get("/models").json()
    assert ModelInstance.from_dict(instance) == ModelInstance.from_dict(examples.model_instance())
    assert browser.get("/findings").json()["text"] == examples.finding()["text"]
    assert browser.post("/echo", json={}).status_code == 422


def test_fastapi_documents_answers_by_their_names(browser: httpx.Client) -> None:
    document = browser.get("/openapi.json").json()
    assert document["components"]["schemas"].keys() >= {"ModelInstance", "SubmitResponse", "Thread"}
    assert OpenAPI.from_dict(document)


def test_rows_of_a_table_are_made_by_to_dict() -> None:
    rows = [Thread.from_dict(examples.thread()).to_dict() for _ in range(2)]
    assert json.loads(json.dumps(rows)) == rows


def test_a_model_that_holds_itself_and_all_types_are_described(features: Package) -> None:
    """The contract of the tests has cycles, unions, unknown fields, files and dates."""
    module = features.module("models")
    for name in module.__all__:
        model = getattr(module, name)
        if attrs.has(model):
            Draft202012Validator.check_schema(TypeAdapter(model).json_schema())


def test_an_enumeration_is_open() -> None:
    schema = TypeAdapter(AnalysisFinding).json_schema()["properties"]["type"]
    assert {"type": "string"} in schema["anyOf"]
    assert {"enum": [member.value for member in FindingType]} in schema["anyOf"]


def test_pydantic_is_not_imported_for_models() -> None:
    program = "import sys, liminal_api.models as m; m.Thread; m.SubmitResponse; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert not {"pydantic", "pydantic_core", "liminal_api.pydantic_schema"} & {*done.stdout.split()}
