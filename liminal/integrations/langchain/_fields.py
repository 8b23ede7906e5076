"""Classifies each field of LangChain's messages and of a model's options.

Messages hold blocks of LangChain's own and of either vendor, so both vendors' fields are known. If
they differ on a name, the stricter one counts.
"""

from __future__ import annotations

from typing import Final

from liminal.integrations._protection.fields import ANTHROPIC, OPENAI
from liminal.integrations._protection.outgoing import Fields, Kind

_STRICTEST_LAST: Final = (
    Kind.OPAQUE,
    Kind.STRUCTURE,
    Kind.IDENTIFIER,
    Kind.TEXT,
    Kind.SCHEMA,
    Kind.DATA,
    Kind.UNCHECKED,
)


def _stricter(name: str) -> Kind:
    kinds = [fields[name] for fields in (OPENAI, ANTHROPIC) if name in fields]
    return max(kinds, key=_STRICTEST_LAST.index)


def _all(kind: Kind, names: str) -> dict[str, Kind]:
    return dict.fromkeys(names.split(), kind)


FIELDS: Final[Fields] = {
    **{name: _stricter(name) for name in {**OPENAI, **ANTHROPIC}},
    **_all(Kind.TEXT, "reasoning reasoning_content"),
    **_all(Kind.DATA, "args partial_json tool_outputs"),
    **_all(
        Kind.UNCHECKED,
        """
        .authorization .headers additional_kwargs.audio audio.id base64 file.id image.id video.id
        file.url image.url video.url audio.url text-plain.url non_standard.value
        """,
    ),
    **_all(Kind.IDENTIFIER, "betas item_id mime_type"),
    **_all(
        Kind.STRUCTURE,
        """
        __openai_role__ additional_kwargs extras invalid_tool_calls lc_source stream_usage
        timeout
        """,
    ),
    **_all(Kind.OPAQUE, "__openai_function_call_ids__"),
}
