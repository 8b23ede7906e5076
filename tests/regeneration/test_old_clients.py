"""The client generated before a change against a service that speaks the contract after it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from scripts.codegen.report.rules import RULES
from tests.generated.making import Package, make_ours
from tests.generated.server import plain
from tests.regeneration.cases import CASES
from tests.regeneration.changing import BASE, THING, Case, edited
from tests.regeneration.service import Answer, Service, serving

# How each operation is called: with what it requires, and with all that it takes.
LEAST = {"name": "n", "tag": None}
CALLS: dict[str, list[dict[str, Any]]] = {
    "thing.get_thing": [
        {"thing_id": 7, "x_trace": "t"},
        {"thing_id": 7, "x_trace": "t", "limit": 100, "order": "oldest", "tags": ["a", "b"]},
    ],
    "thing.create_thing": [
        {"body": LEAST},
        {"body": LEAST | {"size": 7, "shade": "light", "free": "any", "extra": {"a": "b"}}},
    ],
    "thing.note_thing": [{"thing_id": 7}, {"thing_id": 7, "body": "note"}],
    "thing.touch_thing": [{"thing_id": 7}],
    "event.watch_things": [{}],
}


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Package]:
    """The client that is generated from the contract as it is before each change."""
    folder = tmp_path_factory.mktemp("before")
    sys.path.insert(0, str(folder))
    yield make_ours(BASE, folder / "things_api")
    sys.path.remove(str(folder))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_report_names_the_rule_and_an_old_client_works_unless_the_change_is_breaking(
    case: Case, before: Package
) -> None:
    breaking = [change.text for change in case.changes() if change.breaking]
    with serving(edited(case.edit)) as service:
        service.answers = answers(case)
        problems = [*problems_of(case, before, service)]

    assert case.rule in [change.rule_id for change in case.changes()]
    assert bool(problems) == (bool(breaking) and case.shows), (breaking, problems)


def test_every_rule_on_the_wire_has_an_example() -> None:
    tables = {"Operations", "What is sent", "What is answered", "Schemas"}
    wire = {name for name, rule in RULES.items() if rule.table in tables}
    assert {case.rule for case in CASES} == wire


def answers(case: Case) -> dict[str, Answer]:
    """Give what the service sends; it is judged by the contract after the change."""
    if case.answer is None:
        return {case.operation: Answer(case.status, "", b"")}
    if case.answer == {} and case.status == 200:
        return {"get_thing": in_json(200, THING), "create_thing": in_json(201, THING)}
    is_thing = (case.status == 200 and case.operation == "get_thing") or case.rule == "answer-added"
    sent = (THING if is_thing else {}) | case.answer
    return {case.operation: in_json(case.status, {k: v for k, v in sent.items() if v is not ...})}


def in_json(status: int, value: object) -> Answer:
    return Answer(status, "application/json", json.dumps(value).encode())


def problems_of(case: Case, package: Package, service: Service) -> Iterator[str]:
    """Tell what goes wrong when the old client calls, with few arguments and with all."""
    (name,) = (name for name in CALLS if name.endswith(f".{case.operation}"))
    headers = {"Cookie": "session=s"}
    with package.module("client").Client(service.url, headers=headers, transport=plain()) as client:
        for arguments in CALLS[name]:
            try:
                call(package, name, client, dict(arguments))
            except package.module("errors").ApiError as error:
                yield f"{error!r} {service.refusals}"


def call(package: Package, name: str, client: Any, arguments: dict[str, Any]) -> None:
    module = package.module(f"api.{name}")
    if name == "thing.create_thing":
        arguments["body"] = package.model("NewThing")(**arguments["body"])
    module.sync(client=client, **arguments)
    if name == "event.watch_things":
        with module.stream(client=client) as response:
            for line in filter(None, response.read().splitlines()):
                module.parse_chunk(line.removeprefix(b"data: "))
