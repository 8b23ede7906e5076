# Generated from openapi/liminal.yaml by ./codegen.sh; do not edit.

"""FindingType: the values known so far."""

from enum import StrEnum
from typing import Final


class FindingType(StrEnum):
    """What kind of sensitive text it is. An open set.

    A value that is not listed here stays the string that it is.
    """

    DATE_TIME = "DATE_TIME"
    EMAIL_ADDRESS = "EMAIL_ADDRESS"
    LOCATION = "LOCATION"
    PERSON = "PERSON"


FINDING_TYPE_MEMBERS: Final = {member.value: member for member in FindingType}
