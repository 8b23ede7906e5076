"""The client generated before a change against a service that speaks the contract after it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from scripts.codegen.report.rules import FACADE, PYTHON, RULES
from tests.generated.making import Package
from tests.regeneration.cases import CASES
from tests.regeneration.changing import THING, Case
from tests.regeneration.comparing import wire_changes
from tests.regeneration.service import Answer, serving
from tests.support.tls import NO_TLS

ANSWERS = {"get_thing": THING, "create_thing": THING, "watch_things": {"what": "made"}}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_report_names_the_rule(case: Case) -> None:
    assert case.rule in [change.rule_id for change in wire_changes(case)]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_an_old_client_gets_along_unless_the_report_says_breaking(
    case: Case, before: Package
) -> None:
    breaking = [change.text for change in wire_changes(case) if change.breaking]
    problems = [*_problems(case, before)]

    assert bool(problems) == (bool(breaking) and case.felt), (breaking, problems)


def test_every_rule_on_the_wire_has_an_example() -> None:
    assert {case.rule for case in CASES} == RULES.keys() - PYTHON.keys() - FACADE.keys()


def _problems(case: Case, before: Package) -> Iterator[str]:
    """Tell what goes wrong when the old client calls, with all arguments and with few."""
    with serving(case.after()) as service:
        service.answers = {case.call: _answer(case)} if _is_new(case) else _answers()
        headers, transport = {"Cookie": "session=s"}, httpx.HTTPTransport(verify=NO_TLS)
        client = before.module("client").Client(service.url, headers=headers, transport=transport)
        with client:
            for call in _calls(before, case.call):
                try:
                    call(client)
                except before.module("errors").ApiError as error:
                    yield f"{error!r} {service.refusals}"


def _is_new(case: Case) -> bool:
    return case.answer != {} or case.status != 200


def _answer(case: Case) -> Answer:
    """Give what the service sends; it is judged by the contract after the change."""
    if case.answer is None:
        return Answer(case.status, "", b"")
    base = ANSWERS[case.call] if case.status == 200 and case.call == "get_thing" else {}
    if case.rule == "answer-added":
        base = THING
    sent = {key: value for key, value in (base | case.answer).items() if value is not ...}
    return Answer(case.status, "application/json", json.dumps(sent).encode())


def _answers() -> dict[str, Answer]:
    return {
        "get_thing": Answer(200, "application/json", json.dumps(THING).encode()),
        "create_thing": Answer(201, "application/json", json.dumps(THING).encode()),
    }


def _calls(package: Package, name: str) -> list[Callable[[Any], object]]:
    model = package.model
    new_thing = model("NewThing") if name == "create_thing" else None
    module = package.module(f"api.{'event' if name == 'watch_things' else 'thing'}.{name}")
    calls: dict[str, list[Callable[[Any], object]]] = {
        "get_thing": [
            lambda client: module.sync(7, client=client, x_trace="t"),
            lambda client: module.sync(
                7, client=client, x_trace="t", limit=100, order="oldest", tags=["a", "b"]
            ),
        ],
        "create_thing": [
            lambda client: module.sync(client=client, body=new_thing(name="n", tag=None)),
            lambda client: module.sync(
                client=client,
                body=new_thing(
                    name="n", tag=None, size=7, shade="light", free="any", extra={"a": "b"}
                ),
            ),
        ],
        "note_thing": [
            lambda client: module.sync(7, client=client),
            lambda client: module.sync(7, client=client, body="note"),
        ],
        "touch_thing": [lambda client: module.sync(7, client=client)],
        "watch_things": [
            lambda client: module.sync(client=client),
            lambda client: _watched(module, client),
        ],
    }
    return calls[name]


def _watched(module: Any, client: Any) -> None:
    with module.stream(client=client) as response:
        for line in filter(None, response.read().splitlines()):
            module.parse_chunk(line.removeprefix(b"data: "))
