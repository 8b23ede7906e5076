"""Broken streams by the thousand: chunks or an error of the SDK's, and the same wherever it is cut.

One example is MUTATIONS streams, so that hypothesis's hundred examples are 20,000 streams, and the
nightly profile's 5,000 are a million. ``random.Random`` makes them from a seed that hypothesis
draws, and prints if the test fails.
"""

import random

from hypothesis import given
from hypothesis import strategies as st

from liminal._streams.chunks import ChunkDecoder
from liminal.errors import ResponseValidationError, StreamServerError
from tests.support.mutations import BOUND, LINES, SSE, VALID, mutate

MUTATIONS = 200


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
def test_a_broken_stream_gives_chunks_or_an_error_of_ours(content_type, seed):
    chance = random.Random(seed)
    for _ in range(MUTATIONS):
        stream = mutate(chance.choice(VALID[content_type]), chance)
        chunks = cut(stream, chance)
        assert outcome(content_type, chunks) == outcome(content_type, [stream]), chunks
