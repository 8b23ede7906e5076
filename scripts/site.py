"""Checks the built site: ``python -m scripts.site``.

Every link leads to a file and an anchor that exist, nothing is loaded from elsewhere, and no markup
is left over in the text.
"""

import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).parents[1]
# Attributes with which a page loads a resource, and with which it links to one.
LOADS = {("script", "src"), ("img", "src"), ("iframe", "src"), ("source", "src"), ("link", "href")}
LEADS = {("a", "href")}
# The rest of a directive, cross-reference or role that was not rendered.
LEFTOVER = re.compile(r"^::: |\]\[|:(?:class|meth|func|mod):", re.MULTILINE)


class Page(HTMLParser):
    """Collects a page's resources, links, anchors, and text outside of code."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.loads: set[str] = set()
        self.leads: set[str] = set()
        self.anchors: set[str] = set()
        self.text: list[str] = []
        self._silent = 0
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in {"code", "pre", "script", "style"}
        for name, value in attrs:
            if name in {"id", "name"} and value:
                self.anchors.add(value)
            elif (tag, name) in LOADS:
                self.loads.add(value or "")
            elif (tag, name) in LEADS:
                self.leads.add(value or "")

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in {"code", "pre", "script", "style"}

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.text.append(data)


def problems(site: Path) -> list[str]:
    """Return the problems of a site, one per line."""
    pages = {path: Page(path) for path in sorted(site.rglob("*.html"))}
    found = [] if pages else [f"{site} has no pages"]
    for path, page in pages.items():
        name = path.relative_to(site)
        found += [f"{name}: loads {link}" for link in sorted(page.loads) if _is_elsewhere(link)]
        found += [
            f"{name}: {link} leads nowhere"
            for link in sorted(page.loads | page.leads)
            if not _is_elsewhere(link) and not _exists(site, path, link, pages)
        ]
        left = LEFTOVER.search("".join(page.text))
        found += [f"{name}: {left[0]!r} is left over in the text"] if left else []
    return found


def _is_elsewhere(link: str) -> bool:
    parts = urlsplit(link)
    return bool(parts.scheme or parts.netloc)


def _exists(site: Path, page: Path, link: str, pages: dict[Path, Page]) -> bool:
    parts = urlsplit(link)
    start = site if parts.path.startswith("/") else page.parent
    target = (start / unquote(parts.path).lstrip("/")).resolve() if parts.path else page
    if target.is_dir():
        target /= "index.html"
    if not target.is_file():
        return False
    anchor = unquote(parts.fragment)
    # Names with `__` belong to the theme's own scripts.
    return not anchor or anchor.startswith("__") or anchor in pages[target].anchors


def main() -> int:
    """Print the problems; return the exit status."""
    found = problems((ROOT / "site").resolve())
    print("\n".join(found) or "every link of the site leads somewhere")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
