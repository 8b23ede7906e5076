# Generated from openapi/liminal.yaml by ./codegen.sh; do not edit.

"""ChatStatus: the values known so far."""

from enum import StrEnum
from typing import Final


class ChatStatus(StrEnum):
    """The status of a turn. An open set.

    A value that is not listed here is kept as the str that it is.
    """

    ACTIVE = "active"


CHAT_STATUS_MEMBERS: Final = {member.value: member for member in ChatStatus}
