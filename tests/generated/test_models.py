"""Models: frozen classes that are equal, hashed, shown and pickled by their fields."""

from __future__ import annotations

import copy
import inspect
import pickle
from typing import Any

import attrs
import pytest

import liminal_api.models
from liminal_api.models import (
    AnalysisFinding,
    AnalyzeRequest,
    ModelConnection,
    StreamResponseChunk,
    Thread,
)
from tests.generated import examples
from tests.generated.making import CONTRACT, read

MODELS = [
    model
    for name in liminal_api.models.__all__
    if attrs.has(model := getattr(liminal_api.models, name))
]
SCHEMAS = read(CONTRACT)["components"]["schemas"]


@pytest.fixture
def thread() -> Thread:
    return Thread.from_dict(examples.thread())


def test_a_decoded_model_is_equal_to_one_from_the_same_source_and_has_its_hash(
    thread: Thread,
) -> None:
    twin = Thread.from_dict(examples.thread())

    assert thread == twin
    assert hash(thread) == hash(twin)


def test_models_that_differ_deep_inside_are_not_equal(thread: Thread) -> None:
    source = examples.thread()
    source["chats"][0]["rawInput"] = "Another"

    assert thread != Thread.from_dict(source)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_decoded_model_can_be_pickled(thread: Thread, protocol: int) -> None:
    assert pickle.loads(pickle.dumps(thread, protocol)) == thread


def test_a_decoded_model_can_be_copied(thread: Thread) -> None:
    assert copy.deepcopy(thread) == thread


def test_a_decoded_model_can_be_evolved(thread: Thread) -> None:
    assert attrs.evolve(thread, name="Another").name == "Another"


def test_a_decoded_model_has_no_dict_of_its_own(thread: Thread) -> None:
    assert not hasattr(thread, "__dict__")


def test_no_field_of_a_model_can_be_deleted(thread: Thread) -> None:
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        del thread.name


def test_a_model_shows_that_a_sensitive_field_is_there_but_not_what_it_holds() -> None:
    request = AnalyzeRequest(model_instance_id=7, text="Ada")

    assert repr(request) == "AnalyzeRequest(model_instance_id=7, source='sdk', text=<hidden>)"


def test_a_model_shows_that_a_sensitive_field_is_none() -> None:
    finding = AnalysisFinding.from_dict(examples.finding())

    assert "custom_term=None" in repr(finding)


def test_fields_that_the_contract_does_not_have_are_not_shown() -> None:
    finding = AnalysisFinding.from_dict(examples.finding() | {"context": "to Ada"})

    assert "context" not in repr(finding)


def test_credentials_are_not_shown() -> None:
    assert "sk-secret" not in repr(ModelConnection.from_dict(examples.connection()))


def test_a_field_that_is_required_but_may_be_null_has_to_be_there() -> None:
    with pytest.raises(liminal_api.DecodeError, match=r"\$\.finishReason is missing"):
        StreamResponseChunk.from_dict({"content": "Dear"})


def test_a_field_that_is_required_but_may_be_null_is_sent_as_null() -> None:
    finding = AnalysisFinding.from_dict(examples.finding())

    assert finding.to_dict()["customTerm"] is None


def test_a_member_of_an_enumeration_is_sent_as_a_plain_string() -> None:
    sent = AnalysisFinding.from_dict(examples.finding()).to_dict()["type"]

    assert type(sent) is str


def test_a_decoded_thread_is_written_as_it_came() -> None:
    source = examples.thread()
    written = Thread.from_dict(source).to_dict()

    assert Thread.from_dict(written) == Thread.from_dict(source)
    assert written["createdAt"] == "2024-05-14T09:26:53.589000Z"


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_the_examples_of_the_contract_decode_and_come_back(model: Any) -> None:
    for example in SCHEMAS[model.__name__]["examples"]:
        decoded = model.from_dict(example)

        assert model.from_dict(decoded.to_dict()) == decoded


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_model_shows_no_field_that_the_contract_calls_sensitive(model: Any) -> None:
    properties = SCHEMAS[model.__name__]["properties"]
    sensitive = {key for key, schema in properties.items() if schema.get("x-liminal-sensitive")}
    shown = {field.name for field in attrs.fields(model) if field.repr is True}

    assert not {key.lower() for key in sensitive} & {name.replace("_", "") for name in shown}


def test_every_name_of_the_package_models_can_be_had() -> None:
    names = {name for name in dir(liminal_api.models) if name in liminal_api.models.__all__}

    assert names == set(liminal_api.models.__all__)
    assert all(inspect.isclass(getattr(liminal_api.models, name)) for name in names)


def test_a_name_that_the_package_models_does_not_have_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Nothing'"):
        _ = liminal_api.models.Nothing  # type: ignore[attr-defined]
