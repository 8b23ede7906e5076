"""The chores: what they decide on pip-audit's answers and the site, what demo and layers show."""

import json

import pytest

from benchmarks.layers import layers
from scripts import demo
from scripts.audit import judge
from scripts.site import problems

CLEAN = {"name": "a", "version": "1", "vulns": []}
UNKNOWN = {"name": "b", "skip_reason": "not found"}
BAD = {"name": "c", "version": "2", "vulns": [{"id": "X-1"}, {"id": "X-2"}]}


@pytest.mark.parametrize(
    ("packages", "passes", "line"),
    [
        ([CLEAN, UNKNOWN, BAD], False, "c 2: X-1, X-2"),
        ([CLEAN, UNKNOWN], True, "1 packages without finding, 1 not known there"),
        ([UNKNOWN, UNKNOWN], True, "not checked: "),
    ],
    ids=["a finding", "nothing found", "nothing known"],
)
def test_an_answer_is_judged(packages, passes, line):
    passed, said = judge(json.dumps({"dependencies": packages, "fixes": []}), "")
    assert passed is passes
    assert said == line or (line.endswith(": ") and said.startswith(line))


@pytest.mark.parametrize(
    ("said", "passes"),
    [
        ("Traceback\n…\nrequests.exceptions.ConnectionError: Max retries exceeded", True),
        ("usage\nerror: no such option", False),
        ("TypeError: ConnectionError", False),
        ("", False),
    ],
)
def test_an_unreachable_service_passes_and_any_other_failure_fails(said, passes):
    judged = judge("", said)
    assert judged[0] is passes
    assert not passes or judged[1] == "not checked: service unreachable"


@pytest.mark.parametrize(
    ("page", "problem"),
    [
        ('<h1 id="top">Good</h1> <code>a][b</code> <a href="other.html#part">', None),
        ('<img src="picture.svg"> <a href="#here"></a> <p id="here">', None),
        ('<a href="https://example.org/elsewhere"></a>', None),
        ('<a href="/other.html?q=1"></a> <a href="#__skip"></a>', None),
        ('<a href="missing.html">', "missing.html leads nowhere"),
        ('<a href="other.html#gone">', "other.html#gone leads nowhere"),
        ('<img src="missing.svg">', "missing.svg leads nowhere"),
        ('<script src="https://cdn.example/a.js">', "loads https://cdn.example/a.js"),
        ('<link href="//fonts.example/a.css">', "loads //fonts.example/a.css"),
        ("<p>See [Client][liminal.Nope].</p>", "'][' is left over in the text"),
        ("<p>A :class:`Token`.</p>", "':class:' is left over in the text"),
    ],
)
def test_each_problem_of_a_site_is_named(tmp_path, page, problem):
    (tmp_path / "index.html").write_text(page, "utf-8")
    (tmp_path / "other.html").write_text('<h2 id="part">Part</h2>', "utf-8")
    (tmp_path / "picture.svg").write_text("<svg/>", "utf-8")
    assert problems(tmp_path) == ([f"index.html: {problem}"] if problem else [])


def test_a_site_without_pages_is_a_problem(tmp_path):
    assert problems(tmp_path) == [f"{tmp_path} has no pages"]


# ---- the demo and the benchmarks

SHOWN = [
    "CREDIT_CARD 4111 1111 1111 1111",  # a finding
    "asked about CUSTOM_0. Her card CREDIT_CARD_0 was charged",  # the cleansed prompt
    "|PERSON_0",  # the answer, in pieces
    "mention Jane Miller",  # the hydrated text
]


def test_both_variants_show_each_step(capsys):
    assert demo.main() == 0
    for variant in " ".join(capsys.readouterr().out.split()).split("=== asyncio"):
        assert [text for text in SHOWN if text not in variant] == []


@pytest.mark.parametrize("name", layers())
def test_each_layer_of_a_call_can_be_timed_alone(name):
    assert layers()[name]() is not None
