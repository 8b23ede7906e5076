"""The event-stream cases of web-platform-tests (BSD-3-Clause), as data: ``wpt-cases.json``."""

import base64
import json
from pathlib import Path
from typing import Any, NamedTuple

from liminal.streaming import ServerSentEvent


class Case(NamedTuple):
    """A stream in the pieces it comes in, and what is to come of it.

    ``error`` stands in place of events where the content type is none of an event stream. ``state``
    is what the decoder knows at the end, where the case says so.
    """

    name: str
    chunks: list[bytes]
    content_type: str
    events: list[ServerSentEvent]
    error: str | None
    state: dict[str, Any] | None

    @property
    def stream(self) -> bytes:
        return b"".join(self.chunks)


def _case(given: dict[str, Any]) -> Case:
    return Case(
        given["name"],
        [base64.b64decode(chunk) for chunk in given["chunks"]],
        given["content_type"],
        [ServerSentEvent(**event) for event in given.get("events", [])],
        given.get("error"),
        given.get("state"),
    )


CASES = [
    _case(given) for given in json.loads(Path(__file__).with_name("wpt-cases.json").read_bytes())
]
EVENT_STREAMS = [case for case in CASES if case.error is None]
