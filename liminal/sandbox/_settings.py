"""The options of the sandbox, validated."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, cast

from liminal.errors import LiminalError

StreamFormat = Literal["ndjson", "sse"]
AcceptToken = Callable[[str], bool | str]
Model = Callable[[str], str]

DEFAULT_MODEL_INSTANCES: Mapping[str, Sequence[str]] = {
    "sandbox-model": ("sandbox-1",),
    "sandbox-empty": (),
}
# About thirty years; much longer times overflow clocks.
_LONGEST = 1_000_000_000
_HEADER_VALUE = re.compile(r"[\x21-\x7e]+(?: [\x21-\x7e]+)*")
_REGION = re.compile(r"[A-Z]{2}")


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
            (_matches(_HEADER_VALUE, self.token), "token must be printable ASCII"),
            (is_whole(self.port, 0, 65535), "port must be 0 to 65535"),
            (
                _is_lifetime(self.session_ttl) and self.session_ttl != 0,
                "session_ttl must be more than 0 seconds, and not more than 1e9, or None",
            ),
            (
                self.session_uses is None or is_whole(self.session_uses, 1),
                "session_uses must be a whole number, 1 or more, or None",
            ),
            (is_flag(self.roll_sessions), "roll_sessions must be True or False"),
            (_is_lifetime(self.roll_grace), "roll_grace must be 0 to 1e9 seconds, or None"),
            (
                self.stream_format in (None, "ndjson", "sse"),
                'stream_format must be "ndjson", "sse" or None',
            ),
            (_are_terms(self.terms), "terms must map words to their types, none of them empty"),
            (self.model is None or callable(self.model), "model must be a function"),
            (
                _are_instances(self.model_instances),
                "model_instances must map names to lists of models",
            ),
            (_are_names(self.threads), "threads must be a list of names"),
            (
                _matches(_REGION, self.phone_region),
                'phone_region must be a country of ISO 3166, such as "US"',
            ),
            (
                is_whole(self.keep_requests, 0, sys.maxsize),
                "keep_requests must be a whole number, 0 or more",
            ),
            (is_whole(self.keep_threads, 1), "keep_threads must be a whole number, 1 or more"),
        ):
            require(right, problem)
        require_accept(self.accept_provider_token)
        require(
            not self.threads or any(self.model_instances.values()),
            "threads need a model instance that has a model",
        )
        # Copies, so that later changes by the caller have no effect.
        self.terms = dict(self.terms)
        self.model_instances = {name: tuple(each) for name, each in self.model_instances.items()}
        self.threads = tuple(self.threads)


def require(right: bool, problem: str) -> None:  # noqa: FBT001 - reads as an assertion
    """Raise LiminalError with ``problem`` unless ``right``."""
    if not right:
        raise LiminalError(f"The sandbox can't be set up: {problem}.")


def require_accept(accept: object) -> None:
    """Check ``accept_provider_token``."""
    require(accept is None or callable(accept), "accept_provider_token must be a function")


def require_delay(name: str, seconds: object) -> None:
    """Check a delay."""
    require(_is_time(seconds), f"{name} must be 0 to 1e9 seconds")


def is_flag(value: object) -> bool:
    """Return whether an option is a bool."""
    return isinstance(value, bool)


def is_whole(value: object, least: int, most: float = math.inf) -> bool:
    """Return whether an option is a whole number within its limits."""
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _is_time(value: object) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and 0 <= cast("float", value) <= _LONGEST


def _is_lifetime(value: object) -> bool:
    return value is None or value == math.inf or _is_time(value)


def _matches(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _is_word(value: object) -> bool:
    return isinstance(value, str) and value.strip() != ""


def _are_names(value: object) -> bool:
    if isinstance(value, str) or not isinstance(value, Sequence):
        return False
    return all(isinstance(name, str) for name in cast("Sequence[object]", value))


def _are_terms(value: object) -> bool:
    if not isinstance(value, Mapping):
        return False
    terms = cast("Mapping[object, object]", value)
    return all(_is_word(word) and _is_word(kind) for word, kind in terms.items())


def _are_instances(value: object) -> bool:
    if not isinstance(value, Mapping):
        return False
    instances = cast("Mapping[object, object]", value)
    return all(isinstance(name, str) and _are_names(each) for name, each in instances.items())
