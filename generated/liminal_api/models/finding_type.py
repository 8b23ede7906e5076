# Generated from openapi/liminal.yaml by ./codegen.sh; do not edit.

"""FindingType: the values known so far."""

from enum import StrEnum
from typing import Final


class FindingType(StrEnum):
    """The kind of sensitive text. An open set.

    A value that is not listed here is kept as the str that it is.
    """

    PERSON = "PERSON"
    EMAIL_ADDRESS = "EMAIL_ADDRESS"
    LOCATION = "LOCATION"
    DATE_TIME = "DATE_TIME"


FINDING_TYPE_MEMBERS: Final = {member.value: member for member in FindingType}
