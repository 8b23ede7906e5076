"""What a sandbox is told at its start, checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from liminal.errors import LiminalError

StreamFormat = Literal["ndjson", "sse"]
AcceptToken = Callable[[str], bool | str]
Model = Callable[[str], str]

DEFAULT_MODEL_INSTANCES: Mapping[str, Sequence[str]] = {
    "sandbox-model": ("sandbox-1",),
    "sandbox-empty": (),
}
_HEADER_VALUE = re.compile(r"[\x21-\x7e]+(?: [\x21-\x7e]+)*")


@dataclass(slots=True, repr=False)
class Settings:
    """The options of ``Sandbox``, which documents them."""

    token: str
    port: int
    session_ttl: float | None
    session_uses: int | None
    roll_sessions: bool
    roll_grace: float | None
    stream_format: StreamFormat | None
    terms: Mapping[str, str]
    model: Model | None
    model_instances: Mapping[str, Sequence[str]]
    threads: Sequence[str]
    phone_region: str
    keep_requests: int
    keep_threads: int
    accept_provider_token: AcceptToken | None
    provider_tokens: set[str] = field(default_factory=set[str])

    def __post_init__(self) -> None:
        for right, problem in (
            (_HEADER_VALUE.fullmatch(self.token), "token must be printable ASCII"),
            (0 <= self.port <= 65535, "port must be 0 to 65535"),
            (_positive(self.session_ttl), "session_ttl must be more than 0 seconds"),
            (_positive(self.session_uses), "session_uses must be more than 0"),
            (self.roll_grace is None or self.roll_grace >= 0, "roll_grace must not be negative"),
            (self.stream_format in (None, "ndjson", "sse"), 'stream_format is "ndjson" or "sse"'),
            (all(map(str.strip, self.terms)), "terms must not hold an empty term"),
            (all(self.terms.values()), "terms must give each term a type"),
            (self.keep_requests >= 0, "keep_requests must not be negative"),
            (self.keep_threads >= 1, "keep_threads must be at least 1"),
            (
                not self.threads or any(self.model_instances.values()),
                "threads need a model instance that has a model",
            ),
        ):
            if not right:
                raise LiminalError(f"The sandbox can't be set up: {problem}.")


def _positive(value: float | None) -> bool:
    return value is None or value > 0
