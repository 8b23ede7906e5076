"""Malformed answers, streams, heads and arguments, generated from a seeded random generator."""

import copy
import datetime as dt
import json
import math
import random
from collections.abc import Iterator
from typing import Any

from tests.faults.server import answer
from tests.faults.wire import good_data
from tests.support.mutations import VALID, mutate

# ---- bodies

_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 2**63, 10**400, 1.5, -0.0, math.inf, math.nan),
    *("", "\ud800", "\0", "1", "true", "x" * 10_000, "\u2028", "PERSON_0"),
    *("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59.999-23:59", "2025-13-01T00:00:00Z"),
    *(
        "2025-01-02",
        "2025-W01-1",
        "2025-01-02T25:00:00Z",
        "\u0662\u0660\u0662\u0665-01-02T03:04:05Z",
    ),
    *([], {}, [[]], [None], {"": None}, {"data": {}}, [[[[[[[[]]]]]]]]),
)


def body(method: str, path: str, dice: random.Random) -> bytes:
    """A valid answer with some changed values, and usually some changed bytes."""
    data: Any = {"data": copy.deepcopy(good_data(method, path))}
    for _ in range(dice.randint(0, 3)):
        places = list(_places(data))
        if places:
            _change(*dice.choice(places), dice)
    text = json.dumps(data).encode("ascii")
    return mutate(text, dice) if dice.random() < 0.6 else text


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield the container and the key of each nested value."""
    size = len(value)
    for key in range(size) if isinstance(value, list) else value:
        yield value, key
        if isinstance(value[key], dict | list):
            yield from _places(value[key])


def _change(container: Any, key: Any, dice: random.Random) -> None:
    if dice.random() < 0.2:
        del container[key]
    else:
        container[key] = copy.deepcopy(dice.choice(_VALUES))


def stream(dice: random.Random) -> tuple[str, bytes]:
    """The media type and the body of a broken stream."""
    kind = dice.choice(list(VALID))
    return kind, mutate(dice.choice(VALID[kind]), dice)


# ---- heads

_STATUSES = (
    100,
    101,
    199,
    200,
    201,
    204,
    206,
    301,
    304,
    307,
    400,
    401,
    403,
    408,
    429,
    500,
    503,
    999,
)
_HEADERS: dict[str, tuple[str, ...]] = {
    "Retry-After": (
        "0",
        "-1",
        "1e400",
        "NaN",
        "\xd9\xa3",
        "9" * 400,
        "Wed, 21 Oct 0000 07:28:00 GMT",
        "",
    ),
    "Date": ("", "0", "Fri, 31 Dec 9999 23:59:59 -2359", "Wed, 99 Foo 2025 99:99:99 GMT"),
    "Set-Cookie": (
        *("session", "session=", "session=a b", "session=a; Max-Age=" + "9" * 400, ";;=", "=a"),
        *("session=a; Expires=Wed, 99 Foo 2025 99:99:99 GMT", "session=é", 'session="a'),
        *(
            "session=a; Max-Age=1e5",
            "session=a; Domain=",
            "session=a; Path=",
            "session=" + "a" * 9999,
        ),
    ),
    "Content-Type": ("", ";", "text/event-stream; charset=\x80", "application/x-ndjson;=", "a/b/c"),
    "Content-Encoding": ("gzip", "br", "gzip, gzip", "", "identity", "x-gzip", "deflate"),
    "Content-Length": ("-1", "1e3", "99999999999999999999", "0, 0", "+5", ""),
    "Transfer-Encoding": ("chunked", "gzip, chunked", "chunked, chunked", "nothing"),
    "x-request-id": ("", "a" * 10_000, "é\x80", "\t"),
    "Location": ("", "//", "http://[::1", "file:///etc/passwd", "\x80"),
    "Connection": ("close", "keep-alive, close", "upgrade", ""),
}


def head(dice: random.Random, content: bytes) -> bytes:
    """A whole answer as bytes, with unusual headers, and usually damaged."""
    names = dice.sample(list(_HEADERS), dice.randint(0, 4))
    headers = [(name, dice.choice(_HEADERS[name])) for name in names]
    whole = answer(dice.choice(_STATUSES), content, headers)
    return mutate(whole, dice) if dice.random() < 0.6 else whole


# ---- arguments

_ARGUMENTS: tuple[Any, ...] = (
    *_VALUES,
    *(b"bytes", bytearray(b"x"), (), set[int](), object(), object, len, ..., 1j, range(3)),
    *("a\r\nb", "https://api.example", "http://127.0.0.1:1", "http://[", "//", "\ud800://x"),
    *({"findings": []}, [{}], dt.timedelta(1), ValueError("x"), 10**30, -(2**31), 1e-300),
)


def argument(dice: random.Random) -> Any:
    """Any object, sometimes a text of any characters."""
    if dice.random() < 0.2:
        return "".join(chr(dice.randrange(0x11000)) for _ in range(dice.randint(0, 20)))
    return dice.choice(_ARGUMENTS)
