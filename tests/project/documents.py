"""Read the code blocks of a document, and execute the Python ones against a sandbox.

The Python blocks of a section (a heading of level 1 to 3) share one namespace and, if they await,
one event loop. A block is a whole program or continues the one before. ``client`` is a client that
has signed in: blocking in a block without ``await``, asyncio in one with it.
"""

import ast
import asyncio
import inspect
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from liminal import Client, SyncClient

FENCE = re.compile(r"^\s*```(\w*)")
HEADING = re.compile(r"^#{1,3} (.+)")
PYTHON = frozenset({"python", "py", "pycon"})
SHELL = frozenset({"sh", "bash", "shell", "console"})


@dataclass
class Section:
    """A heading, and the Python blocks below it with the lines they start at."""

    document: Path
    title: str
    blocks: list[tuple[int, str]] = field(default_factory=list)


def sections(document: Path) -> list[Section]:
    """Read the sections that have Python blocks."""
    found = [Section(document, "top")]
    for number, language, text in _parts(document):
        if language in PYTHON:
            found[-1].blocks.append((number, text))
        elif language is None:
            found.append(Section(document, text))
    return [section for section in found if section.blocks]


def commands(document: Path) -> Iterator[str]:
    """Read the commands of the shell blocks, without comments."""
    for _, language, text in _parts(document):
        if language in SHELL:
            for line in text.splitlines():
                if command := re.sub(r"(^|\s+)# .*$", "", line).strip():
                    yield command


def _parts(document: Path) -> Iterator[tuple[int, str | None, str]]:
    """Yield headings (without a language) and code blocks (with the line they start at)."""
    lines = iter(enumerate(document.read_text("utf-8").splitlines(), 1))
    for number, line in lines:
        if heading := HEADING.match(line):
            yield number, None, heading[1]
        elif fence := FENCE.match(line):
            yield number + 1, fence[1], "\n".join(_until_fence(lines))


def _until_fence(lines: Iterator[tuple[int, str]]) -> Iterator[str]:
    for _, line in lines:
        if FENCE.match(line):
            return
        yield line


@contextmanager
def _logging_restored() -> Iterator[None]:
    """Undo what a block does to the loggers: they are the tests' own as well."""
    loggers = [logging.getLogger(name) for name in (None, "liminal")]
    before = [(logger, logger.level, list(logger.handlers)) for logger in loggers]
    try:
        yield
    finally:
        for logger, level, handlers in before:
            logger.setLevel(level)
            logger.handlers[:] = handlers


@_logging_restored()
def run(section: Section, url: str, token: str, changes: dict[str, str]) -> None:
    """Execute the blocks of a section, replacing the keys of ``changes`` by their values."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    with asyncio.Runner() as runner, SyncClient.authenticate_from_token(url, token) as blocking:
        client = runner.run(Client.authenticate_from_token(url, token))
        for line, block in section.blocks:
            for old, new in changes.items():
                block = block.replace(old, new)  # noqa: PLW2901 - a step of the same
            code = _compile(section.document, line, block)
            awaits = bool(code.co_flags & inspect.CO_COROUTINE)
            namespace["client"] = client if awaits else blocking
            if awaits:
                runner.run(eval(code, namespace))
            else:
                exec(code, namespace)
        runner.run(client.close())


def _compile(document: Path, line: int, block: str) -> Any:
    """Compile with the document's own line numbers, so that a traceback points into it."""
    source = "\n" * (line - 1) + block
    return compile(source, str(document), "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
