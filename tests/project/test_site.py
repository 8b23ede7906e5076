"""The check of the documentation's site finds what is wrong with it, and nothing else."""

from pathlib import Path

import pytest

from scripts.site import problems


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
def test_each_problem_is_named(tmp_path: Path, page: str, problem: str | None) -> None:
    (tmp_path / "index.html").write_text(page, "utf-8")
    (tmp_path / "other.html").write_text('<h2 id="part">Part</h2>', "utf-8")
    (tmp_path / "picture.svg").write_text("<svg/>", "utf-8")
    assert problems(tmp_path) == ([f"index.html: {problem}"] if problem else [])


def test_a_site_without_pages_is_a_problem(tmp_path: Path) -> None:
    assert problems(tmp_path) == [f"{tmp_path} has no pages"]
