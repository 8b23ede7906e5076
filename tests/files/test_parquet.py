"""Parquet: texts are replaced, and schema, metadata, compression and row groups are kept."""

import errno
import io
import sys
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest

from liminal.cli._files.formats.parquet import Parquet
from liminal.cli._files.formats.slots import FileProblemError

from .rewriting import rewritten, texts_of

SCHEMA = pa.schema(
    [
        pa.field("id", pa.int64(), nullable=False, metadata={"unit": "none"}),
        pa.field("note", pa.string()),
        pa.field("kind", pa.dictionary(pa.int32(), pa.string())),
        pa.field("long", pa.large_string()),
        pa.field("at", pa.timestamp("us", "UTC")),
        pa.field("on", pa.bool_()),
    ],
    metadata={"source": "a test"},
)
ROWS = [
    {"id": 1, "note": "Ada", "kind": "A", "long": "Ada", "at": 5, "on": True},
    {"id": 2, "note": None, "kind": "b", "long": " ", "at": None, "on": False},
    {"id": 3, "note": "Bob", "kind": None, "long": "Ada", "at": 7, "on": None},
]
CODECS = {
    "id": "zstd",
    "note": "gzip",
    "kind": "none",
    "long": "snappy",
    "at": "zstd",
    "on": "zstd",
}


def written(table: Any, **options: Any) -> bytes:
    target = io.BytesIO()
    pq.write_table(table, target, **options)
    return target.getvalue()


CONTENT = written(pa.Table.from_pylist(ROWS, SCHEMA), row_group_size=2, compression=CODECS)


def test_texts_are_replaced_and_everything_else_is_kept() -> None:
    changed = rewritten(Parquet(None), CONTENT, lambda text: text.replace("A", "PERSON_0"))
    before, after = pq.ParquetFile(io.BytesIO(CONTENT)), pq.ParquetFile(io.BytesIO(changed))
    assert after.schema_arrow.equals(before.schema_arrow, check_metadata=True)
    sizes = [
        [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)]
        for file in (before, after)
    ]
    assert sizes == [[2, 1], [2, 1]]
    codecs = [
        [file.metadata.row_group(0).column(column).compression for column in range(6)]
        for file in (before, after)
    ]
    assert codecs[0] == codecs[1] == ["ZSTD", "GZIP", "UNCOMPRESSED", "SNAPPY", "ZSTD", "ZSTD"]
    assert after.read().to_pylist() == [
        {
            key: value.replace("A", "PERSON_0") if isinstance(value, str) else value
            for key, value in row.items()
        }
        for row in before.read().to_pylist()
    ]


def without_row_groups() -> bytes:
    target = io.BytesIO()
    pq.ParquetWriter(target, SCHEMA).close()
    return target.getvalue()


@pytest.mark.parametrize("content", [CONTENT, written(SCHEMA.empty_table()), without_row_groups()])
def test_unchanged_texts_are_kept(content: bytes) -> None:
    before = pq.read_table(io.BytesIO(content))
    assert pq.read_table(io.BytesIO(rewritten(Parquet(None), content, str))) == before


def test_row_groups_without_a_change_are_kept() -> None:
    changed = rewritten(Parquet(["note"]), CONTENT, lambda text: text.replace("Bob", "PERSON_0"))
    assert pq.read_table(io.BytesIO(changed))["note"].to_pylist() == ["Ada", None, "PERSON_0"]


@pytest.mark.parametrize(
    ("columns", "expected"),
    [(None, ["Ada", "A", "b", "Ada", "Bob", "Ada"]), (["long"], ["Ada", "Ada"])],
)
def test_columns_are_found_by_name(columns: list[str] | None, expected: list[str]) -> None:
    assert texts_of(Parquet(columns), CONTENT) == expected


NESTED = written(pa.table({"tags": [["Ada"]], "note": ["Ada"]}))
BYTES = written(pa.table({"raw": [b"Ada"], "note": [b"Ada"]}))


@pytest.mark.parametrize(
    ("columns", "content", "problem"),
    [
        (None, b"PAR1 no", "it is not a Parquet file that pyarrow can read and write"),
        (["nte"], CONTENT, "it has no column nte"),
        (["id"], CONTENT, "its column id contains no strings, and only strings can be cleansed"),
        (
            None,
            NESTED,
            "its column tags contains no strings, but may contain text: name the columns",
        ),
        (None, BYTES, "its column raw contains no strings, but may"),
    ],
)
def test_a_value_that_is_not_text_is_refused(
    columns: list[str] | None, content: bytes, problem: str
) -> None:
    with pytest.raises(FileProblemError, match=problem):
        texts_of(Parquet(columns), content)


def test_columns_that_were_not_named_are_kept() -> None:
    changed = rewritten(Parquet(["note"]), NESTED, lambda _: "PERSON_0")
    assert pq.read_table(io.BytesIO(changed)).to_pylist() == [{"tags": ["Ada"], "note": "PERSON_0"}]


def test_without_pyarrow_the_reason_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(FileProblemError, match="pyarrow is not installed: pip install"):
        texts_of(Parquet(None), CONTENT)


class Full(io.BytesIO):
    """A file on a disk with room for the first bytes only."""

    def write(self, content: Any) -> int:
        if self.tell() > 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(content)


def test_a_full_disk_is_distinguished_from_a_broken_file() -> None:
    rewriting = Parquet(None).rewriting(io.BytesIO(CONTENT), Full())
    with pytest.raises(OSError, match="No space left") as caught:
        rewriting.finish()
    assert caught.value.errno == errno.ENOSPC
    rewriting.abandon()


def test_a_file_that_is_not_text_is_refused() -> None:
    """Not every writer checks that its strings are UTF-8."""
    binary = pa.array([b"caf\xe9"], pa.binary())
    wrong = pa.Array.from_buffers(pa.string(), 1, binary.buffers())
    with pytest.raises(FileProblemError, match="it is not a Parquet file"):
        texts_of(Parquet(None), written(pa.table({"note": wrong})))
