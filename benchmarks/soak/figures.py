"""Figures beside their targets, and the table that shows them."""

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

VARIANTS = ("blocking", "asyncio", "trio")

# What a figure is to be, as the table has it; ``of`` is how many there were at most.
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
    """One line: what was measured, and what came out in each variant where it was."""

    what: str
    values: Mapping[str, float]
    target: str = ""
    of: int | None = None

    @property
    def met(self) -> bool:
        """Whether every variant comes to the target."""
        return all(_MEETS[self.target](value, self.of) for value in self.values.values())

    def shown(self, variant: str) -> str:
        """One value, to be read."""
        value = self.values.get(variant)
        if value is None:
            return "-"
        number = f"{value:,.1f}" if isinstance(value, float) else f"{value:,}"
        return number if self.of is None else f"{number}/{self.of:,}"


class Found(NamedTuple):
    """What a part has to say: figures, what is wrong (a line each), and how to read it."""

    figures: Sequence[Figure]
    problems: Sequence[str] = ()
    meaning: str = ""

    @property
    def is_well(self) -> bool:
        """Whether all targets are met, and nothing is wrong."""
        return not self.problems and all(figure.met for figure in self.figures)


def table(found: Mapping[str, Found]) -> str:
    """All figures, each with the command that measures it again."""
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
    """The same for machines."""
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
    """Says on the standard error how far a part is, every few seconds."""

    def __init__(self, what: str, total: float, unit: str) -> None:
        self._what, self._total, self._unit = what, total, unit
        self._next = time.monotonic()

    def __call__(self, done: float) -> None:
        """So much is done."""
        now = time.monotonic()
        if now >= self._next:
            self._next = now + 5
            told = f"{self._what}: {done:,.0f} of {self._total:,.0f} {self._unit}\n"
            sys.stderr.write(told)
            sys.stderr.flush()
