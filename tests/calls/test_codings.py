"""``br`` and ``zstd``: read within a bound by each library there is, and asked for only then."""

import sys
import tracemalloc
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
CODINGS = {
    "brotli": "br",
    "brotlicffi": "br",
    "compression.zstd": "zstd",
    "backports.zstd": "zstd",
    "zstandard": "zstd",
}


def is_there(name: str) -> bool:
    try:
        import_module(name)
    except ImportError:
        return False
    return True


LIBRARIES = [name for name in CODINGS if is_there(name)]
ZSTD = [name for name in LIBRARIES if CODINGS[name] == "zstd"]


@contextmanager
def only(*libraries: str, **instead: Any) -> Iterator[None]:
    """Have no other libraries than these; ``instead`` are stand-ins for some."""
    codings.decoders.cache_clear()
    codings.accept_encoding.cache_clear()
    with pytest.MonkeyPatch.context() as patch:
        for name in CODINGS.keys() - {*libraries}:
            patch.setitem(sys.modules, name, instead.get(name))
        yield
    codings.decoders.cache_clear()
    codings.accept_encoding.cache_clear()


def packed(library: str, body: bytes) -> bytes:
    return bytes(import_module(library).compress(body))


def read(library: str, *pieces: bytes, limit: int = MIB) -> bytes:
    with only(library):
        reader = BodyReader(CODINGS[library], limit)
        for piece in pieces:
            reader.feed(piece)
        return reader.finish()


def test_both_have_a_library_to_be_tested_with() -> None:
    assert {CODINGS[name] for name in LIBRARIES} == {"br", "zstd"}


@given(st.sampled_from(LIBRARIES), st.binary(max_size=2000), st.integers(1, 100))
def test_a_body_comes_out_as_it_went_in_however_it_was_cut(library, body, size):
    data = packed(library, body)
    assert read(library, data) == body
    assert read(library, *(data[at : at + size] for at in range(0, len(data), size))) == body


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_body_of_many_pieces_comes_out_whole(library):
    body = b"".join(b"%d and so on, " % number for number in range(10_000))
    assert read(library, packed(library, body)) == body


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_bomb_costs_little_more_than_the_limit(library):
    bomb = packed(library, bytes(16 * MIB))
    tracemalloc.start()
    try:
        with pytest.raises(BodyError, match="larger than"):
            read(library, bomb)
        assert tracemalloc.get_traced_memory()[1] < 4 * MIB
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("library", LIBRARIES)
def test_no_piece_of_a_bomb_is_large(library):
    with only(library):
        pieces = ContentDecoder(CODINGS[library]).feed(packed(library, bytes(16 * MIB)))
        sizes = [len(piece) for piece in pieces]
    assert sum(sizes) == 16 * MIB
    assert max(sizes) <= MIB


@pytest.mark.parametrize("library", LIBRARIES)
def test_what_is_of_another_coding_is_refused(library):
    with pytest.raises(BodyError, match=f"is not valid {CODINGS[library]}") as caught:
        read(library, b"\xff\xffneither of them")
    assert caught.value.__context__ is None


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_body_that_ends_early_is_refused(library):
    data = packed(library, b"some text, and more of it")
    for cut in range(1, len(data)):
        with pytest.raises(BodyError, match="in the middle of its"):
            read(library, data[:cut])


@given(st.sampled_from(ZSTD), st.integers(1, 50))
def test_all_frames_are_read_and_padding_is_passed_over(library, size):
    skippable = b"\x53\x2a\x4d\x18" + b"\3\0\0\0abc"
    data = packed(library, b"one, ") + skippable + packed(library, b"two") + b"\0\r\n"
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    assert read(library, *pieces) == b"one, two"


@pytest.mark.parametrize("library", [name for name in LIBRARIES if CODINGS[name] == "br"])
@pytest.mark.parametrize("size", [1, 50])
def test_more_behind_the_end_of_br_is_refused_however_it_was_cut(library, size):
    data = packed(library, b"body") + b"\r\n"
    with pytest.raises(BodyError, match="not valid br"):
        read(library, *(data[at : at + size] for at in range(0, len(data), size)))


@pytest.mark.parametrize("library", ZSTD)
def test_a_window_beyond_what_http_allows_is_refused(library):
    """RFC 9659: 8 MB. The head of a frame asks for it, so that a few bytes may ask for much."""
    head = b"\x28\xb5\x2f\xfd\x00" + bytes([(27 - 10) << 3])
    with pytest.raises(BodyError, match="not valid zstd"):
        read(library, head + b"\x01\0\0")


@pytest.mark.parametrize(
    ("libraries", "asks"),
    [
        ((), "gzip"),
        *(((name,), f"gzip, {CODINGS[name]}") for name in LIBRARIES),
        (tuple(LIBRARIES), "gzip, br, zstd"),
    ],
)
def test_a_request_asks_for_what_there_is_a_library_for(libraries, asks):
    with only(*libraries):
        assert codings.accept_encoding() == asks


@pytest.mark.parametrize("coding", ["br", "zstd"])
def test_without_a_library_the_coding_is_refused(coding):
    with only(), pytest.raises(BodyError, match="content coding that was not asked for"):
        ContentDecoder(coding)


def test_a_brotli_that_knows_no_bound_is_as_good_as_none():
    class Unbounded:
        def process(self, _data: bytes) -> bytes:
            raise AssertionError

    old = SimpleNamespace(Decompressor=Unbounded, error=ValueError)
    with only(brotli=old):
        assert codings.accept_encoding() == "gzip"
