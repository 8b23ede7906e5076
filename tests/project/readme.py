"""Execute the Python blocks of a document, section by section, against a sandbox.

Blocks of a section (a heading of level 1 to 3) share one namespace and, for those that await, one
event loop. A block may be a whole program, or go on from the one before. ``liminal`` stands for a
client that is signed in: blocking in a block without ``await``, asyncio in one with it.
"""

import ast
import asyncio
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from liminal import Client, SyncClient

FENCE = re.compile(r"^```(\w*)")
HEADING = re.compile(r"^#{1,3} (.+)")


@dataclass
class Section:
    """A heading, and the Python blocks below it with the lines they start at."""

    title: str
    blocks: list[tuple[int, str]] = field(default_factory=list)


def sections(document: Path) -> list[Section]:
    """Read the sections that have Python blocks."""
    found = [Section("top")]
    lines = iter(enumerate(document.read_text("utf-8").splitlines(), 1))
    for number, line in lines:
        if heading := HEADING.match(line):
            found.append(Section(heading[1]))
        elif fence := FENCE.match(line):
            block = "\n".join(_until_fence(lines))
            if fence[1] in {"python", "py"}:
                found[-1].blocks.append((number + 1, block))
    return [section for section in found if section.blocks]


def _until_fence(lines: Iterator[tuple[int, str]]) -> Iterator[str]:
    for _, line in lines:
        if line.startswith("```"):
            return
        yield line


def run(document: Path, section: Section, url: str, token: str, changes: dict[str, str]) -> None:
    """Execute the blocks of a section; ``changes`` names what stands for what, such as the URL."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    with asyncio.Runner() as runner, SyncClient.authenticate_from_token(url, token) as blocking:
        client = runner.run(Client.authenticate_from_token(url, token))
        for line, block in section.blocks:
            code = _compile(document, line, _changed(block, changes))
            awaits = bool(code.co_flags & inspect.CO_COROUTINE)
            namespace["liminal"] = client if awaits else blocking
            if awaits:
                runner.run(eval(code, namespace))
            else:
                exec(code, namespace)
        runner.run(client.close())


def _changed(block: str, changes: dict[str, str]) -> str:
    for old, new in changes.items():
        block = block.replace(old, new)
    return block


def _compile(document: Path, line: int, block: str) -> Any:
    """Compile with the document's own line numbers, so that a traceback points into it."""
    source = "\n" * (line - 1) + block
    return compile(source, str(document), "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
