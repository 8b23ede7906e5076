"""Shows a person how to sign in when the provider has no ``prompt``."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

from liminal.auth._caught import CaughtForeignError
from liminal.errors import AuthError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from liminal.auth.microsoft._outcomes import SignInPrompt

_logger = logging.getLogger("liminal")


def show_prompt(prompt: SignInPrompt) -> None:
    """Log the message at INFO, or write it to stderr if no handler would show it.

    Otherwise a script without logging set up would wait for a person who never saw the code.
    Raises AuthError if stderr can't be written.
    """
    if _logger.isEnabledFor(logging.INFO) and any(_shows_info(h) for h in _handlers()):
        _logger.info("%s", prompt.message)
        return
    with CaughtForeignError():  # a service may have no stderr, or have closed it
        sys.stderr.write(f"{prompt.message}\n")
        sys.stderr.flush()
        return
    raise AuthError(
        "the sign-in code can't be shown: no handler of the logger 'liminal' accepts INFO, and "
        "nothing can be written to stderr; set up logging, or pass prompt="
    )


def _shows_info(handler: logging.Handler) -> bool:
    return handler.level <= logging.INFO and not isinstance(handler, logging.NullHandler)


def _handlers() -> Iterator[logging.Handler]:
    logger: logging.Logger | None = _logger
    while logger is not None:
        yield from logger.handlers
        logger = logger.parent if logger.propagate else None
