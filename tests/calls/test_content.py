"""Bodies are unpacked within a bound, and only what was asked for is unpacked at all."""

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
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "GZip ": gzip.compress,
    "identity, gzip": gzip.compress,
    "gzip, utf-8": gzip.compress,
    "deflate": zlib.compress,
    " Deflate": raw_deflate,
    "gzip, gzip": lambda body: gzip.compress(gzip.compress(body)),
    "deflate, identity, gzip": lambda body: gzip.compress(zlib.compress(body)),
    "gzip, deflate": lambda body: raw_deflate(gzip.compress(body)),
}
PLAIN = [None, "", "identity", "utf-8", "none", "gzip;q=1"]


@given(st.binary(max_size=2000), st.sampled_from([*PLAIN, *PACKERS]))
def test_a_body_comes_out_as_it_went_in_however_it_was_cut(body, coding):
    packed = PACKERS.get(coding, bytes)(body)
    assert read(coding, *(bytes([byte]) for byte in packed)) == body
    assert read(coding, packed) == body


@given(st.lists(st.binary(max_size=200), max_size=5), st.integers(1, 50))
def test_all_members_of_a_gzip_body_are_read(bodies, size):
    packed = b"".join(gzip.compress(body) for body in bodies)
    pieces = [packed[at : at + size] for at in range(0, len(packed), size)]
    assert read("gzip", *pieces) == b"".join(bodies)


def test_a_gzip_body_of_no_bytes_is_empty():
    assert read("gzip") == b""


@pytest.mark.parametrize("coding", ["compress", "dcz", "gzip, compress"])
def test_a_coding_that_was_not_asked_for_is_refused(coding):
    with pytest.raises(BodyError, match="content coding that was not asked for"):
        ContentDecoder(coding)


def test_a_proxy_may_have_compressed_what_was_compressed_but_not_without_end():
    ContentDecoder(", ".join(["gzip"] * 5))
    with pytest.raises(BodyError, match="more than 5 layers"):
        ContentDecoder(", ".join(["gzip"] * 6))


def test_each_layer_has_to_be_whole():
    packed = gzip.compress(gzip.compress(b"some text, and more of it")[:-9])
    with pytest.raises(BodyError, match="ends in the middle of its gzip data"):
        read("gzip, gzip", packed)


def test_a_body_may_be_as_large_as_the_limit():
    assert read(None, b"12345", limit=5) == b"12345"


@pytest.mark.parametrize("pieces", [[b"123456"], [b"123", b"456"]])
def test_a_body_over_the_limit_is_refused(pieces):
    with pytest.raises(BodyError, match=r"larger than 5 bytes \(max_body_bytes\)"):
        read(None, *pieces, limit=5)


def test_a_gzip_bomb_costs_little_more_than_the_limit():
    bomb = gzip.compress(bytes(64 * MIB), 9)
    tracemalloc.start()
    try:
        with pytest.raises(BodyError, match="larger than"):
            read("gzip", bomb, limit=MIB)
        assert tracemalloc.get_traced_memory()[1] < 3 * MIB
    finally:
        tracemalloc.stop()


def test_a_bomb_within_a_bomb_costs_little_more_than_the_limit():
    bomb = gzip.compress(gzip.compress(bytes(64 * MIB), 9), 9)
    tracemalloc.start()
    try:
        with pytest.raises(BodyError, match="larger than"):
            read("gzip, gzip", bomb, limit=MIB)
        assert tracemalloc.get_traced_memory()[1] < 4 * MIB
    finally:
        tracemalloc.stop()


def test_a_bomb_of_many_members_is_noticed_as_well():
    with pytest.raises(BodyError, match="larger than"):
        read("gzip", gzip.compress(bytes(MIB)) * 3, limit=2 * MIB)


def flushed(body: bytes) -> bytes:
    """Begin raw deflate data that go on."""
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush(zlib.Z_SYNC_FLUSH)


@pytest.mark.parametrize(
    ("coding", "beginning", "more"),
    [
        ("gzip", gzip.compress(b"body"), bytes(4096)),
        ("gzip", gzip.compress(b"body"), gzip.compress(b"") * 200),
        ("deflate", flushed(b"body"), b"\0\0\0\xff\xff" * 800),
        ("gzip, gzip", gzip.compress(gzip.compress(b"body")), gzip.compress(bytes(4096))),
    ],
    ids=["padding", "empty members", "empty blocks", "compressed padding"],
)
def test_what_unpacks_to_nothing_has_an_end_too(coding, beginning, more):
    with pytest.raises(BodyError, match="larger than 1000 bytes"):
        read(coding, beginning, *[more] * 100, limit=1000)


@pytest.mark.parametrize(
    "body",
    [b"plain", gzip.compress(b"body", mtime=0)[:8] + b"\xff" * 20, zlib.compress(b"zlib's own")],
)
def test_what_is_not_gzip_is_refused(body):
    with pytest.raises(BodyError, match="not valid gzip"):
        read("gzip", body)


def test_what_is_not_deflate_is_refused():
    with pytest.raises(BodyError, match="not valid deflate"):
        read("deflate", b"\xff\xffplain")


@given(
    st.sampled_from(["gzip", "deflate", " Deflate"]),
    st.one_of(st.sampled_from([b"\0\0\0\0", b"\r\n", b"\x1f", b"\n"]), st.binary(max_size=9)),
    st.integers(1, 50),
)
def test_padding_after_the_data_is_passed_over_however_it_was_cut(coding, padding, size):
    if padding.startswith(b"\x1f\x8b"):  # the beginning of another member
        return
    packed = PACKERS[coding](b"body") + padding
    assert read(coding, *(packed[at : at + size] for at in range(0, len(packed), size))) == b"body"


def test_data_after_padding_is_padding_too():
    packed = gzip.compress(b"body")
    assert read("gzip", packed, b"\0", packed) == b"body"


@given(st.data())
def test_a_packed_body_that_ends_early_is_refused(data):
    coding = data.draw(st.sampled_from(["gzip", "deflate", " Deflate"]))
    packed = PACKERS[coding](b"some text, and more of it")
    cut = data.draw(st.integers(1, len(packed) - 1))
    with pytest.raises(BodyError, match="in the middle of its"):
        read(coding, packed[:cut])
