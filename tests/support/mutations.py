"""Valid streams of both wire formats, and mutations of their bytes that a seed determines."""

import random

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
    *b"\n|\r|\n\n|data: |data:|event: error\n|[DONE]|retry: 1\n|:| |<html>|NaN|-|\0".split(b"|"),
    *b'"|\\|\\u|{|}|[|]]]]]]]]]|\xff|\xe2\x80|\xef\xbb\xbf|\xed\xa0\x80|\xf0\x9f'.split(b"|"),
    *(b"[" * BOUND, b"9" * BOUND, CHUNK, LAST),
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
