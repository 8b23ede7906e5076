"""Broken streams by the thousand: chunks or an error of the SDK's, and the same wherever it is cut.

One example is MUTATIONS streams, so that hypothesis's hundred examples are 20,000 streams, and the
nightly profile's 5,000 are a million. ``random.Random`` makes them from a seed that hypothesis
draws, and prints if the test fails.
"""

import random

from hypothesis import given
from hypothesis import strategies as st

from liminal._prompt_chunks import ChunkDecoder
from liminal.errors import ResponseValidationError, StreamServerError

MUTATIONS = 200
BOUND = 200  # of an event, so that streams of ordinary size go over it now and then

SSE = "text/event-stream"
LINES = "application/x-ndjson"

CHUNK = b'{"content":" token","finishReason":null}'
ODD = '{"content": "\\ud83d\\n…\u2028", "finishReason": null, "more": [1e9, {"a": null}]}'.encode()
LAST = b'{"content":"","finishReason":"stop"}'
VALID = {
    SSE: [
        b"data: " + b"\n\ndata: ".join([CHUNK] * 5 + [ODD, LAST]) + b"\n\n",
        b": hi\r\n\r\nevent: message\r\nid: 1\r\ndata: "
        + CHUNK
        + b"\r\n\r\nevent: ping\r\ndata\r\n\r\n",
        b'\xef\xbb\xbfdata:{"content":\rdata:"x","finishReason":null}\r\rdata: [DONE]\r\r',
        b"data: " + CHUNK + b'\n\nevent: error\nretry: 10\ndata: {"message": "overloaded"}\n\n',
    ],
    LINES: [
        b"\n".join([CHUNK] * 5 + [b"", ODD, LAST]) + b"\n",
        b"\xef\xbb\xbf" + CHUNK + b"\r\n" + ODD + b"\r\n[DONE]\r\n",
        CHUNK + b"\n" + LAST,
    ],
}
SPLINTERS = [
    *(
        b"\n",
        b"\r",
        b"\n\n",
        b"data: ",
        b"data:",
        b"event: error\n",
        b"[DONE]",
        b'"',
        b"\\",
        b"\\u",
    ),
    *(
        b"{",
        b"}",
        b"[",
        b"]" * 9,
        b"[" * BOUND,
        b"NaN",
        b"-",
        b"9" * BOUND,
        b"\0",
        b"\xff",
        b"\xe2\x80",
    ),
    *(
        b"\xef\xbb\xbf",
        b"\xed\xa0\x80",
        b"\xf0\x9f",
        CHUNK,
        LAST,
        b"<html>",
        b" ",
        b":",
        b"retry: 1\n",
    ),
]


def mutate(stream: bytes, chance: random.Random) -> bytes:
    """Cut out, double, replace or put in a piece, one to four times."""
    for _ in range(chance.randint(1, 4)):
        start = chance.randint(0, len(stream))
        end = min(len(stream), start + chance.choice([0, 0, 1, 1, 2, 8, 40]))
        put = chance.choice(
            [b"", stream[start:end] * 2, chance.randbytes(2), chance.choice(SPLINTERS)]
        )
        stream = stream[:start] + put + stream[end:]
    return stream


def cut(stream: bytes, chance: random.Random) -> list[bytes]:
    ends = sorted(chance.randint(0, len(stream)) for _ in range(chance.choice([1, 2, 9])))
    return [stream[start:end] for start, end in zip([0, *ends], [*ends, len(stream)], strict=True)]


def outcome(content_type: str, chunks: list[bytes]) -> tuple[object, ...]:
    """What came, and how it ended. Any exception but the two ends the test."""
    decoder = ChunkDecoder(content_type, max_event_bytes=BOUND)
    came: list[object] = []
    try:
        for chunk in chunks:
            came.extend(decoder.feed(chunk))
        came.extend(decoder.finish())
    except (ResponseValidationError, StreamServerError) as error:
        came.append((type(error), str(error), error.__context__))
    return (*came, decoder.finished, decoder.finish_reason)


@given(st.sampled_from([SSE, LINES]), st.integers(0, 2**32))
def test_a_broken_stream_gives_chunks_or_an_error_of_ours(content_type: str, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(MUTATIONS):
        stream = mutate(chance.choice(VALID[content_type]), chance)
        chunks = cut(stream, chance)
        assert outcome(content_type, chunks) == outcome(content_type, [stream]), chunks
