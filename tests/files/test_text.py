"""Text and Markdown are unchanged except for what is cleansed."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liminal.bulk._pieces import LONGEST
from liminal.cli._files.formats import lines
from liminal.cli._files.formats.slots import BytesRewriting, FileProblemError, Span
from liminal.cli._files.formats.text import Text

from .rewriting import rewritten, texts_of

TEXTS = st.text(st.sampled_from("Ada \n\r\té😀"), max_size=40)


@given(TEXTS, st.booleans())
def test_a_text_is_replaced_and_other_bytes_are_kept(text: str, has_mark: bool) -> None:
    content = b"\xef\xbb\xbf" * has_mark + text.encode()
    assert rewritten(Text(), content, str) == content
    expected = content.replace(b"A", b"PERSON_0")
    assert rewritten(Text(), content, lambda one: one.replace("A", "PERSON_0")) == expected


def test_a_long_text_is_split() -> None:
    text = "A line.\n" * LONGEST
    found = texts_of(Text(), text.encode())
    assert "".join(found) == text
    assert max(map(len, found)) <= LONGEST


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"caf\xe9", "it is not encoded in UTF-8 .line 1"),
        ("One\nAda".encode("utf-16"), "it is not encoded in UTF-8"),
        (b"One\nA\0da", "it is not text: line 2 contains a zero byte"),
    ],
)
def test_a_file_that_is_not_utf_8_text_is_refused(content: bytes, problem: str) -> None:
    with pytest.raises(FileProblemError, match=problem):
        texts_of(Text(), content)


def test_a_line_too_long_for_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "LONGEST", 1 << 20)
    with pytest.raises(FileProblemError, match="line 2 is longer than 1 MiB"):
        texts_of(Text(), b"A\n" + b"A" * (1 << 20) + b"A")


def test_a_source_that_became_shorter_is_an_error() -> None:
    rewriting = BytesRewriting(io.BytesIO(b"One"), io.BytesIO())
    with pytest.raises(FileProblemError, match="it became shorter while it was read"):
        rewriting.put(Span("Ada", 5, 8, str.encode), "PERSON_0")


def test_a_result_that_utf_8_cannot_hold_is_refused() -> None:
    with pytest.raises(FileProblemError, match="can't be encoded in UTF-8"):
        rewritten(Text(), b"Ada", lambda _: "\ud800")
