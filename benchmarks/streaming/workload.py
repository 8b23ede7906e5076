"""Makes the bytes to read: an answer in pieces of token size, as a model's server sends it."""

import json
import re
from itertools import cycle, islice

# The payload of a TCP segment.
NETWORK_CHUNK = 1400

# Prose, a list, code, quotes and accents, for a realistic share of escapes and non-ASCII letters.
_ANSWER = """\
Here is what I found in the contract, PERSON_0. It runs for twelve months from DATE_TIME_0, and ends
by itself unless one of you writes "renew" to the other party at least thirty days before. Three
points deserve a closer look:

1. **Liability** is capped at the fees of one year; for gross negligence there is no cap.
2. **Payment** is due within fourteen days — late fees are 1.5 % a month, which is unusually high.
3. **Termination** for cause needs a written notice to EMAIL_ADDRESS_0, and ten days of grace.

If you like, I can draft the letter. To work out the last day yourself:

```python
last_day = start + relativedelta(years=1, days=-30)
print(f"Write by {last_day:%d %B %Y}, or the contract's term ends.")
```

Shall I go on with the naïve reading of § 4, or first compare it with the « clause de résiliation »?
"""
_LAST = {"content": "", "finishReason": "stop"}


def chunks(events: int) -> list[bytes]:
    """Make an answer's JSON texts, as ``JSON.stringify`` writes them; the last one finishes it."""
    tokens = re.findall(r"\s?\w{1,7}|\s?[^\w\s]{1,3}|\s", _ANSWER)
    contents = islice(cycle(tokens), events - 1)
    objects = [*({"content": content, "finishReason": None} for content in contents), _LAST]
    return [json.dumps(o, ensure_ascii=False, separators=(",", ":")).encode() for o in objects]


def event_stream(texts: list[bytes]) -> list[bytes]:
    """Frame the texts as server-sent events, and split them like a network."""
    return _cut(b"".join(b"data: %b\n\n" % text for text in texts))


def json_lines(texts: list[bytes]) -> list[bytes]:
    """Frame the texts as JSON lines, and split them like a network."""
    return _cut(b"".join(b"%b\n" % text for text in texts))


def _cut(body: bytes) -> list[bytes]:
    return [body[i : i + NETWORK_CHUNK] for i in range(0, len(body), NETWORK_CHUNK)]
