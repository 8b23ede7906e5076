"""The extra headers of a client, sent with every request."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, cast

from liminal.errors import LiminalError

# RFC 9110, 5.6.2.
_TOKEN: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
# The client sets these itself: the session, the target, the framing and encoding of the body, and
# the formats that it can read.
_RESERVED: Final = frozenset(
    {
        "accept",
        "accept-encoding",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "cookie",
        "expect",
        "host",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)


def checked_headers(headers: object) -> Mapping[str, str]:
    """Return the validated headers. A LiminalError says what is wrong without quoting a value."""
    if headers is None:
        return {}
    if not isinstance(headers, Mapping):
        raise LiminalError("headers must be a mapping of names to values, both str")
    from liminal_api.security import SCHEMES  # noqa: PLC0415 - keeps imports cheap

    reserved = _RESERVED | {SCHEMES["environmentToken"].name.lower()}
    found = dict(cast("Mapping[object, object]", headers))
    for name, value in found.items():
        if not isinstance(name, str) or not _TOKEN.fullmatch(name):
            raise LiminalError("headers must have names that HTTP allows (RFC 9110, 5.6.2)")
        if name.lower() in reserved:
            raise LiminalError(f"headers can't replace {name}, which this client sets")
        if not isinstance(value, str) or not _is_value(value):
            raise LiminalError(f"headers must hold a str of visible ASCII for {name}")
    return cast("dict[str, str]", found)


def _is_value(value: str) -> bool:
    return value.isascii() and value.isprintable() and value == value.strip()


def merged(own: Mapping[str, str], headers: Mapping[str, str]) -> dict[str, str]:
    """Return ``headers`` updated by ``own``. The case of names is ignored."""
    names = {name.lower() for name in own}
    return {k: v for k, v in headers.items() if k.lower() not in names} | dict(own)
