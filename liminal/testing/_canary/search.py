"""Searches for texts in values, exceptions, log records and files."""

from __future__ import annotations

import json
import logging
import traceback
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, cast
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from types import FrameType

_FORMATTER = logging.Formatter("%(message)s")
# A test's own frames contain its test data, and the framework's frames contain the test.
_FRAMEWORKS = ("_pytest", "pluggy", "pytest", "unittest", "xdist")
_LARGEST_FILE = 64 * 1024 * 1024


def forms(text: str) -> frozenset[str]:
    """Return a text, and how JSON, Python and URLs escape it."""
    escaped = {json.dumps(text)[1:-1], repr(text)[1:-1]}
    return frozenset(
        {text, quote(text, errors="replace"), quote_plus(text, errors="replace")} | escaped
    )


def of_value(value: object, depth: int = 3) -> Iterator[str]:
    """Yield what an error tracker shows of a value: itself, and the contents of containers."""
    shown: object = value  # its type before the checks below
    if isinstance(value, str):
        yield value
    elif isinstance(value, bytes | bytearray | memoryview):
        yield bytes(cast("bytes", value)).decode("utf-8", "replace")
    elif isinstance(value, Mapping) and depth:
        pairs = cast("Mapping[object, object]", value)
        for pair in pairs.items():
            yield from of_value(pair, depth)
    elif isinstance(value, list | tuple | set | frozenset | deque) and depth:
        for item in cast("Iterable[object]", value):
            yield from of_value(item, depth - 1)
    else:
        yield _repr(shown)


def of_record(record: logging.LogRecord) -> Iterator[tuple[str, str]]:
    """Yield the places and texts of a log record: its message, its fields, and its exception."""
    place = f"a log record of {record.name} ({record.levelname})"
    yield place, _message(record)
    fields = {name: value for name, value in vars(record).items() if name != "exc_info"}
    yield from ((place, shown) for shown in of_value(fields))
    if record.exc_info and record.exc_info[1] is not None:
        yield from of_error(record.exc_info[1])


def of_error(error: BaseException) -> Iterator[tuple[str, str]]:
    """Yield the places and texts of an exception: messages, notes, fields, local variables."""
    for link in _chain(error):
        name = type(link).__name__
        yield f"the message of {name}", "".join(traceback.format_exception_only(link))
        yield from ((f"the arguments of {name}", shown) for shown in of_value(link.args))
        yield from ((f"the fields of {name}", shown) for shown in of_value(vars(link)))
        for frame, line in traceback.walk_tb(link.__traceback__):
            if not _is_test(frame):
                yield from _of_frame(frame, line)


def of_folder(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the places and contents of the files below a folder, including their names."""
    for path in sorted(folder.rglob("*")):
        place = f"the file {path.relative_to(folder)}"
        yield place, path.name
        if path.is_file() and path.stat().st_size <= _LARGEST_FILE:
            yield place, path.read_bytes().decode("utf-8", "replace")


def _of_frame(frame: FrameType, line: int) -> Iterator[tuple[str, str]]:
    code = frame.f_code
    where = f"{code.co_qualname} ({Path(code.co_filename).name}:{line})"
    for name, value in frame.f_locals.items():
        yield from ((f"the variable {name} of {where}", shown) for shown in of_value(value))


def _is_test(frame: FrameType) -> bool:
    package = str(frame.f_globals.get("__name__")).partition(".")[0]
    name = Path(frame.f_code.co_filename).stem
    named = name == "conftest" or name.startswith("test_") or name.endswith("_test")
    return named or package in _FRAMEWORKS


def _chain(error: BaseException) -> list[BaseException]:
    """Return the error, its causes and contexts, and those of a group's parts, each once."""
    links = [error]
    for link in links:  # which grows
        group = isinstance(link, BaseExceptionGroup)
        parts = cast("BaseExceptionGroup[BaseException]", link).exceptions if group else ()
        for further in (link.__cause__, link.__context__, *parts):
            if further is not None and not any(further is seen for seen in links):
                links.append(further)
    return links


def _message(record: logging.LogRecord) -> str:
    try:
        return _FORMATTER.format(record)
    except Exception:  # noqa: BLE001 - logging itself reports arguments that don't fit
        return ""


def _repr(value: object) -> str:
    try:
        return repr(value)
    except Exception:  # noqa: BLE001 - of the program under test
        return ""
