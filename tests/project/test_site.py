"""The check of the documentation's site finds what is wrong with it, and nothing else."""

from pathlib import Path

import pytest

from scripts.site import problems

GOOD = '<h1 id="top">Good</h1> <code>a][b</code> <a href="other.html#part">'


def site(folder: Path, page: str) -> Path:
    (folder / "index.html").write_text(page, "utf-8")
    (folder / "other.html").write_text('<h2 id="part">Part</h2>', "utf-8")
    (folder / "picture.svg").write_text("<svg/>", "utf-8")
    return folder


@pytest.mark.parametrize(
    "page",
    [
        GOOD,
        '<img src="picture.svg"> <a href="#here"></a> <p id="here">',
        '<a href="https://example.org/elsewhere"></a>',
        '<a href="/other.html?q=1"></a> <a href="#__skip"></a>',
    ],
)
def test_a_good_page_has_no_problems(tmp_path: Path, page: str) -> None:
    assert problems(site(tmp_path, page)) == []


@pytest.mark.parametrize(
    ("page", "problem"),
    [
        ('<a href="missing.html">', "index.html: missing.html leads nowhere"),
        ('<a href="other.html#gone">', "index.html: other.html#gone leads nowhere"),
        ('<img src="missing.svg">', "index.html: missing.svg leads nowhere"),
        ('<script src="https://cdn.example/a.js">', "index.html: loads https://cdn.example/a.js"),
        ('<link href="//fonts.example/a.css">', "index.html: loads //fonts.example/a.css"),
        ("<p>See [Client][liminal.Nope].</p>", "index.html: '][' is left over in the text"),
        ("<p>A :class:`Token`.</p>", "index.html: ':class:' is left over in the text"),
    ],
)
def test_a_problem_is_named(tmp_path: Path, page: str, problem: str) -> None:
    assert problems(site(tmp_path, page)) == [problem]


def test_a_site_without_pages_is_a_problem(tmp_path: Path) -> None:
    assert problems(tmp_path) == [f"{tmp_path} has no pages"]
