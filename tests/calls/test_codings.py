"""Each content coding by each library that decodes it: whole, bounded, and refused when broken."""

import gzip
import sys
import tracemalloc
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liminal._calls import codings
from liminal._calls.content import BodyError, BodyReader, ContentDecoder

MIB = 1024 * 1024
OPTIONAL = {
    "brotli": "br",
    "brotlicffi": "br",
    "compression.zstd": "zstd",
    "backports.zstd": "zstd",
    "zstandard": "zstd",
}
CODINGS = {"gzip": "gzip", "zlib": "deflate", "raw zlib": "deflate", **OPTIONAL}
PACKERS = {
    "gzip": gzip.compress,
    "zlib": zlib.compress,
    "raw zlib": lambda body: zlib.compress(body, wbits=-15),
}
for _name in OPTIONAL:
    try:
        PACKERS[_name] = import_module(_name).compress
    except ImportError:
        continue
INSTALLED = [name for name in OPTIONAL if name in PACKERS]
BROTLI = [name for name in INSTALLED if CODINGS[name] == "br"]
ZSTD = [name for name in INSTALLED if CODINGS[name] == "zstd"]

each_library = pytest.mark.parametrize("library", PACKERS)


@contextmanager
def only(*libraries: str, **instead: Any) -> Iterator[None]:
    """Have no other optional libraries than these; ``instead`` are stand-ins for some."""
    codings.decoders.cache_clear()
    codings.accept_encoding.cache_clear()
    with pytest.MonkeyPatch.context() as patch:
        for name in OPTIONAL.keys() - {*libraries}:
            patch.setitem(sys.modules, name, instead.get(name))
        yield
    codings.decoders.cache_clear()
    codings.accept_encoding.cache_clear()


def read(library: str, data: bytes, size: int | None = None) -> bytes:
    """Decode data that come in pieces of this size."""
    with only(library):
        reader = BodyReader(CODINGS[library], MIB)
        for at in range(0, len(data), size or len(data)):
            reader.feed(data[at : at + (size or len(data))])
        return reader.finish()


def test_each_optional_coding_has_a_library_to_be_tested_with():
    assert BROTLI
    assert ZSTD


@given(st.sampled_from(list(PACKERS)), st.binary(max_size=2000), st.integers(1, 100))
def test_a_body_is_decoded_however_it_is_split(library, body, size):
    data = PACKERS[library](body)
    assert read(library, data) == read(library, data, size) == body


@each_library
def test_a_body_of_many_pieces_comes_out_whole(library):
    body = b"".join(b"%d and so on, " % number for number in range(10_000))
    assert read(library, PACKERS[library](body)) == body


def test_raw_deflate_is_read_though_its_first_bytes_are_a_multiple_of_31_like_zlib_s():
    packed = (PACKERS["raw zlib"](b"%d" % number) for number in range(1000))
    data = [one for one in packed if int.from_bytes(one[:2]) % 31 == 0]
    assert data
    assert [zlib.decompress(one, wbits=-15) for one in data] == [
        read("raw zlib", one) for one in data
    ]


@each_library
def test_a_bomb_comes_in_small_pieces_and_costs_little_more_than_the_limit(library):
    bomb = PACKERS[library](bytes(16 * MIB))
    with only(library):
        sizes = [len(piece) for piece in ContentDecoder(CODINGS[library]).feed(bomb)]
    assert sum(sizes) == 16 * MIB
    assert max(sizes) <= MIB

    tracemalloc.start()
    try:
        with pytest.raises(BodyError, match="larger than"):
            read(library, bomb)
        assert tracemalloc.get_traced_memory()[1] < 4 * MIB
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("library", "data"),
    [
        *((library, b"\xff\xffneither of them") for library in PACKERS),
        ("gzip", gzip.compress(b"body", mtime=0)[:8] + b"\xff" * 20),
        ("gzip", zlib.compress(b"zlib's own")),
        # A window of 128 MiB: RFC 9659 allows 8, and a few bytes could ask for that much memory.
        *((library, b"\x28\xb5\x2f\xfd\x00\x88\x01\0\0") for library in ZSTD),
        *((library, PACKERS[library](b"body") + b"\r\n") for library in BROTLI),
    ],
)
@pytest.mark.parametrize("size", [None, 1])
def test_malformed_data_are_refused_without_quoting_them(library, data, size):
    with pytest.raises(BodyError, match=f"is not valid {CODINGS[library]}") as caught:
        read(library, data, size)
    assert caught.value.__context__ is None


@each_library
def test_a_body_that_ends_early_is_refused(library):
    data = PACKERS[library](b"some text, and more of it")
    for end in range(1, len(data)):
        with pytest.raises(BodyError, match="in the middle of its"):
            read(library, data[:end])


@given(
    st.sampled_from(["gzip", *ZSTD]),
    st.lists(st.binary(max_size=200), min_size=1, max_size=5),
    st.integers(1, 50),
)
def test_all_members_of_a_body_are_read(library, bodies, size):
    data = b"".join(PACKERS[library](body) for body in bodies)
    assert read(library, data, size) == b"".join(bodies)


@pytest.mark.parametrize("library", ZSTD)
@pytest.mark.parametrize("size", [1, 3, 50])
def test_a_skippable_frame_of_zstd_is_skipped(library, size):
    one, skippable, two = b"one, ", b"\x53\x2a\x4d\x18\3\0\0\0abc", b"two"
    data = PACKERS[library](one) + skippable + PACKERS[library](two)
    assert read(library, data, size) == one + two


# The bytes with which another member could begin.
MAGIC = {0x1F, 0x28, *range(0x50, 0x60)}


@given(
    st.sampled_from([name for name in PACKERS if name not in BROTLI]),
    st.sampled_from([b"\0\0\0\0", b"\r\n", b"\x1f", b"\0" + gzip.compress(b"more")])
    | st.binary(max_size=9).filter(lambda padding: not MAGIC.intersection(padding[:1])),
    st.integers(1, 50),
)
def test_padding_after_the_data_is_ignored_however_it_is_split(library, padding, size):
    assert read(library, PACKERS[library](b"body") + padding, size) == b"body"


@pytest.mark.parametrize(
    ("libraries", "asks"),
    [
        ((), "gzip"),
        *(((name,), f"gzip, {CODINGS[name]}") for name in INSTALLED),
        (tuple(INSTALLED), "gzip, br, zstd"),
    ],
)
def test_a_coding_without_a_library_is_neither_requested_nor_decoded(libraries, asks):
    with only(*libraries):
        assert codings.accept_encoding() == asks
        for coding in {"br", "zstd"}.difference(asks.split(", ")):
            with pytest.raises(BodyError, match="content coding that was not requested"):
                ContentDecoder(coding)


def test_a_brotli_without_an_output_limit_is_not_used():
    def process(_self: object, _data: bytes) -> bytes:
        raise AssertionError

    old = SimpleNamespace(Decompressor=type("Old", (), {"process": process}), error=ValueError)
    with only(brotli=old):
        assert codings.accept_encoding() == "gzip"
