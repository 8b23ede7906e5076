"""What a contract notes of operations and properties: repeatable, streams alone, deprecated."""

from __future__ import annotations

import pickle
import warnings
from typing import Any

import pytest

from tests.generated.making import DOCUMENT, Package
from tests.generated.server import Server
from tests.support.growth import growth


@pytest.mark.parametrize(
    ("name", "repeatable"),
    [
        ("get_document", False),  # a GET that the contract says no of
        ("download_document", True),  # a GET
        ("search_documents", True),  # a POST that the contract says yes of
        ("upload_document", False),  # a POST
    ],
)
def test_an_operation_is_repeatable_if_the_contract_says_so_or_it_is_a_get(
    features: Package, name: str, repeatable: bool
) -> None:
    assert features.module(f"api.document.{name}").OPERATION.repeatable is repeatable


def test_an_operation_that_only_streams_has_only_stream_functions(
    features: Package, client: Any, server: Server
) -> None:
    server.answers(200, b'data: {"what": "a"}\n\n', **{"Content-Type": "text/event-stream"})
    watch = features.module("api.event.watch_events")

    with watch.stream(client=client) as response:
        line = next(response.iter_lines())

    assert watch.OPERATION.stream_types == ("text/event-stream",)  # without the charset
    assert watch.parse_chunk(line.removeprefix("data:").encode()).what == "a"
    assert not hasattr(watch, "sync")


def test_a_deprecated_operation_is_documented_as_deprecated(features: Package) -> None:
    delete = features.module("api.document.delete_document")
    assert "Deprecated." in delete.__doc__
    assert "Deprecated." in delete.sync.__doc__
    assert delete.OPERATION.deprecated


async def test_a_deprecated_operation_warns_at_the_line_that_calls_it(
    features: Package, client: Any, server: Server
) -> None:
    delete = features.module("api.document.delete_document")
    asyncio_client = features.module("client").Client(server.url)

    with pytest.warns(DeprecationWarning, match="^delete_document is deprecated$") as caught:
        delete.sync("a", client=client)
    with pytest.warns(DeprecationWarning, match="^delete_document is deprecated$") as awaited:
        await delete.asyncio("a", client=asyncio_client)
    await asyncio_client.aclose()

    assert [one.filename for one in (*caught, *awaited)] == [__file__, __file__]


def test_a_deprecated_property_warns_at_the_line_that_sets_or_reads_it(
    features: Package,
) -> None:
    given = {"name": "a", "title": None, "priority": 1, "extra": None}

    with pytest.warns(DeprecationWarning, match=r"^Document\.color is deprecated$") as giving:
        document = features.model("Document")(**given, color="red")
    with pytest.warns(DeprecationWarning, match=r"^Document\.color is deprecated$") as reading:
        assert document.color == "red"

    assert [one.filename for one in (*giving, *reading)] == [__file__, __file__]


def test_an_unused_deprecated_property_does_not_warn(features: Package) -> None:
    model = features.model("Document")

    with warnings.catch_warnings(action="error"):
        document = model.from_dict(DOCUMENT | {"color": "red"})
        assert document == model.from_dict(document.to_dict())
        assert ", color='red'" in repr(document)


# ---- what a repr tells


def test_a_repr_shows_deprecated_fields_by_their_public_names(
    features: Package,
) -> None:
    cat = features.model("Cat").from_dict({"k": "a", "old": "b", "secret": "c"})
    assert repr(cat) == "Cat(k='a', mood=None, old='b', secret=<hidden>)"


def test_not_given_survives_pickling_and_has_a_plain_repr() -> None:
    not_given, update = growth().module("types").NOT_GIVEN, growth().model("NoteUpdate")

    assert pickle.loads(pickle.dumps(not_given)) is not_given
    assert (repr(not_given), bool(not_given)) == ("NOT_GIVEN", False)
    assert repr(update(text=None)).startswith("NoteUpdate(text=None, due=NOT_GIVEN,")
    assert repr(update()).startswith("NoteUpdate(text=NOT_GIVEN,")
    assert repr(update(text="a")).startswith("NoteUpdate(text=<hidden>,")
