"""A local authority for all tests of signing in with Microsoft, and providers for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from liminal.auth.microsoft.device_code_flow import DeviceCodeFlowProvider
    from liminal.sandbox.authority import Authority

# What the authority is asked for when a person signs in.
SIGN_IN = ["openid-configuration", "devicecode", "token:device_code"]


@pytest.fixture(scope="session")
def running_authority() -> Iterator[tuple[Authority, dict[str, Any]]]:
    """Give the authority and its settings as they are at the start."""
    from liminal.sandbox.authority import Authority

    with Authority() as authority:
        settings = {name: value for name, value in vars(authority).items() if name[0] != "_"}
        yield authority, settings


@pytest.fixture
def authority(running_authority: tuple[Authority, dict[str, Any]]) -> Authority:
    """Give an authority without memory, where everybody approves the sign-in at once."""
    authority, settings = running_authority
    authority.reset()
    vars(authority).update(settings)
    return authority


@pytest.fixture
def make_provider(authority: Authority) -> Callable[..., DeviceCodeFlowProvider]:
    """Make a provider for the authority, which logs no prompt."""
    from liminal.auth.microsoft.device_code_flow import (
        DeviceCodeFlowProvider,
    )

    def make(**options: Any) -> DeviceCodeFlowProvider:
        given = {"authority": authority.url, "verify": authority.ca_file, "prompt": str, **options}
        return DeviceCodeFlowProvider(authority.tenant_id, "client", **given)

    return make
