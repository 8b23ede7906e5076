"""Contracts of one operation each, for what is rare in an API and yet has to come out right."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.generated.making import Package, make_ours, small_contract

Make = Callable[..., Package]


@pytest.fixture
def make(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Make]:
    """Make and import a package: the name is the test's, for no module is imported twice."""
    name = f"small_{request.node.name}".partition("[")[0]
    monkeypatch.syspath_prepend(tmp_path)

    def make_small(operation: str = "", schemas: str = "") -> Package:
        contract = tmp_path / "small.yaml"
        contract.write_text(small_contract(operation, schemas=schemas), encoding="utf-8")
        return make_ours(contract, tmp_path / name)

    yield make_small
    for module in [one for one in sys.modules if one.partition(".")[0] == name]:
        del sys.modules[module]


def answer(schema: str, media_type: str = "application/json") -> str:
    content = f"{{{media_type}: {{schema: {schema}}}}}"
    return f'responses: {{"200": {{description: It., content: {content}}}}}'


def schema(name: str) -> str:
    return f'{{$ref: "#/components/schemas/{name}"}}'


def send_thing(package: Package) -> Any:
    return package.module("api.thing.send_thing")


def parsed(package: Package, value: object) -> Any:
    return send_thing(package).parse_response(200, json.dumps(value).encode())


def test_a_discriminator_may_hold_quotes_and_backslashes(make: Make) -> None:
    schemas = f"""\
Cat: {{type: object, required: [k], properties: {{"k": {{type: string}}}}}}
Pet:
  oneOf: [{schema("Cat")}, {schema("Thing")}]
  discriminator: {{propertyName: k, mapping: {{'c"a\\t': "#/components/schemas/Cat"}}}}
"""
    package = make(answer(schema("Pet")), schemas)

    assert isinstance(parsed(package, {"k": 'c"a\\t'}), package.model("Cat"))


def test_an_enumeration_with_null_in_it_is_one_class(make: Make) -> None:
    mood = '{type: object, properties: {mood: {type: [string, "null"], enum: [sad, null]}}}'

    package = make(schemas=f"Cat: {mood}")

    assert {name for name in package.sources() if "mood" in name} == {"models/cat_mood.py"}
    cat = package.model("Cat")
    assert cat.from_dict({"mood": "sad"}).mood is package.model("CatMood").SAD
    assert cat.from_dict({"mood": None}).mood is None


def test_a_component_that_is_an_enumeration_with_null_keeps_its_name(make: Make) -> None:
    package = make(answer(schema("Mood")), "Mood: {enum: [sad, null]}")

    assert parsed(package, "sad") is package.model("Mood").SAD
    assert parsed(package, None) is None


NULLS = """\
parameters:
  - {name: many, in: query, required: true, schema: {type: [array, "null"], items: {type: string}}}
  - {name: one, in: query, required: true, schema: {type: [string, "null"]}}
  - {name: any, in: query, required: true, schema: {}}
  - {name: X-One, in: header, required: true, schema: {type: [string, "null"]}}
"""


def test_null_is_not_sent_in_a_query_or_a_header_and_all_else_is(make: Make) -> None:
    get_kwargs = send_thing(make(NULLS)).get_kwargs

    nulls = get_kwargs(many=None, one=None, any_=None, x_one=None)
    values = get_kwargs(many=["a", "b"], one="c", any_=1, x_one="d")

    assert (nulls["params"], nulls["headers"]) == ([], {"Accept": "*/*"})
    assert values["params"] == [("many", "a"), ("many", "b"), ("one", "c"), ("any", "1")]
    assert values["headers"]["X-One"] == "d"


@pytest.mark.parametrize(
    ("media_type", "key", "sent"),
    [
        ("application/x-www-form-urlencoded", "data", {"b": "c"}),
        ("multipart/form-data", "files", [("b", (None, b"c", "text/plain"))]),
    ],
)
def test_null_is_not_sent_in_a_form(make: Make, media_type: str, key: str, sent: object) -> None:
    body = (
        f"requestBody: {{required: true, content: {{{media_type}: {{schema: {schema('Form')}}}}}}}"
    )
    nullable = '{a: {type: [string, "null"]}, b: {type: string}}'
    package = make(body, f"Form: {{type: object, required: [a, b], properties: {nullable}}}")
    form = package.model("Form")(a=None, b="c")

    assert send_thing(package).get_kwargs(body=form)[key] == sent


def test_helpers_that_nothing_uses_are_left_out(make: Make) -> None:
    package = make(answer("{type: string}"))

    files = {path.name for path in package.folder.glob("*.py")}
    assert not files & {"deprecation.py", "encode.py", "pages.py", "streams.py"}
    assert {"a_string", "loads"} <= vars(package.module("decode")).keys()
    assert not {"a_uuid", "an_array"} & vars(package.module("decode")).keys()


def test_fields_named_like_types_do_not_hide_them(make: Make) -> None:
    types = {"Any", "Literal", "Self", "UUID", "File"}
    names = types | {name.lower() for name in types}
    properties = ", ".join(f"{name}: {{type: string, format: uuid}}" for name in sorted(names))

    odd = make(schemas=f"Odd: {{type: object, properties: {{{properties}}}}}").model("Odd")

    fields = {field.name for field in odd.__attrs_attrs__}
    assert len(fields) == len(names)
    assert not fields & types


def test_a_stream_may_name_its_charset(make: Make) -> None:
    package = make(answer(schema("Thing"), "text/event-stream; charset=utf-8"))

    assert send_thing(package).OPERATION.stream_types == ("text/event-stream",)
    assert send_thing(package).parse_chunk(b'{"name": "a"}') == package.model("Thing")(name="a")


def test_a_part_of_a_schema_may_require_what_another_part_has(make: Make) -> None:
    part = "{type: object, required: [name], properties: {note: {type: string}}}"
    package = make(schemas=f"Merged: {{allOf: [{schema('Thing')}, {part}]}}")

    with pytest.raises(package.module("errors").DecodeError, match=r"\$\.name is missing"):
        package.model("Merged").from_dict({"note": "a"})


def test_a_repr_shows_deprecated_fields_by_the_names_that_they_are_given_by(make: Make) -> None:
    properties = """{
      old: {type: string, deprecated: true},
      secret: {type: string, deprecated: true, x-liminal-sensitive: true},
      new: {type: integer}}"""
    cat = make(schemas=f"Cat: {{type: object, properties: {properties}}}").model("Cat")

    shown = repr(cat.from_dict({"old": "a", "secret": "b", "new": 1}))

    assert shown == "Cat(old='a', secret=<hidden>, new=1)"
