"""The instructions for the model are added to those of the request, whatever their form."""

import json
from typing import Any

import pytest

from liminal._streams.resolver import Resolver
from liminal.integrations._protection.protection import (
    ANTHROPIC_OPERATIONS,
    OPENAI_OPERATIONS,
    Protection,
    Rules,
    Sent,
)

from .driving import Service

ADDED = {"role": "system", "content": "Keep them."}
PART = {"type": "text", "text": "Keep them."}
ITEM = {"role": "developer", "content": "Keep them."}
GIVEN = {"type": "text", "text": "be kind"}


@pytest.mark.parametrize(
    ("path", "given", "sent"),
    [
        ("/chat/completions", {"messages": []}, {"messages": [ADDED]}),
        (
            "/chat/completions",
            {"messages": [{"role": "system", "content": "be kind"}]},
            {"messages": [{"role": "system", "content": "be kind\n\nKeep them."}]},
        ),
        (
            "/chat/completions",
            {"messages": [{"role": "developer", "content": [GIVEN]}]},
            {"messages": [{"role": "developer", "content": [GIVEN, PART]}]},
        ),
        (
            "/chat/completions",
            {"messages": [{"role": "system", "content": None}]},
            {"messages": [ADDED, {"role": "system", "content": None}]},
        ),
        ("/chat/completions", {"messages": "be kind"}, {"messages": "be kind"}),
        ("/responses", {}, {"instructions": "Keep them."}),
        ("/responses", {"instructions": "be kind"}, {"instructions": "be kind\n\nKeep them."}),
        ("/responses", {"instructions": [ITEM]}, {"instructions": [ITEM, ITEM]}),
        ("/messages", {"system": "be kind"}, {"system": "be kind\n\nKeep them."}),
        ("/messages", {"system": [GIVEN]}, {"system": [GIVEN, PART]}),
        ("/messages", {"system": 5}, {"system": 5}),
    ],
)
def test_instructions_are_added_where_the_api_has_them(path: str, given: Any, sent: Any) -> None:
    operations = {**OPENAI_OPERATIONS, **ANTHROPIC_OPERATIONS}
    protection = Protection(Resolver(), operations, Rules("Keep them."), is_shared=True)
    request = Sent("POST", f"/v1{path}", "", [], json.dumps(given).encode())
    assert json.loads(Service().run(protection.request(request)).body) == sent
