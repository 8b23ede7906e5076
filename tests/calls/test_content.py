"""The layers of ``Content-Encoding``, and the bound of a decoded body."""

import gzip
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liminal._calls.content import BodyError, BodyReader, ContentDecoder

MIB = 1024 * 1024


def read(coding: str | None, *pieces: bytes, limit: int = MIB) -> bytes:
    reader = BodyReader(coding, limit)
    for piece in pieces:
        reader.feed(piece)
    return reader.finish()


def raw_deflate(body: bytes) -> bytes:
    return zlib.compress(body, wbits=-15)


PACKERS = {
    **dict.fromkeys([None, "", "identity", "utf-8", "none", "gzip;q=1"], bytes),
    **dict.fromkeys(["gzip", "x-gzip", "GZip ", "identity, gzip", "gzip, utf-8"], gzip.compress),
    "deflate": zlib.compress,
    " Deflate": raw_deflate,
    "gzip, gzip": lambda body: gzip.compress(gzip.compress(body)),
    "deflate, identity, gzip": lambda body: gzip.compress(zlib.compress(body)),
    "gzip, deflate": lambda body: raw_deflate(gzip.compress(body)),
}


@given(st.binary(max_size=2000), st.sampled_from(list(PACKERS)))
def test_a_body_is_decoded_through_all_its_layers(body, coding):
    packed = PACKERS[coding](body)
    assert read(coding, packed) == read(coding, *(bytes([byte]) for byte in packed)) == body


def test_a_gzip_body_of_no_bytes_is_empty():
    assert read("gzip") == b""


@pytest.mark.parametrize(
    ("coding", "problem"),
    [
        *((coding, "was not requested") for coding in ("compress", "dcz", "gzip, compress")),
        (", ".join(["gzip"] * 6), "more than 5 layers"),
    ],
)
def test_other_codings_and_too_many_layers_are_refused(coding, problem):
    for allowed in (", ".join(["gzip"] * 5), "gzip, deflate, br, zstd"):
        ContentDecoder(allowed)
    with pytest.raises(BodyError, match=problem):
        ContentDecoder(coding)


def test_each_layer_must_be_complete():
    packed = gzip.compress(gzip.compress(b"some text, and more of it")[:-9])
    with pytest.raises(BodyError, match="ends in the middle of its gzip data"):
        read("gzip, gzip", packed)


@pytest.mark.parametrize("pieces", [[b"123456"], [b"123", b"456"]])
def test_a_body_may_be_as_large_as_the_limit_and_no_larger(pieces):
    assert read(None, *pieces, limit=6) == b"123456"
    with pytest.raises(BodyError, match=r"larger than 5 bytes \(max_body_bytes\)"):
        read(None, *pieces, limit=5)


def test_a_bomb_within_a_bomb_costs_little_more_than_the_limit():
    bomb = gzip.compress(gzip.compress(bytes(64 * MIB), 9), 9)
    tracemalloc.start()
    try:
        with pytest.raises(BodyError, match="larger than"):
            read("gzip, gzip", bomb, limit=MIB)
        assert tracemalloc.get_traced_memory()[1] < 4 * MIB
    finally:
        tracemalloc.stop()


def flushed(body: bytes) -> bytes:
    """Begin raw deflate data that go on."""
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush(zlib.Z_SYNC_FLUSH)


@pytest.mark.parametrize(
    ("coding", "beginning", "more"),
    [
        ("gzip", b"", gzip.compress(bytes(500))),
        ("gzip", gzip.compress(b"body"), bytes(4096)),
        ("gzip", gzip.compress(b"body"), gzip.compress(b"") * 200),
        ("deflate", flushed(b"body"), b"\0\0\0\xff\xff" * 800),
        ("gzip, gzip", gzip.compress(gzip.compress(b"body")), gzip.compress(bytes(4096))),
    ],
    ids=["many members", "padding", "empty members", "empty blocks", "compressed padding"],
)
def test_a_body_that_decodes_to_little_or_nothing_is_bounded_too(coding, beginning, more):
    with pytest.raises(BodyError, match="larger than 1000 bytes"):
        read(coding, beginning, *[more] * 100, limit=1000)


@pytest.mark.parametrize(("padding", "limit"), [(60_000, 1000), (1_500_000, MIB)])
def test_an_encoded_body_may_be_larger_than_its_content(padding, limit):
    assert read("gzip", gzip.compress(b"body") + bytes(padding), limit=limit) == b"body"
