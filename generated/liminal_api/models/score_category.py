# Generated from openapi/liminal.yaml by ./codegen.sh; do not edit.

"""ScoreCategory: the values known so far."""

from enum import StrEnum
from typing import Final


class ScoreCategory(StrEnum):
    """The category of the score. An open set.

    A value that is not listed here is kept as the str that it is.
    """

    VERY_LIKELY = "VERY LIKELY"


SCORE_CATEGORY_MEMBERS: Final = {member.value: member for member in ScoreCategory}
