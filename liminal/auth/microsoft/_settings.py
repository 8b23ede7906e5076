"""What a device-code sign-in is told, checked where it is given."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import urlsplit

import attrs

from liminal._http.settings.network_options import is_tls_context
from liminal.auth._caught import CaughtForeignError
from liminal.auth._private_file import file_path
from liminal.errors import AuthError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable

PUBLIC_CLOUD: Final = "https://login.microsoftonline.com"
DEFAULT_SCOPES: Final = ["User.Read"]
DEFAULT_TIMEOUT: Final = 60.0
# msal adds these itself, and refuses to be given them.
_RESERVED: Final = frozenset({"offline_access", "openid", "profile"})
# Some thirty years. Clocks can't be told of times that are far longer.
_LONGEST: Final = 1e9
# GUIDs, domain names, and words such as `organizations`.
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def _check_id(_: Settings, attribute: attrs.Attribute[str], value: object) -> None:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise AuthError(
            f"{attribute.name} must be an ID such as 00000000-0000-0000-0000-000000000000: find "
            "it in the overview of the app registration"
        )


def _check_seconds(_: Settings, attribute: attrs.Attribute[float], value: object) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 < cast("float", value) < _LONGEST:
        raise AuthError(f"{attribute.name} must be a positive number of seconds")


def _check_scopes(
    _: Settings, __: attrs.Attribute[tuple[str, ...]], value: tuple[object, ...]
) -> None:
    if not value or not all(_is_scope(scope) for scope in value):
        raise AuthError('scopes must be a list of str, such as ["User.Read"]')
    if not _RESERVED.isdisjoint(value):
        raise AuthError(f"scopes must not hold {', '.join(sorted(_RESERVED))}: they are implied")


def _is_scope(value: object) -> bool:
    return isinstance(value, str) and value.isprintable() and value != "" and " " not in value


def _check_verify(_: Settings, __: attrs.Attribute[Any], value: object) -> None:
    if not value:
        raise AuthError(
            "verify can't be turned off, as anybody could pose as your identity provider: give it "
            "the path of a CA file, or an ssl.SSLContext"
        )
    if value is not True and not isinstance(value, str | os.PathLike) and not is_tls_context(value):
        raise AuthError(
            "verify must be True, the path of a CA file or folder, or an ssl.SSLContext for clients"
        )


def _check_token_cache(_: Settings, __: attrs.Attribute[Any], value: object) -> None:
    if value is not None:
        file_path("token_cache", value)


@attrs.frozen(kw_only=True)
class Settings:
    """Where to sign in, as what, and how long a person may take. Wrong values raise AuthError."""

    tenant_id: str = attrs.field(validator=_check_id)
    client_id: str = attrs.field(validator=_check_id)
    authority: str
    scopes: tuple[str, ...] = attrs.field(validator=_check_scopes)
    auth_challenge_timeout: float = attrs.field(validator=_check_seconds)
    token_cache: str | os.PathLike[str] | None = attrs.field(validator=_check_token_cache)
    verify: bool | str | os.PathLike[str] | ssl.SSLContext = attrs.field(validator=_check_verify)

    @property
    def host(self) -> str:
        """The authority's host, for messages."""
        return urlsplit(self.authority).netloc


def full_authority(authority: object, tenant_id: str) -> str:
    """Return the URL of the tenant at ``authority``: its own path, or else the tenant's ID."""
    if not isinstance(authority, str) or not _is_https(authority):
        raise AuthError(
            f"authority must be an https:// URL such as {PUBLIC_CLOUD}, without a query"
        )
    authority = authority.rstrip("/")
    return authority if urlsplit(authority).path else f"{authority}/{tenant_id}"


def _is_https(url: str) -> bool:
    if not (url.isascii() and url.isprintable()) or " " in url:
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    extra = parts.username or parts.query or parts.fragment
    return parts.scheme == "https" and bool(parts.hostname) and not extra


def as_scopes(scopes: object) -> tuple[str, ...]:
    """Return the scopes as they are kept; what is no list of them, as a lone str, becomes none."""
    with CaughtForeignError():
        return () if isinstance(scopes, str) else tuple(cast("Iterable[str]", scopes))
    return ()


def check_person(prompt: object, interactive: object) -> None:
    """How a person is asked, and whether."""
    if prompt is not None and not callable(prompt):
        raise AuthError("prompt must be a function that is given a SignInPrompt, or None")
    if not isinstance(interactive, bool):
        raise AuthError("interactive must be True or False")
