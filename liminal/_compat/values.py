"""The old constants. To set one changes nothing; what to set instead is in docs/migrating.md."""

from __future__ import annotations

import logging
from typing import Final, TypeVar

DEFAULT_REQUEST_TIMEOUT: Final[int] = 60
DEFAULT_AUTH_CHALLENGE_TIMEOUT: Final[int] = 60
LOGGER: Final[logging.Logger] = logging.getLogger("liminal")
SOURCE: Final[str] = "sdk"
ValidatedResponseT = TypeVar("ValidatedResponseT")
