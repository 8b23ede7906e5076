"""Every field of LangChain's own content blocks and of both vendors' is known."""

from typing import Any, get_args

import pytest
from langchain_core.messages import content

from liminal.integrations._protection.fields import ANTHROPIC, OPENAI
from liminal.integrations._protection.outgoing import Kind
from liminal.integrations.langchain._fields import FIELDS

from ..driving import ADA
from ..request_types import fields_of, lets_through

BLOCKS: Any = content.ContentBlock
# A number or a word, and an object whose fields count one by one.
CHECKED = {"index", "extras"}


def kind_of(owner: str, name: str) -> Kind | None:
    return FIELDS.get(f"{owner}.{name}") or FIELDS.get(name)


def test_every_field_of_a_block_is_known() -> None:
    found = [one for block in get_args(BLOCKS) for one in fields_of(block)]
    assert {(owner, name) for owner, name, _ in found if kind_of(owner, name) is None} == set()
    assert len(found) > 50


def test_no_field_of_a_block_passes_a_name_on() -> None:
    passed = {
        name
        for block in get_args(BLOCKS)
        for owner, name, _ in fields_of(block)
        if name != "type" and lets_through(FIELDS, {"type": owner, name: ADA})
    }
    assert passed == set()


def test_a_field_with_free_text_is_not_classified_as_structure() -> None:
    found = [one for block in get_args(BLOCKS) for one in fields_of(block)]
    holes = {
        (owner, name)
        for owner, name, holds_text in found
        if holds_text and name not in CHECKED
        if kind_of(owner, name) in {Kind.STRUCTURE, Kind.OPAQUE}
    }
    assert holes == set()


@pytest.mark.parametrize("fields", [OPENAI, ANTHROPIC])
def test_no_field_is_less_strict_than_the_vendor_s(fields: Any) -> None:
    free = {Kind.OPAQUE, Kind.STRUCTURE, Kind.IDENTIFIER}
    less = {name for name, kind in fields.items() if kind not in free and FIELDS[name] in free}
    assert less == set()
