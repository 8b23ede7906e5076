"""The options of a bulk run, checked."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypedDict

from liminal._calls.arguments.options import check_count
from liminal.errors import AuthError, LiminalError

from ._result import OnProgress

# The most items, per worker, that were read and whose results were not taken yet. With fewer, the
# other workers would be idle while the next result in order comes from a slow call.
_AHEAD: Final = 4
# Each worker is a task or a thread. More than this is a mistake, and would exhaust memory.
_MOST_AT_ONCE: Final = 10_000


class BulkOptions(TypedDict, total=False):
    """The keyword arguments of the methods of ``client.bulk``."""

    concurrency: int
    ordered: bool
    journal: str | os.PathLike[str] | None
    on_progress: OnProgress | None
    key: Callable[[Any], object] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The options of a run; LiminalError for an invalid one."""

    concurrency: int = 16
    ordered: bool = True
    journal: str | os.PathLike[str] | None = None
    on_progress: OnProgress | None = None
    key: Callable[[Any], object] | None = None
    # The name and arguments of the operation, which must match the journal's.
    what: Mapping[str, object] = field(repr=False)
    # Whether the client has been closed.
    is_closed: Callable[[], bool] = field(repr=False)

    def __post_init__(self) -> None:
        check_count("concurrency", self.concurrency, least=1)
        if self.concurrency > _MOST_AT_ONCE:
            raise LiminalError(f"concurrency must not be more than {_MOST_AT_ONCE}")
        if not (self.on_progress in (None, "bar") or callable(self.on_progress)):
            raise LiminalError('on_progress must be a function, "bar", or None')
        if not (self.key is None or callable(self.key)):
            raise LiminalError("key must be a function, or None")

    @classmethod
    def of(
        cls, options: BulkOptions, *, what: Mapping[str, object], is_closed: Callable[[], bool]
    ) -> Settings:
        """Return the settings from a user's options; LiminalError for an unknown name."""
        unknown = sorted(options.keys() - BulkOptions.__annotations__.keys())
        if unknown:
            names = ", ".join(sorted(BulkOptions.__annotations__))
            raise LiminalError(f"no such option: {', '.join(unknown)}; the options are {names}")
        return cls(**options, what=what, is_closed=is_closed)

    @property
    def is_one_call(self) -> bool:
        """Whether each item is one call of an operation, and not of the user's function."""
        return "operation" in self.what

    @property
    def window(self) -> int:
        """The most items that were read and whose results were not taken yet."""
        return _AHEAD * self.concurrency

    def ends_the_run(self, error: Exception) -> bool:
        """Whether the error ends the run, since all further items would fail in the same way."""
        return isinstance(error, AuthError) or (
            isinstance(error, LiminalError) and self.is_closed()
        )

    def key_of(self, index: int, item: object) -> object:
        """Return the key of an item's result."""
        return index if self.key is None else self.key(item)


def name_of(function: object, journal: object) -> str:
    """Return a function's name for the journal; LiminalError if it has none, as a lambda."""
    module, name = getattr(function, "__module__", ""), getattr(function, "__qualname__", "")
    if journal is not None and (not name or name.endswith("<lambda>")):
        raise LiminalError(
            "a journal identifies a run by its function's name, and this function has none: define"
            " one with def"
        )
    return f"{module}.{name}"


def total_of(items: object) -> int | None:
    """Return the number of items, if it is known without reading them."""
    try:
        return len(items)  # type: ignore[arg-type]
    except Exception:  # noqa: BLE001 - the method of a foreign object may raise anything
        return None
