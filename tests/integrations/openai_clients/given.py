"""The requests and answers in the tests of protected clients."""

from typing import Any

import pytest
from pydantic import BaseModel

from liminal.testing import Reply, ToolCall

ADA = "Ada Lovelace"


LETTER: Any = [{"role": "user", "content": f"Write to {ADA}"}]


SEND = Reply("Dear PERSON_0, yes, PERSON_0", tool_calls=[ToolCall("send", {"to": "PERSON_0"})])


CUTS: Any = pytest.mark.parametrize(
    ("cut", "packet"), [(None, None), (1, None), (3, 1), (5, 7), (100, 3)]
)


class Letter(BaseModel):
    to: str
