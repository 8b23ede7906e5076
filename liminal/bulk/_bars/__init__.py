"""Progress bars of bulk runs: rich's in a terminal, tqdm's in a notebook, if they are installed.

Neither is imported before a bar is drawn.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, Protocol


class Bar(Protocol):
    """A progress bar, drawn until it is closed."""

    def show(self, done: int, failures: Mapping[str, int], total: int | None) -> None:
        """Draw the number of items done, failed by kind, and in all (None if unknown)."""

    def close(self) -> None:
        """Stop drawing, and move the cursor below the bar."""


def bar() -> Bar | None:
    """Return a bar for stderr or the notebook; None if there is neither, or no library for it."""
    makers = (
        (_of_notebook, _of_tqdm) if is_notebook() else (_of_rich, _of_tqdm) if is_terminal() else ()
    )
    for make in makers:
        try:
            return make()
        except ImportError:  # it or one of its dependencies is not installed
            continue
    return None


def is_terminal() -> bool:
    """Whether stderr is a terminal that can redraw a line."""
    stream: Any = sys.stderr  # None in programs without a console
    return stream is not None and stream.isatty() and os.environ.get("TERM") != "dumb"


def is_notebook() -> bool:
    """Whether this program runs in the kernel of a notebook."""
    get_ipython: Callable[[], object] | None
    get_ipython = getattr(sys.modules.get("IPython"), "get_ipython", None)
    # IPython has no function for this; tqdm and others check the class's name as well.
    return get_ipython is not None and type(get_ipython()).__name__ == "ZMQInteractiveShell"


def _of_rich() -> Bar:
    from ._rich import RichBar  # noqa: PLC0415 - the library may be missing

    return RichBar()


def _of_notebook() -> Bar:
    import_module("ipywidgets")  # without it, tqdm would warn and fail when it draws
    from tqdm.notebook import tqdm_notebook  # noqa: PLC0415 - the library may be missing

    from ._tqdm import TqdmBar  # noqa: PLC0415 - as above

    return TqdmBar(tqdm_notebook)


def _of_tqdm() -> Bar:
    from tqdm.std import tqdm  # noqa: PLC0415 - the library may be missing

    from ._tqdm import TqdmBar  # noqa: PLC0415 - as above

    return TqdmBar(tqdm)
