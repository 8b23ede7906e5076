# Generated from openapi/liminal.yaml by ./codegen.sh; do not edit.

"""PolicyAction: the values known so far."""

from enum import StrEnum
from typing import Final


class PolicyAction(StrEnum):
    """The policy's action for a finding. An open set.

    A value that is not listed here is kept as the str that it is.
    """

    REDACT = "redact"
    MASK = "mask"


POLICY_ACTION_MEMBERS: Final = {member.value: member for member in PolicyAction}
