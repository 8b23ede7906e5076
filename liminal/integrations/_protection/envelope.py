"""Checks what a request has besides its body: headers and query parameters.

The defaults of a client are part of the program. What is added to a single call may hold what the
call is about, so it is refused by name, unless the packages add it by themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

from liminal.errors import LiminalError

# What the libraries add to a call by themselves, and ids of the API's. None of it has spaces.
_KNOWN: Final = frozenset(
    """
    accept accept-encoding anthropic-beta anthropic-user-profile-id anthropic-version
    anthropic-worker-id anthropic-workspace-id connection content-length content-type host
    idempotency-key openai-beta openai-organization openai-project transfer-encoding
    """.split()  # noqa: SIM905 - quoted one by one they would fill the file
)
_KNOWN_PREFIX: Final = "x-stainless-"
_REFUSED: Final = (
    "the {} can't be checked for sensitive text, so nothing was sent: make it a default of the"
    " client before you protect it, or pass allow_unchecked=True"
)
# All that the vendors' clients add to the URLs of the operations that are protected.
KNOWN_QUERY: Final = re.compile(
    r"(beta=true|(api-version|after|after_id|before_id|limit)=[\w.-]{1,60})?", re.ASCII
)
_WORDS: Final = re.compile(r"[^\s,]*(, ?[a-z0-9-]+)*", re.ASCII)
# Credentials for the API, and the cookies that it has set itself.
_OF_THE_API: Final = frozenset({"api-key", "authorization", "cookie", "x-api-key"})


def check_headers(given: Iterable[tuple[str, str]], defaults: Mapping[str, Any]) -> None:
    """Refuse headers that may hold text of a user's. LiminalError names the first one."""
    known = {(name.lower(), str(value)) for name, value in defaults.items()}
    for name, value in given:
        lower = name.lower()
        is_word = lower in _KNOWN or lower.startswith(_KNOWN_PREFIX)
        if lower in _OF_THE_API or (lower, value) in known or (is_word and _WORDS.fullmatch(value)):
            continue
        raise LiminalError(_REFUSED.format(f"header {lower}"))


def check_query(query: str, defaults: Mapping[str, Any]) -> None:
    """Refuse query parameters likewise."""
    known = {(name, str(value)) for name, value in defaults.items()}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if (name, value) not in known and not KNOWN_QUERY.fullmatch(f"{name}={value}"):
            raise LiminalError(_REFUSED.format(f"query parameter {name}"))
