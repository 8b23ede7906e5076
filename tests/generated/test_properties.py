"""What the generated layer does that the generator's own output does not.

A test that is marked is run on both: it has to pass on ours, and to fail on stock output.
"""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from types import CodeType

import httpx
import pytest

from tests.generated import examples
from tests.generated.making import FAILS_ON_STOCK, Check, Package, fails_on_stock


@pytest.mark.parametrize("check", FAILS_ON_STOCK, ids=lambda check: check.__name__)
def test_stock_output_does_not_have_the_property(check: Check, stock: Package) -> None:
    # What it fails with differs: nothing is raised, something else is, or a name is not there.
    with pytest.raises((Exception, pytest.fail.Exception)):
        check(stock)


def _kwargs(module):
    """Find the function that makes a request: stock has it under a private name."""
    return getattr(module, "get_kwargs", None) or module._get_kwargs


# ---- 1: streams


@fails_on_stock
def test_an_operation_that_streams_has_a_function_that_does(api: Package) -> None:
    submit = api.module("api.prompt.submit_prompt")

    assert callable(submit.stream)
    assert callable(submit.asyncio_stream)


@fails_on_stock
def test_a_request_for_a_stream_asks_for_all_media_types_of_the_contract(api: Package) -> None:
    submit = api.module("api.prompt.submit_prompt")
    body = api.model("SubmitRequest")(model_instance_id=1, source="sdk", text="Hello")

    accept = submit.stream_kwargs(body=body)["headers"]["Accept"]

    assert accept == "text/event-stream, application/x-ndjson"


@fails_on_stock
def test_a_chunk_of_a_stream_is_parsed_into_its_model(api: Package) -> None:
    submit = api.module("api.prompt.submit_prompt")

    chunk = submit.parse_chunk(b'{"content": "Dear", "finishReason": null}')

    assert chunk == api.model("StreamResponseChunk")(content="Dear", finish_reason=None)


# ---- 2: public parts


@fails_on_stock
def test_the_parts_of_an_operation_have_public_names(api: Package) -> None:
    analyze = api.module("api.prompt.analyze_prompt")
    body = api.model("AnalyzeRequest")(model_instance_id=1, source="sdk", text="Hello")

    assert analyze.get_kwargs(body=body)["url"] == "/api/v1/prompts/analyze"
    assert analyze.parse_response(200, b'{"data": {"findings": []}}').data.findings == []


@fails_on_stock
def test_an_operation_says_what_the_contract_says_of_it(api: Package) -> None:
    operation = api.module("api.prompt.analyze_prompt").OPERATION

    assert operation.id == "analyze_prompt"
    assert (operation.method, operation.path) == ("POST", "/api/v1/prompts/analyze")
    assert operation.repeatable
    assert operation.security == ("sessionCookie",)


# ---- 3: absent and null


@fails_on_stock
def test_an_optional_field_that_is_absent_is_none(api: Package) -> None:
    source = examples.thread()
    del source["deletedAt"], source["chats"]

    thread = api.model("Thread").from_dict(source)

    assert thread.deleted_at is None
    assert thread.chats is None


def test_an_optional_field_that_is_null_is_none(api: Package) -> None:
    assert api.model("Thread").from_dict(examples.thread()).deleted_at is None


@fails_on_stock
def test_an_optional_field_that_may_not_be_null_is_none_when_it_is(api: Package) -> None:
    source = examples.thread() | {"chats": None}

    assert api.model("Thread").from_dict(source).chats is None


@fails_on_stock
def test_an_optional_field_that_can_not_be_null_is_not_sent_when_it_is_none(
    features: Package,
) -> None:
    body = features.model("SearchForm")(words="a", tags=None)

    assert body.to_dict() == {"words": "a"}


# ---- 4: values that the contract does not know, and values that break it


@fails_on_stock
def test_a_value_that_an_enumeration_does_not_have_is_kept(features: Package) -> None:
    label = features.model("Label").from_dict({"name": "urgent", "color": "violet"})

    assert label.color == "violet"


def test_a_value_that_an_enumeration_has_is_its_member(api: Package) -> None:
    connection = api.model("ModelConnection").from_dict(examples.connection())

    assert connection.provider_key is api.model("ProviderKey").OPENAI


@fails_on_stock
def test_a_field_that_is_missing_is_named_by_its_place(api: Package) -> None:
    source = {"data": [examples.thread(), examples.thread()]}
    del source["data"][1]["modelInstance"]["name"]

    with pytest.raises(Exception) as caught:  # noqa: PT011 - its text is what is asserted
        api.model("ThreadListAnswer").from_dict(source)

    assert str(caught.value) == "$.data[1].modelInstance.name is missing"


@fails_on_stock
def test_a_field_of_the_wrong_type_is_named_by_its_place_and_not_by_its_value(api: Package) -> None:
    source = {"data": {"findings": [examples.finding() | {"end": "Ada Lovelace"}]}}

    with pytest.raises(Exception) as caught:  # noqa: PT011 - its text is what is asserted
        api.model("AnalyzeAnswer").from_dict(source)

    assert str(caught.value) == "$.data.findings[0].end should be an integer"
    assert "Ada" not in repr(caught.value)


@fails_on_stock
def test_a_field_that_the_contract_does_not_have_is_dropped(api: Package) -> None:
    source = examples.model_instance() | {"allowedTeams": [], "allowedUsers": []}

    model = api.model("ModelInstance")

    assert model.from_dict(source) == model.from_dict(examples.model_instance())


def test_a_finding_goes_back_to_the_service_with_fields_that_the_contract_does_not_have(
    api: Package,
) -> None:
    source = examples.finding() | {"context": {"words": ["to"]}, "score": 1}

    assert api.model("AnalysisFinding").from_dict(source).to_dict() == source


# ---- 5: models


@fails_on_stock
def test_a_model_can_not_be_changed(api: Package) -> None:
    thread = api.model("Thread").from_dict(examples.thread())

    with pytest.raises(AttributeError):
        thread.name = "Another"


@fails_on_stock
def test_the_repr_of_a_model_holds_no_prompt_no_finding_and_no_secret(api: Package) -> None:
    shown = repr(api.model("Thread").from_dict(examples.thread()))
    shown += repr(api.model("AnalysisFinding").from_dict(examples.finding()))
    shown += repr(api.model("SubmitResponse").from_dict(examples.submit_response()))

    assert "Ada" not in shown
    assert "sk-secret" not in shown
    assert "Be brief." not in shown


@fails_on_stock
def test_a_model_is_built_by_keyword_alone(api: Package) -> None:
    with pytest.raises(TypeError):
        api.model("StreamResponseChunk")("Dear", None)


# ---- 6: paths


@fails_on_stock
def test_a_part_of_a_path_that_would_lead_elsewhere_is_refused(features: Package) -> None:
    get_kwargs = _kwargs(features.module("api.label.get_label"))

    with pytest.raises(ValueError, match=r"labelName can't be empty, '\.' or '\.\.'"):
        get_kwargs("..")


# ---- 7: the package


@fails_on_stock
def test_the_package_says_that_it_is_typed(api: Package) -> None:
    assert (api.folder / "py.typed").is_file()


@fails_on_stock
def test_every_file_says_what_made_it(api: Package) -> None:
    banner = "# Generated from openapi/liminal.yaml by ./codegen.sh; do not edit.\n"

    assert [name for name, text in api.sources().items() if not text.startswith(banner)] == []


@fails_on_stock
def test_to_import_an_operation_imports_no_model_that_it_does_not_use(api: Package) -> None:
    loaded = _modules_after(api, "api.thread.get_thread")

    models = {name.rpartition(".")[2] for name in loaded if ".models." in name}
    assert models == {
        "chat",
        "chat_status",
        "model_connection",
        "model_instance",
        "provider_key",
        "thread",
        "thread_answer",
        "thread_type",
    }


@fails_on_stock
def test_to_import_the_package_imports_no_http_client(api: Package) -> None:
    assert "httpx" not in _modules_after(api, "models")


def _modules_after(package: Package, module: str) -> set[str]:
    """Import a module in a new interpreter, and name all that this has loaded then."""
    program = f"import sys, {package.name}.{module}; print(*sys.modules)"
    environment = {**os.environ, "PYTHONPATH": str(package.folder.parent)}
    command = [sys.executable, "-c", program]
    return set(subprocess.check_output(command, env=environment, text=True).split())


# ---- 8: timeouts


@fails_on_stock
def test_a_client_waits_a_minute_for_an_answer_and_five_seconds_for_a_connection(
    api: Package,
) -> None:
    client = api.module("client").Client(base_url="http://127.0.0.1")
    get_httpx = getattr(client, "_httpx", None) or client.get_httpx_client

    assert get_httpx().timeout == httpx.Timeout(60, connect=5)


# ---- 9: decoding


@fails_on_stock
def test_decoding_neither_copies_dicts_nor_makes_functions(api: Package) -> None:
    decode = inspect.unwrap(api.model("ModelInstance").from_dict).__func__.__code__
    nested = [one.co_name for one in decode.co_consts if isinstance(one, CodeType)]

    assert "dict" not in decode.co_names
    assert [name for name in nested if name != "<listcomp>"] == []


@fails_on_stock
def test_decoding_leaves_its_source_alone_and_makes_what_the_constructor_makes(
    api: Package,
) -> None:
    chunk = api.model("StreamResponseChunk")
    source = {"content": "Dear", "finishReason": "stop"}

    decoded = chunk.from_dict(source)

    assert source == {"content": "Dear", "finishReason": "stop"}
    assert decoded == chunk(content="Dear", finish_reason="stop")
    assert type(decoded) is chunk
    assert hash(decoded) == hash(chunk(content="Dear", finish_reason="stop"))
