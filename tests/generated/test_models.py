"""Models: frozen classes that are equal, hashed, shown, pickled and written by their fields."""

from __future__ import annotations

import copy
import inspect
import pickle
from copy import deepcopy
from datetime import UTC, datetime
from types import CodeType
from typing import Any

import attrs
import pytest

import liminal_api.models
from liminal_api.models import (
    AnalysisFinding,
    AnalyzeRequest,
    ModelConnection,
    ModelInstance,
    ProviderKey,
    StreamResponseChunk,
    Thread,
)
from tests.generated.making import SCHEMAS, Package, example, thread

MODELS = [
    model
    for name in liminal_api.models.__all__
    if attrs.has(model := getattr(liminal_api.models, name))
]
each_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)


def test_models_are_equal_and_hashed_by_all_their_fields() -> None:
    source, other = thread(), thread()
    other["chats"][0]["rawInput"] = "Another"
    assert Thread.from_dict(source) == Thread.from_dict(thread()) != Thread.from_dict(other)
    assert hash(Thread.from_dict(source)) == hash(Thread.from_dict(thread()))


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_model_can_be_pickled(protocol: int) -> None:
    decoded = Thread.from_dict(thread())
    assert pickle.loads(pickle.dumps(decoded, protocol)) == decoded


def test_a_model_can_be_copied_and_evolved_but_not_changed() -> None:
    decoded = Thread.from_dict(thread())

    assert copy.deepcopy(decoded) == decoded
    assert attrs.evolve(decoded, name="Another").name == "Another"
    assert not hasattr(decoded, "__dict__")
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        decoded.name = "Another"
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        del decoded.name


def test_a_model_is_built_by_keyword_alone() -> None:
    with pytest.raises(TypeError):
        StreamResponseChunk("Dear", None)


# ---- what a repr shows


def test_a_repr_holds_no_prompt_no_finding_and_no_secret() -> None:
    connection = ModelConnection.from_dict(example("ModelConnection", credentials={"apiKey": "sk"}))
    finding = example("AnalysisFinding", context="to Ada")
    shown = repr([Thread.from_dict(thread()), connection, AnalysisFinding.from_dict(finding)])

    assert "name=<hidden>" in shown
    assert "custom_term=None" in shown
    for secret in ("Letter to the bank", "PERSON_0", "one paragraph", "sk'", "Ada", "context"):
        assert secret not in shown
    request = AnalyzeRequest(model_instance_id=7, text="Ada")
    assert repr(request) == "AnalyzeRequest(model_instance_id=7, source='sdk', text=<hidden>)"


@each_model
def test_a_repr_hides_every_sensitive_field(model: Any) -> None:
    properties = SCHEMAS[model.__name__]["properties"]
    sensitive = {key for key, schema in properties.items() if schema.get("x-liminal-sensitive")}
    shown = {field.name for field in attrs.fields(model) if field.repr is True}
    assert not {key.lower() for key in sensitive} & {name.replace("_", "") for name in shown}


# ---- decoding and encoding


@each_model
def test_the_contract_s_examples_decode_and_encode_to_themselves(model: Any) -> None:
    for source in SCHEMAS[model.__name__]["examples"]:
        before = deepcopy(source)
        decoded = model.from_dict(source)

        assert source == before
        assert model.from_dict(decoded.to_dict()) == decoded


def test_a_decoded_model_equals_a_constructed_one() -> None:
    decoded = StreamResponseChunk.from_dict({"content": "Dear", "finishReason": "stop"})
    built = StreamResponseChunk(content="Dear", finish_reason="stop")
    assert (decoded, hash(decoded), type(decoded)) == (built, hash(built), StreamResponseChunk)


def test_decoding_neither_copies_dicts_nor_makes_functions() -> None:
    decode = inspect.unwrap(ModelInstance.from_dict).__func__.__code__
    nested = [one.co_name for one in decode.co_consts if isinstance(one, CodeType)]
    assert "dict" not in decode.co_names
    assert [name for name in nested if name != "<listcomp>"] == []


def test_an_optional_field_is_none_when_it_is_absent_or_null() -> None:
    absent = thread()
    del absent["deletedAt"], absent["chats"]
    null = thread(deletedAt=None, chats=None)  # the schema has no null for chats

    for decoded in (Thread.from_dict(absent), Thread.from_dict(null)):
        assert (decoded.deleted_at, decoded.chats) == (None, None)


def test_an_optional_field_without_null_is_not_sent_when_it_is_none(
    features: Package,
) -> None:
    assert features.model("SearchForm")(words="a", tags=None).to_dict() == {"words": "a"}


def test_a_required_nullable_field_must_be_present_and_is_sent_as_null() -> None:
    finding = AnalysisFinding.from_dict(example("AnalysisFinding"))
    assert finding.to_dict()["customTerm"] is None
    with pytest.raises(liminal_api.DecodeError, match=r"\$\.finishReason is missing"):
        StreamResponseChunk.from_dict({"content": "Dear"})


def test_a_known_value_of_an_enumeration_is_a_member_and_any_other_is_kept() -> None:
    known, new = (
        ModelConnection.from_dict(example("ModelConnection", providerKey=key))
        for key in ("openai", "tomorrow")
    )

    assert known.provider_key is ProviderKey.OPENAI
    assert new.provider_key == "tomorrow"
    assert [type(one.to_dict()["providerKey"]) for one in (known, new)] == [str, str]


def test_unknown_fields_are_dropped_except_from_a_finding() -> None:
    instance = example("ModelInstance")
    more = instance | {"allowedTeams": [], "allowedUsers": []}
    finding = example("AnalysisFinding") | {"context": {"words": ["to"]}, "score": 1}

    assert ModelInstance.from_dict(more) == ModelInstance.from_dict(instance)
    assert AnalysisFinding.from_dict(finding).to_dict() == finding


def test_a_time_is_read_and_written_with_its_offset() -> None:
    decoded = Thread.from_dict(thread(createdAt="2024-05-15T08:30:00.589Z"))
    assert decoded.created_at == datetime(2024, 5, 15, 8, 30, 0, 589_000, UTC)
    assert decoded.to_dict()["createdAt"] == "2024-05-15T08:30:00.589000Z"
