"""Docstrings and literals: text of the contract as Python source."""

from __future__ import annotations

import json
import textwrap
from typing import Any

WIDTH = 100


def text(part: dict[str, Any], key: str = "description") -> str:
    """Return the text that a part of the contract has under ``key``, or an empty string."""
    return str(part.get(key) or "").strip()


def literal(value: str) -> str:
    """Write a string as Python source, with double quotes: JSON's escapes are Python's, too."""
    return json.dumps(value, ensure_ascii=False)


def docstring(*paragraphs: str, indent: int = 4) -> str:
    """Write a docstring. Leave out empty paragraphs, and wrap long ones."""
    width = WIDTH - indent
    words = "\n\n".join(_wrapped(paragraph.strip(), width) for paragraph in paragraphs if paragraph)
    safe = words.replace("\\", "\\\\").replace('"""', r"\"\"\"")
    if safe.endswith('"'):
        safe += " "
    if "\n" not in safe and len(safe) + 6 <= width:
        return f'"""{safe}"""'
    indented = textwrap.indent(f'"""{safe}\n"""', " " * indent)
    return indented.lstrip(" ")


def _wrapped(words: str, width: int) -> str:
    """Wrap the paragraphs with a long line. The first one must leave room for the quotes."""
    paragraphs = words.split("\n\n")
    return "\n\n".join(
        paragraph
        if all(len(line) <= width - 3 for line in paragraph.split("\n"))
        else textwrap.fill(paragraph, width - 3, break_long_words=False, break_on_hyphens=False)
        for paragraph in paragraphs
    )
