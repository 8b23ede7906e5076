"""No content makes a format fail other than with a FileProblemError."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from liminal.cli._files.formats.delimited import Delimited
from liminal.cli._files.formats.json_lines import Fields, JsonLines
from liminal.cli._files.formats.slots import FileProblemError, Format
from liminal.cli._files.formats.text import Text

from .rewriting import rewritten

FORMATS: dict[str, Callable[[], Format]] = {
    "text": Text,
    "csv": lambda: Delimited("a.csv", None),
    "a column of csv": lambda: Delimited("a.csv", ["2"]),
    "json lines": lambda: JsonLines(Fields(None)),
}
PARTS = ["a", " ", ",", ";", "\t", "|", '"', "\\", "\r", "\n", "é", "{", "}", "[", "]", ":", "1"]
CONTENTS = st.lists(st.sampled_from([*(part.encode() for part in PARTS), b"\xe9", b"\0"]))


@pytest.mark.parametrize("form", FORMATS.values(), ids=FORMATS)
@given(CONTENTS.map(b"".join))
@example(b"\xef\xbb\xbf")
def test_a_file_is_refused_or_unchanged_without_findings(
    form: Callable[[], Format], content: bytes
) -> None:
    with suppress(FileProblemError):
        assert rewritten(form(), content, str) == content
