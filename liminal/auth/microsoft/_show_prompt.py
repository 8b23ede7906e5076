"""Shows a person how to sign in when the provider has no ``prompt``."""

from __future__ import annotations

import logging
import sys

_logger = logging.getLogger("liminal")


def show_prompt(message: str) -> None:
    """Log ``message`` at INFO, or write it to stderr if no handler would show it.

    Otherwise a script without logging set up would wait for a person who never saw the code.
    """
    if _is_shown():
        _logger.info("%s", message)
    else:
        sys.stderr.write(f"{message}\n")
        sys.stderr.flush()


def _is_shown() -> bool:
    return _logger.isEnabledFor(logging.INFO) and any(
        handler.level <= logging.INFO and not isinstance(handler, logging.NullHandler)
        for handler in _handlers()
    )


def _handlers() -> list[logging.Handler]:
    found: list[logging.Handler] = []
    logger: logging.Logger | None = _logger
    while logger is not None:
        found += logger.handlers
        logger = logger.parent if logger.propagate else None
    return found
