"""The models of msal's answers in 2025.5.0. The SDK itself no longer uses them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Self

import attrs

from liminal._calls.discreet import discreet
from liminal.errors import AuthError


@attrs.frozen(kw_only=True)
class _Response:
    token_type: Literal["Bearer"]
    access_token: str = attrs.field(repr=False)
    expires_in: int

    @classmethod
    @discreet
    def from_dict(cls, src: Mapping[str, Any]) -> Self:
        """Take the fields from msal's answer; AuthError names those that are missing."""
        names = [field.name for field in attrs.fields(cls)]
        missing = [name for name in names if name not in src]
        if missing:
            raise AuthError(f"a {cls.__name__} needs {', '.join(missing)}")
        return cls(**{name: src[name] for name in names})

    def to_dict(self) -> dict[str, Any]:
        """Return all fields by name, including the secret ones."""
        return attrs.asdict(self)


@attrs.frozen(kw_only=True)
class MSALCacheTokenResponse(_Response):
    """A token from msal's cache."""

    token_source: Literal["cache"]


@attrs.frozen(kw_only=True)
class MSALIdentityProviderTokenResponse(_Response):
    """A token that Entra ID has issued."""

    scope: str
    ext_expires_in: int
    refresh_token: str = attrs.field(repr=False)
    id_token: str = attrs.field(repr=False)
    client_info: str = attrs.field(repr=False)
    id_token_claims: dict[str, Any] = attrs.field(repr=False)
    token_source: Literal["identity_provider"]
