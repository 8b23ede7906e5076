# Generated from openapi/liminal.yaml by ./codegen.sh; do not edit.

"""ProviderKey: the values known so far."""

from enum import StrEnum
from typing import Final


class ProviderKey(StrEnum):
    """The provider of a model. An open set.

    A value that is not listed here is kept as the str that it is.
    """

    OPENAI = "openai"
    ANTHROPIC = "anthropic"


PROVIDER_KEY_MEMBERS: Final = {member.value: member for member in ProviderKey}
