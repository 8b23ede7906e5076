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
# None of it is an e-mail address either, or in another script.
_WORDS: Final = re.compile(r"[!-+\--?A-~]*(, ?[a-z0-9-]+)*")
# Credentials for the API, and the cookies that it has set itself.
_CREDENTIALS: Final = frozenset({"api-key", "authorization", "x-api-key"})
_CREDENTIAL: Final = re.compile(r"(?:(?:basic|bearer) )?[!-?A-~]*", re.IGNORECASE)
_COOKIES: Final = re.compile(r"[!-?A-~]*(?:; ?[!-?A-~]+)*")


def check_headers(given: Iterable[tuple[str, str]], defaults: Mapping[str, Any]) -> None:
    """Refuse headers that may hold text of a user's. LiminalError names the first one."""
    known = {(name.lower(), str(value)) for name, value in defaults.items()}
    for name, value in given:
        lower = name.lower()
        form = _form(lower)
        if (lower, value) in known or (form is not None and form.fullmatch(value)):
            continue
        raise LiminalError(_REFUSED.format(f"header {lower}"))


def _form(name: str) -> re.Pattern[str] | None:
    """What the value of a header looks like that isn't a user's text."""
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
