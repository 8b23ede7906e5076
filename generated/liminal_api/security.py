# Generated from openapi/liminal.yaml by ./codegen.sh; do not edit.

"""The security schemes of the contract: where a credential goes in a request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

__all__ = ("SCHEMES", "SecurityScheme")


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityScheme:
    """``location`` is ``cookie``, ``header`` or ``query``; ``prefix`` stands before the credential."""

    name: str
    location: str
    prefix: str = ""


SCHEMES: Final[Mapping[str, SecurityScheme]] = MappingProxyType(
    {
        "sessionCookie": SecurityScheme(name="session", location="cookie"),
        "providerToken": SecurityScheme(name="Authorization", location="header", prefix="Bearer "),
        "environmentToken": SecurityScheme(name="x-test-automation-api-key", location="header"),
    }
)
