"""CSV: fields are replaced in the named columns, and no other byte changes."""

import csv
import io
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liminal.cli._files.formats import delimited
from liminal.cli._files.formats.delimited import Delimited, records
from liminal.cli._files.formats.dialects import Dialect
from liminal.cli._files.formats.slots import FileProblemError

from .rewriting import rewritten, texts_of

FIELDS = st.text(st.sampled_from("aA ,;\"'\n\r\té"), max_size=8)
TABLES = st.lists(st.lists(FIELDS, min_size=1, max_size=4), min_size=1, max_size=5)
STYLES = st.fixed_dictionaries(
    {
        "delimiter": st.sampled_from([",", ";", "\t"]),
        "lineterminator": st.sampled_from(["\n", "\r\n", "\r"]),
        "quoting": st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    }
)


def written(table: list[list[str]], **style: Any) -> bytes:
    output = io.StringIO()
    csv.writer(output, **style).writerows(table)
    return output.getvalue().encode()


def read(content: bytes, delimiter: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(), newline=""), delimiter=delimiter))


def form_of(delimiter: str) -> Delimited:
    """Return a format with a known dialect, instead of a detected one."""

    class Known(Delimited):
        def check(self, source: object) -> None:
            self._dialect = Dialect(delimiter.encode())

    return Known("a.csv", None)


@given(TABLES, STYLES)
def test_fields_are_replaced_and_no_other_byte(
    table: list[list[str]], style: dict[str, Any]
) -> None:
    if style["quoting"] == csv.QUOTE_MINIMAL:  # the csv module leaves some line ends unquoted
        table = [[re.sub(r"[\r\n]", "", field) for field in row] for row in table]
    content, delimiter = written(table, **style), style["delimiter"]
    form = form_of(delimiter)
    fields = [field for row in table for field in row]
    assert texts_of(form, content) == [field for field in fields if field.strip()]
    assert rewritten(form, content, str) == content
    changed = rewritten(form, content, lambda text: text.replace("A", '"x"\n;,'))
    expected = [[field.replace("A", '"x"\n;,') for field in row] for row in table]
    assert read(changed, delimiter) == expected
    quoted = content.replace(b"A", b'""x""\n;,')
    if style["quoting"] == csv.QUOTE_ALL:
        assert changed == quoted


@given(TABLES)
def test_the_records_join_to_the_file_and_have_their_positions(table: list[list[str]]) -> None:
    content = written(table, lineterminator="\n")
    found = list(records(io.BytesIO(content), Dialect(b",")))
    assert b"".join(record.content for record in found) == content
    assert [record.start for record in found] == [
        len(b"".join(one.content for one in found[:number])) for number in range(len(found))
    ]
    lines = [content[: record.start].count(b"\n") + 1 for record in found]
    assert [record.number for record in found] == lines


PEOPLE = b'\xef\xbb\xbfid;"the note";name\n1;"Ada ""L""; here";Bob\n2;;\n\n3;"x"\n'


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (["the note"], ['Ada "L"; here', "x"]),
        (["name", "the note"], ['Ada "L"; here', "Bob", "x"]),
        (["3"], ["name", "Bob"]),
        (None, ["id", "the note", "name", "1", 'Ada "L"; here', "Bob", "2", "3", "x"]),
    ],
)
def test_columns_are_found_by_name_or_number(
    columns: list[str] | None, expected: list[str]
) -> None:
    assert texts_of(Delimited("a.csv", columns), PEOPLE) == expected


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.csv", b"a,b\n1,x y\n", ["a", "b", "1", "x y"]),
        ("a.csv", b"a;b\n1;x, y, z\n", ["a", "b", "1", "x, y, z"]),
        ("a.csv", b"a|b\n1|x\n", ["a", "b", "1", "x"]),
        ("a.TSV", b"a,b\tc\n", ["a,b", "c"]),
        (
            "a.csv",
            b"note\nOne, two, or\nFour, five\n",
            ["note", "One, two, or", "Four, five"],
        ),
        ("a.csv", b'a,b\n"say \\"x\\", y",2\n', ["a", "b", 'say "x", y', "2"]),
        ("a.csv", b'a,b\n"C:\\\\",2\n', ["a", "b", "C:\\\\", "2"]),
        ("a.csv", b'a, b\n1, "x, y"\n2, "z"\n', ["a", " b", "1", "x, y", "2", "z"]),
        ("a.csv", b'a"b,c\n', ['a"b', "c"]),
        ("a.csv", b"a,b\r1,2\r", ["a", "b", "1", "2"]),
        ("a.csv", b"", []),
    ],
)
def test_the_dialect_is_detected(name: str, content: bytes, expected: list[str]) -> None:
    form = Delimited(name, None)
    assert texts_of(form, content) == expected
    assert rewritten(form, content, str) == content


def test_a_dialect_may_be_detected_late_in_a_file() -> None:
    """A dialect that fits the first records is dropped if a later one can't be read with it."""
    content = b"a,b\n" + b'1,"x"\n' * 60 + b'2,"say \\"y\\""\n'
    assert texts_of(Delimited("a.csv", ["b"]), content)[-1] == 'say "y"'


def test_backslashes_are_written_as_in_the_file() -> None:
    content = b'a,b\n"A \\"x\\", \\n",2\n'
    changed = rewritten(Delimited("a.csv", None), content, lambda text: text.replace("A", '"B"'))
    assert changed == b'a,b\n"\\"B\\" \\"x\\", \\n",2\n'


@pytest.mark.parametrize("result", ["ends with \\", 'has \\" in it'])
def test_a_result_that_the_dialect_can_t_represent_is_refused(result: str) -> None:
    content = b'a,b\n"say \\"x\\"",2\n'
    with pytest.raises(FileProblemError, match="with the quoting of this file"):
        rewritten(Delimited("a.csv", None), content, lambda _: result)


@pytest.mark.parametrize(
    ("columns", "content", "problem"),
    [
        (None, b'a,b\n1,"x\ny\n', "line 2: a quote is never closed"),
        (None, b'a,b\n1,"x"y\n', "its quotes are not those of a CSV file"),
        (None, b"a,b\n" + b"1,2\n" * 60 + b'1,"x"y\n', "line 62: there is a quote in the middle"),
        (["b"], b"a\n1\n", "its first line has no column b"),
        (["4"], b"a,b\n1,2,3\n", "it has no column 4"),
        (["1", "0"], b"a,b\n1,2,3\n", "it has no column 0"),
        (["a"], b"a,b\n1,2,,\n1,2,3\n", "line 3 has more fields than the first line"),
        (None, b"caf\xe9,b\n", "it is not encoded in UTF-8"),
    ],
)
def test_a_file_that_can_t_be_read_reliably_is_refused(
    columns: list[str] | None, content: bytes, problem: str
) -> None:
    with pytest.raises(FileProblemError, match=problem):
        texts_of(Delimited("a.csv", columns), content)


def test_an_open_quote_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "LONGEST", 1000)
    with pytest.raises(FileProblemError, match="line 2: a quote is still open after"):
        texts_of(Delimited("a.csv", None), b'a,b\n1,"x\n' + b"y\n" * 1000)


def test_the_dialect_is_detected_at_the_beginning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "_SAMPLE", 100)
    content = b"a,b\n" + b"1,x\n" * 1000 + b"1,2;3;4;5\n"
    assert texts_of(Delimited("a.csv", None), content)[-2:] == ["1", "2;3;4;5"]
