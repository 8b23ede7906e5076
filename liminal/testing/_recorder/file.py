"""The file of a recorder: calls as JSON, written completely or not at all."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, cast

from liminal.errors import LiminalError
from liminal.testing._arguments import as_path

_VERSION = 1


class RecordingFile:
    """Reads and writes the calls of a recording."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = as_path("path", path)

    @property
    def exists(self) -> bool:
        """Whether the file exists."""
        return self._path.exists()

    def read(self) -> list[dict[str, Any]]:
        """Read the recorded calls, and check their required parts."""
        try:
            found: Any = json.loads(self._path.read_text("utf-8"))
            calls: object = found["calls"] if found["version"] == _VERSION else None
        except (OSError, ValueError, KeyError, TypeError):
            calls = None
        if isinstance(calls, list) and all(map(_is_call, cast("list[object]", calls))):
            return cast("list[dict[str, Any]]", calls)
        raise LiminalError(
            f"{self._path} can't be replayed: it is missing, or no recording of this version"
        )

    def make_folder(self) -> None:
        """Create the file's folder."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            problem = error.strerror
        else:
            return
        raise LiminalError(f"{self._path} can't be written: {problem}")

    def write(self, calls: list[dict[str, Any]]) -> None:
        """Write the file."""
        text = json.dumps({"version": _VERSION, "calls": calls}, indent=2, ensure_ascii=False)
        written = None
        try:
            with NamedTemporaryFile(
                "w", dir=self._path.parent, delete=False, encoding="utf-8"
            ) as file:
                written = file.name
                file.write(f"{text}\n")
            os.replace(written, self._path)  # noqa: PTH105 - the name is what there is
        except OSError as error:
            problem = error.strerror
        else:
            return
        if written is not None:
            with suppress(OSError):
                Path(written).unlink()
        raise LiminalError(f"{self._path} can't be written: {problem}")


def _is_call(call: object) -> bool:
    """Whether a call still has the required parts, in case the file was edited."""
    match call:
        case {
            "request": {"operation": str(), "path": str()},
            "answer": {"status": int(status)},
        }:
            answer = cast("dict[str, dict[str, object]]", call)["answer"]
            streamed = "chunks" in answer
            return (
                200 <= status < 600
                and isinstance(answer.get("retry_after", ""), str)
                and isinstance(answer.get("chunks", []), list)
                and isinstance(answer.get("type") if streamed else "", str)
            )
        case _:
            return False
