"""Contracts of one operation each, for what is rare in an API and yet has to come out right."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts.codegen.derive import DeriveError, blocking
from tests.generated.making import Package, make_ours, whole
from tests.generated.test_refusals import ANSWER, contract_with

REF = "$ref: '#/components/schemas/"

Make = Callable[..., Package]


@pytest.fixture
def make(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Make]:
    """Make and import a package: the name is the test's, for no module is imported twice."""
    name = f"small_{request.node.name}".partition("[")[0]
    monkeypatch.syspath_prepend(tmp_path)

    def make_small(operation: str = ANSWER, schemas: str = "") -> Package:
        contract = tmp_path / "small.yaml"
        contract.write_text(contract_with(operation, schemas), encoding="utf-8")
        return make_ours(contract, tmp_path / name)

    yield make_small
    for module in [one for one in sys.modules if one.partition(".")[0] == name]:
        del sys.modules[module]


def answer(schema: str) -> str:
    content = f"{{application/json: {{schema: {schema}}}}}"
    return f'responses: {{"200": {{description: It., content: {content}}}}}'


def parsed(package: Package, value: object) -> Any:
    return package.module("api.thing.send_thing").parse_response(200, json.dumps(value).encode())


def test_a_discriminator_may_hold_quotes_and_backslashes(make: Make) -> None:
    schemas = (
        'Cat: {type: object, required: [k], properties: {"k": {type: string}}}\n'
        "Pet:\n"
        '  oneOf: [{$ref: "#/components/schemas/Cat"}, {$ref: "#/components/schemas/Thing"}]\n'
        "  discriminator:\n"
        "    propertyName: k\n"
        '    mapping: {\'c"a\\t\': "#/components/schemas/Cat"}\n'
    )
    package = make(answer('{$ref: "#/components/schemas/Pet"}'), schemas)

    assert isinstance(parsed(package, {"k": 'c"a\\t'}), package.model("Cat"))


def test_a_source_that_is_no_python_is_told_with_its_line() -> None:
    with pytest.raises(DeriveError, match=r"^liminal/_async/x\.py:2: this is no Python: "):
        blocking("import this\nfrom is not\n", Path("liminal/_async/x.py"), {}, set())


def test_an_enumeration_with_null_in_it_is_one_class(make: Make) -> None:
    schema = '{type: object, properties: {mood: {type: [string, "null"], enum: [sad, null]}}}'

    package = make(schemas=f"Cat: {schema}")

    assert {name for name in package.sources() if "mood" in name} == {"models/cat_mood.py"}
    cat = package.model("Cat")
    assert cat.from_dict({"mood": "sad"}).mood is package.model("CatMood").SAD
    assert cat.from_dict({"mood": None}).mood is None


def test_a_component_that_is_an_enumeration_with_null_keeps_its_name(make: Make) -> None:
    package = make(answer('{$ref: "#/components/schemas/Mood"}'), "Mood: {enum: [sad, null]}")

    assert parsed(package, "sad") is package.model("Mood").SAD
    assert parsed(package, None) is None


NULLS = """\
parameters:
  - {name: many, in: query, required: true, schema: {type: [array, "null"], items: {type: string}}}
  - {name: one, in: query, required: true, schema: {type: [string, "null"]}}
  - {name: any, in: query, required: true, schema: {}}
  - {name: X-One, in: header, required: true, schema: {type: [string, "null"]}}
"""


def test_null_is_not_sent_in_a_query_or_a_header(make: Make) -> None:
    module = make(NULLS + ANSWER).module("api.thing.send_thing")

    request = module.get_kwargs(many=None, one=None, any_=None, x_one=None)

    assert (request["params"], request["headers"]) == ([], {"Accept": "*/*"})


def test_what_may_be_null_and_is_not_is_sent_in_a_query_and_a_header(make: Make) -> None:
    module = make(NULLS + ANSWER).module("api.thing.send_thing")

    request = module.get_kwargs(many=["a", "b"], one="c", any_=1, x_one="d")

    assert request["params"] == [("many", "a"), ("many", "b"), ("one", "c"), ("any", "1")]
    assert request["headers"]["X-One"] == "d"


@pytest.mark.parametrize(
    ("media_type", "key", "sent"),
    [
        ("application/x-www-form-urlencoded", "data", {"b": "c"}),
        ("multipart/form-data", "files", [("b", (None, b"c", "text/plain"))]),
    ],
)
def test_null_is_not_sent_in_a_form(make: Make, media_type: str, key: str, sent: object) -> None:
    body = f"requestBody: {{required: true, content: {{{media_type}: {{schema: {{{REF}Form'}}}}}}}}"
    nullable = '{a: {type: [string, "null"]}, b: {type: string}}'
    package = make(
        f"{body}\n{ANSWER}",
        f"Form: {{type: object, required: [a, b], properties: {nullable}}}",
    )
    form = package.model("Form")(a=None, b="c")

    assert package.module("api.thing.send_thing").get_kwargs(body=form)[key] == sent


def test_a_path_can_not_hold_null() -> None:
    with pytest.raises(ValueError, match="can't be empty"):
        whole("encode").in_path("id", None)


def test_helpers_that_nothing_uses_are_left_out(make: Make) -> None:
    operation = answer("{type: string}")

    package = make(operation)

    files = {path.name for path in package.folder.glob("*.py")}
    assert not files & {"deprecation.py", "encode.py", "pages.py", "streams.py"}
    assert {"a_string", "loads"} <= vars(package.module("decode")).keys()
    assert not {"a_uuid", "an_array"} & vars(package.module("decode")).keys()


def test_fields_named_like_types_do_not_hide_them(make: Make) -> None:
    names = [name for kind in ("Any", "Literal", "Self", "UUID", "File") for name in
             (kind, kind.lower())]  # fmt: skip
    properties = ", ".join(f"{name}: {{type: string, format: uuid}}" for name in names)

    odd = make(schemas=f"Odd: {{type: object, properties: {{{properties}}}}}").model("Odd")

    fields = {field.name for field in odd.__attrs_attrs__}
    assert len(fields) == len(names)
    assert not fields & {"Any", "Literal", "Self", "UUID", "File"}


def test_a_stream_may_name_its_charset(make: Make) -> None:
    chunk = "{schema: {$ref: '#/components/schemas/Thing'}}"
    content = f"{{text/event-stream; charset=utf-8: {chunk}}}"
    package = make(f'responses: {{"200": {{description: It., content: {content}}}}}')

    module = package.module("api.thing.send_thing")

    assert module.OPERATION.stream_types == ("text/event-stream",)
    assert module.parse_chunk(b'{"name": "a"}') == package.model("Thing")(name="a")


def test_a_part_of_a_schema_may_require_what_another_part_has(make: Make) -> None:
    part = "{type: object, required: [name], properties: {note: {type: string}}}"
    merged = f"Merged: {{allOf: [{{$ref: '#/components/schemas/Thing'}}, {part}]}}"
    model = make(schemas=merged).model("Merged")

    with pytest.raises(Exception, match=r"\$\.name is missing"):
        model.from_dict({"note": "a"})


def test_a_repr_shows_deprecated_fields_by_the_names_that_they_are_given_by(make: Make) -> None:
    properties = """{
      old: {type: string, deprecated: true},
      secret: {type: string, deprecated: true, x-liminal-sensitive: true},
      new: {type: integer}}"""
    cat = make(schemas=f"Cat: {{type: object, properties: {properties}}}").model("Cat")

    shown = repr(cat.from_dict({"old": "a", "secret": "b", "new": 1}))

    assert shown == "Cat(old='a', secret=<hidden>, new=1)"
