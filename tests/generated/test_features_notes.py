"""What a contract notes of its operations and properties: repeatable, streams alone, deprecated."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

from tests.generated.making import DOCUMENT, Package
from tests.generated.server import Server


def test_an_operation_is_repeatable_as_the_contract_says_or_if_it_is_a_get(
    features: Package,
) -> None:
    repeatable = {
        name: features.module(f"api.document.{name}").OPERATION.repeatable
        for name in ("get_document", "download_document", "search_documents", "upload_document")
    }

    assert repeatable == {
        "get_document": False,
        "download_document": True,
        "search_documents": True,
        "upload_document": False,
    }


def test_an_operation_that_only_streams_has_no_function_that_does_not(
    features: Package, client: Any, server: Server
) -> None:
    server.answers(200, b'data: {"what": "a"}\n\n', **{"Content-Type": "text/event-stream"})
    watch = features.module("api.event.watch_events")

    with watch.stream(client=client) as response:
        line = next(response.iter_lines())

    assert watch.parse_chunk(line.removeprefix("data:").encode()).what == "a"
    assert not hasattr(watch, "sync")


def _deprecations(action: Any) -> list[warnings.WarningMessage]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        action()
    return caught


def test_a_deprecated_operation_warns_at_the_line_that_calls_it(
    features: Package, client: Any, server: Server
) -> None:
    server.answers(204)
    delete = features.module("api.document.delete_document")

    (warning,) = _deprecations(lambda: delete.sync("a", client=client))

    assert warning.category is DeprecationWarning
    assert str(warning.message) == "delete_document is deprecated"
    assert warning.filename == __file__


@pytest.mark.anyio
async def test_a_deprecated_asyncio_operation_warns_at_the_line_that_calls_it(
    features: Package, server: Server
) -> None:
    server.answers(204)
    delete = features.module("api.document.delete_document")

    async with features.module("client").Client(server.url) as client:
        with pytest.warns(DeprecationWarning, match="delete_document is deprecated") as caught:
            await delete.asyncio("a", client=client)

    assert caught[0].filename == __file__


def test_a_deprecated_operation_says_so_in_its_docstring(features: Package) -> None:
    delete = features.module("api.document.delete_document")

    assert "Deprecated." in delete.__doc__
    assert "Deprecated." in delete.sync.__doc__
    assert delete.OPERATION.deprecated


def test_a_deprecated_property_warns_at_the_line_that_reads_it(features: Package) -> None:
    document = features.model("Document").from_dict(DOCUMENT | {"color": "red"})

    (warning,) = _deprecations(lambda: document.color)

    assert str(warning.message) == "Document.color is deprecated"
    assert warning.filename == __file__


def test_a_deprecated_property_warns_at_the_line_that_gives_it(features: Package) -> None:
    model = features.model("Document")
    given = {"name": "a", "title": None, "priority": 1, "extra": None}

    (warning,) = _deprecations(lambda: model(**given, color="red"))

    assert warning.filename == __file__


def test_a_deprecated_property_that_nobody_uses_does_not_warn(features: Package) -> None:
    model = features.model("Document")
    source = DOCUMENT | {"color": "red"}

    def use() -> None:
        document = model.from_dict(source)
        assert document == model.from_dict(document.to_dict())
        assert ", color='red'" in repr(document)

    assert _deprecations(use) == []
