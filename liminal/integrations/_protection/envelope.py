"""Checks the headers and query parameters of a request.

The defaults of a client are part of the program. Those added to a single call may contain its
content, so they are refused by name, unless the packages add them by themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

from liminal.errors import LiminalError

# Headers that the libraries add by themselves, and ids of the API. Their values have no spaces.
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
# The query parameters that the vendors' clients add to protected operations.
KNOWN_QUERY: Final = re.compile(
    r"(beta=true|(api-version|after|after_id|before_id|limit)=[\w.-]{1,60})?", re.ASCII
)
# Header values are ASCII, and contain no e-mail address.
_WORDS: Final = re.compile(r"[!-+\--?A-~]*(, ?[a-z0-9-]+)*")
# Credentials for the API, and the cookies that it has set itself.
_CREDENTIALS: Final = frozenset({"api-key", "authorization", "x-api-key"})
_CREDENTIAL: Final = re.compile(r"(?:(?:basic|bearer) )?[!-?A-~]*", re.IGNORECASE)
_COOKIES: Final = re.compile(r"[!-?A-~]*(?:; ?[!-?A-~]+)*")


def check_headers(given: Iterable[tuple[str, str]], defaults: Mapping[str, Any]) -> None:
    """Refuse headers that may contain a user's text. LiminalError names the first one."""
    known = {(name.lower(), str(value)) for name, value in defaults.items()}
    for name, value in given:
        lower = name.lower()
        form = _form(lower)
        if (lower, value) in known or (form is not None and form.fullmatch(value)):
            continue
        raise LiminalError(_REFUSED.format(f"header {lower}"))


def _form(name: str) -> re.Pattern[str] | None:
    """Return the pattern of a header's values that can't be a user's text, if there is one."""
    if name in _CREDENTIALS:
        return _CREDENTIAL
    if name in _KNOWN or name.startswith(_KNOWN_PREFIX):
        return _WORDS
    return _COOKIES if name == "cookie" else None


def check_query(query: str, defaults: Mapping[str, Any]) -> None:
    """Refuse query parameters in the same way."""
    known = {(name, str(value)) for name, value in defaults.items()}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if (name, value) not in known and not KNOWN_QUERY.fullmatch(f"{name}={value}"):
            raise LiminalError(_REFUSED.format(f"query parameter {name}"))
