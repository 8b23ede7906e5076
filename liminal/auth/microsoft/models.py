"""The module in which 2025.5.0 had its models of msal's answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from liminal._compat.moved import moved

if TYPE_CHECKING:
    from liminal._compat.msal_responses import (
        MSALCacheTokenResponse,
        MSALIdentityProviderTokenResponse,
    )
else:
    __getattr__ = moved(__name__)

__all__ = ["MSALCacheTokenResponse", "MSALIdentityProviderTokenResponse"]
