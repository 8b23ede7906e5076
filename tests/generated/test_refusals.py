"""What can't be generated is refused in a line that names the line of the contract."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scripts.codegen.contract.document import Contract, ContractError
from scripts.codegen.report.wire.forms import Part
from scripts.codegen.rules import check
from tests.generated.making import CONTRACT, make_ours, small_contract

PAGE = "{properties: {data: {type: array, items: {type: string}}, next: {type: string}}}"
PAGES = f"""\
parameters: [{{name: a, in: query, schema: {{type: integer}}}}]
responses: {{"200": {{description: It., content: {{application/json: {{schema: {PAGE}}}}}}}}}"""
REFUSED = Path(__file__).with_name("refused.txt").read_text("utf-8").replace("PAGES", PAGES)
# What a fragment begins with says where it stands in the contract.
PARTS = re.compile(r"^(schemas|paths|top):\n", re.MULTILINE)


def contract_of(fragment: str) -> str:
    operation, *rest = PARTS.split(fragment)
    return small_contract(operation, **dict(zip(rest[::2], rest[1::2], strict=True)))


def refused(contract: Path, text: str) -> ContractError:
    contract.write_text(text, encoding="utf-8")
    with pytest.raises(ContractError) as caught:
        make_ours(contract, contract.with_name("api"))
    return caught.value


CASES = [case.split("\n", 1) for case in REFUSED.split("## ")[1:]]


@pytest.mark.parametrize("fragment", [pytest.param(case[1], id=case[0]) for case in CASES])
def test_an_unsupported_contract_is_refused_with_its_line(fragment: str, tmp_path: Path) -> None:
    text = contract_of(fragment)
    ((line, reason),) = (
        (number, said)
        for number, one in enumerate(text.splitlines(), 1)
        for said in one.split("  # refused: ")[1:]
    )

    problems = refused(tmp_path / "small.yaml", text).problems

    assert [one.line for one in problems if reason in one.reason][:1] == [line], problems
    assert str(problems[0]).startswith(f"{tmp_path.name}/small.yaml:{problems[0].line}: ")


@pytest.mark.parametrize("name", ["schema", "schemas"])
def test_a_reusable_parameter_may_be_named_like_a_keyword(name: str, tmp_path: Path) -> None:
    operation = f'parameters: [{{$ref: "#/components/parameters/{name}"}}]'
    reusable = f"  parameters: {{{name}: {{name: q, in: query, schema: {{type: string}}}}}}\n"
    path = tmp_path / "small.yaml"
    path.write_text(contract_of(operation) + reusable, encoding="utf-8")
    check(Contract(path))


def test_the_schema_of_a_parameter_named_like_a_keyword_is_checked(tmp_path: Path) -> None:
    reusable = "  parameters: {schema: {name: q, in: query, schema: {type: strin}}}\n"
    (problem,) = refused(tmp_path / "small.yaml", contract_of("") + reusable).problems
    assert "'strin' is not one of" in problem.reason


def test_another_version_of_openapi_is_refused_with_its_line(tmp_path: Path) -> None:
    text = contract_of("").replace("openapi: 3.1.0", "openapi: 3.0.3")
    with_line = r"small\.yaml:1: the contract must be OpenAPI 3\.1"
    assert re.search(with_line, str(refused(tmp_path / "small.yaml", text)))


def test_all_problems_are_reported_at_once(tmp_path: Path) -> None:
    text = CONTRACT.read_text("utf-8")
    text = text.replace('schemas/Chat"', 'schemas/Chats"').replace("/RetryAfter", "/RetryLater")
    assert len(refused(tmp_path / "liminal.yaml", text).problems) == 3


def test_generated_code_that_is_not_python_is_reported_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scripts.codegen.client.generate.docstring", lambda *_, **__: "no Python")
    (line,) = str(refused(tmp_path / "small.yaml", contract_of(""))).splitlines()
    assert "the generated code is not valid Python" in line


@pytest.mark.parametrize("content", [b"", b"- a list", b"\xff\xfe", b"just words"])
def test_a_file_that_is_not_a_contract_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "liminal.yaml").write_bytes(content)
    with pytest.raises(ContractError, match=r"/liminal\.yaml:1: "):
        Contract(tmp_path / "liminal.yaml")


def test_a_place_of_the_report_that_refers_back_to_itself_raises(tmp_path: Path) -> None:
    path = tmp_path / "small.yaml"
    path.write_text(contract_of('schemas:\nLoop: {$ref: "#/components/schemas/Loop"}\n'), "utf-8")
    with pytest.raises(RecursionError):
        Part(Contract(path)).schemas()


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="No such file"):
        Contract(tmp_path / "liminal.yaml")
