"""Tells a person how to sign in, where no ``prompt`` was given."""

from __future__ import annotations

import logging
import sys

_logger = logging.getLogger("liminal")


def announce(message: str) -> None:
    """Log ``message`` at INFO; in a program that shows no such log, write it to stderr instead.

    Otherwise a script that never set up logging would wait for a person who was told nothing.
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
