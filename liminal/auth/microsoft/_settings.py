"""The arguments of a device-code sign-in, checked where they are given."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import urlsplit

import attrs

from liminal._http.settings.network_options import is_tls_context
from liminal.auth._caught import CaughtForeignError
from liminal.auth._private_file import file_path
from liminal.errors import AuthError

if TYPE_CHECKING:
    import ssl

    from liminal.auth.microsoft._outcomes import SignInPrompt

PUBLIC_CLOUD: Final = "https://login.microsoftonline.com"
DEFAULT_SCOPES: Final = ["User.Read"]
DEFAULT_TIMEOUT: Final = 60.0
# msal adds these itself, and refuses them as arguments.
_RESERVED: Final = frozenset({"offline_access", "openid", "profile"})
# Some thirty years: timers overflow with much longer times.
_LONGEST: Final = 1e9
# GUIDs, domain names, and words such as `organizations`.
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def _is_id(value: object) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def _is_timeout(value: object) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and 0 < cast("float", value) < _LONGEST


def _are_scopes(value: tuple[object, ...]) -> bool:
    return bool(value) and all(_is_word(scope) for scope in value)


def _is_word(value: object) -> bool:
    return isinstance(value, str) and value.isprintable() and value != "" and " " not in value


def _is_https(url: object) -> bool:
    if not _is_word(url) or not str(url).isascii():
        return False
    try:
        parts = urlsplit(str(url))
    except ValueError:
        return False
    extra = parts.query or parts.fragment or "@" in parts.netloc
    return parts.scheme == "https" and bool(parts.hostname) and not extra


def _is_prompt(value: object) -> bool:
    return value is None or callable(value)


def _is_verify(value: object) -> bool:
    return value is True or isinstance(value, str | os.PathLike) or is_tls_context(value)


_AN_ID: Final = (
    "must be an ID such as 00000000-0000-0000-0000-000000000000: find it in the overview of the "
    "app registration"
)
_NOT_RESERVED: Final = (
    f"must not contain {', '.join(sorted(_RESERVED))}: these are always requested"
)
_NOT_OFF: Final = (
    "can't be turned off, since anyone could impersonate your identity provider: pass the path of a"
    " CA file, or an ssl.SSLContext"
)
_A_VERIFY: Final = "must be True, the path of a CA file or folder, or an ssl.SSLContext for clients"
_RULES: Final[tuple[tuple[str, Callable[[Any], bool], str], ...]] = (
    ("tenant_id", _is_id, _AN_ID),
    ("client_id", _is_id, _AN_ID),
    ("auth_challenge_timeout", _is_timeout, "must be a positive number of seconds"),
    ("scopes", _are_scopes, 'must be a list of str, such as ["User.Read"]'),
    ("scopes", _RESERVED.isdisjoint, _NOT_RESERVED),
    ("authority", _is_https, f"must be an https:// URL such as {PUBLIC_CLOUD}, without a query"),
    ("prompt", _is_prompt, "must be a function that takes a SignInPrompt, or None"),
    ("verify", bool, _NOT_OFF),
    ("verify", _is_verify, _A_VERIFY),
    ("interactive", lambda value: isinstance(value, bool), "must be True or False"),
)


def _as_scopes(scopes: object) -> tuple[str, ...]:
    """Return the scopes as a tuple, empty if they are no list of them, such as a lone str."""
    with CaughtForeignError():
        return () if isinstance(scopes, str) else tuple(cast("Iterable[str]", scopes))
    return ()


@attrs.frozen(kw_only=True)
class Settings:
    """Where to sign in, as what, and how a person is asked. Wrong values raise AuthError."""

    tenant_id: str
    client_id: str
    auth_challenge_timeout: float
    scopes: tuple[str, ...] = attrs.field(converter=_as_scopes)
    authority: str
    prompt: Callable[[SignInPrompt], object] | None
    token_cache: str | os.PathLike[str] | None
    verify: bool | str | os.PathLike[str] | ssl.SSLContext
    interactive: bool

    def __attrs_post_init__(self) -> None:
        for name, is_valid, rule in _RULES:
            if not is_valid(getattr(self, name)):
                raise AuthError(f"{name} {rule}")
        if self.token_cache is not None:
            file_path("token_cache", self.token_cache)

    @property
    def url(self) -> str:
        """The URL of the tenant at the authority: its own path, or else the tenant's ID."""
        url = self.authority.rstrip("/")
        return url if urlsplit(url).path else f"{url}/{self.tenant_id}"

    @property
    def host(self) -> str:
        """The authority's host, for messages."""
        return urlsplit(self.authority).netloc
