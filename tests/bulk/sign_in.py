"""Functions that the recipes of the tests name and each process calls."""

import os
from collections.abc import Mapping

from liminal.auth import Token


def token() -> Token:
    return Token(os.environ["TEST_TOKEN"])


def headers() -> Mapping[str, str]:
    return {"X-Gateway-Key": "kanarie"}


class Sign:
    @staticmethod
    def token() -> Token:
        return token()
