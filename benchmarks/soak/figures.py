"""Figures with their targets, and the table that shows them."""

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

VARIANTS = ("blocking", "asyncio", "trio")

# The target of a figure, as shown in the table; ``of`` is the maximum.
_MEETS: Mapping[str, Callable[[float, int | None], bool]] = MappingProxyType(
    {
        "": lambda value, of: True,
        "all": lambda value, of: value == of,
        "0": lambda value, of: value <= 0,
        "1": lambda value, of: value == 1,
        "< 5": lambda value, of: value < 5,
    }
)


class Figure(NamedTuple):
    """One line: what was measured, and the value of each variant."""

    what: str
    values: Mapping[str, float]
    target: str = ""
    of: int | None = None

    @property
    def met(self) -> bool:
        """Whether every variant meets the target."""
        return all(_MEETS[self.target](value, self.of) for value in self.values.values())

    def shown(self, variant: str) -> str:
        """Format one value."""
        value = self.values.get(variant)
        if value is None:
            return "-"
        number = f"{value:,.1f}" if isinstance(value, float) else f"{value:,}"
        return number if self.of is None else f"{number}/{self.of:,}"


class Found(NamedTuple):
    """The results of a part: figures, problems (a line each), and how to read them."""

    figures: Sequence[Figure]
    problems: Sequence[str] = ()
    meaning: str = ""

    @property
    def is_well(self) -> bool:
        """Whether all targets are met, and there is no problem."""
        return not self.problems and all(figure.met for figure in self.figures)


def table(found: Mapping[str, Found]) -> str:
    """The table of all figures, each with the command that measures it."""
    names = " ".join(f"{variant:>10}" for variant in VARIANTS)
    head = f"{'':50} {names}  {'target':8}measured by"
    lines = [head]
    for command, part in found.items():
        for figure in part.figures:
            values = " ".join(f"{figure.shown(variant):>10}" for variant in VARIANTS)
            missed = "" if figure.met else "   MISSED"
            lines.append(f"{figure.what:50} {values}  {figure.target:8}{command}{missed}")
    problems = [f"problem: {line}" for part in found.values() for line in part.problems]
    meanings = [part.meaning for part in found.values() if part.meaning]
    return "\n".join([*lines, *problems, "", *meanings])


def records(found: Mapping[str, Found]) -> list[dict[str, Any]]:
    """The same as JSON."""
    return [
        {
            "what": figure.what,
            **figure.values,
            "of": figure.of,
            "target": figure.target,
            "met": figure.met,
            "command": command,
        }
        for command, part in found.items()
        for figure in part.figures
    ]


class Progress:
    """Prints the progress of a part on stderr, every few seconds."""

    def __init__(self, what: str, total: float, unit: str) -> None:
        self._what, self._total, self._unit = what, total, unit
        self._next = time.monotonic()

    def __call__(self, done: float) -> None:
        """Record the progress."""
        now = time.monotonic()
        if now >= self._next:
            self._next = now + 5
            told = f"{self._what}: {done:,.0f} of {self._total:,.0f} {self._unit}\n"
            sys.stderr.write(told)
            sys.stderr.flush()
