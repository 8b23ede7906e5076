"""A bar in a notebook or a terminal, drawn by tqdm."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from ._failures import failures_text


class TqdmBar:
    """One line: bar, numbers, rate, time left, failures by kind. ``kind`` is a class of tqdm."""

    def __init__(self, kind: Any) -> None:
        self._bar = kind(file=sys.stderr, dynamic_ncols=True)

    def show(self, done: int, failures: Mapping[str, int], total: int | None) -> None:
        """Draw the numbers, ten times a second at most."""
        self._bar.total = total
        self._bar.set_postfix_str(failures_text(failures), refresh=False)
        self._bar.update(done - self._bar.n)

    def close(self) -> None:
        """Draw for the last time."""
        self._bar.refresh()
        self._bar.close()
