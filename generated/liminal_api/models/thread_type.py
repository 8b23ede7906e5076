# Generated from openapi/liminal.yaml by ./codegen.sh; do not edit.

"""ThreadType: the values known so far."""

from enum import StrEnum
from typing import Final


class ThreadType(StrEnum):
    """The purpose of a thread. An open set.

    A value that is not listed here is kept as the str that it is.
    """

    DEFAULT = "default"
    TRAINER = "trainer"


THREAD_TYPE_MEMBERS: Final = {member.value: member for member in ThreadType}
