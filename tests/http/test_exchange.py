"""HTTP/1.1 without a socket: what goes out, and what comes of an answer however it is cut."""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import pairwise
from typing import Any

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from liminal._http.exchange import HELD_BYTES, MAX_HEAD_BYTES, MAX_INTERIM, Exchange, Head

OK = b"HTTP/1.1 200 OK\r\n"
INTERIM = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n4\r\nsome\r\n3;x=y\r\n of\r\n0\r\nT: railer\r\n\r\n"
# Answers, each with its status, its body, and whether the connection serves again.
ANSWERS: dict[str, tuple[bytes, int, bytes, bool]] = {
    "a length": (OK + b"Content-Length: 4\r\n\r\nbody", 200, b"body", True),
    "no body": (OK + b"Content-Length: 0\r\n\r\n", 200, b"", True),
    "no content": (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b"", True),
    "chunks and a trailer": (OK + CHUNKED, 200, b"some of", True),
    "interim answers first": (INTERIM * 3 + OK + b"Content-Length: 1\r\n\r\n!", 200, b"!", True),
    "an error": (b"HTTP/1.1 413 \r\nContent-Length: 1\r\n\r\n!", 413, b"!", True),
    "close": (OK + b"Connection: close\r\nContent-Length: 1\r\n\r\n!", 200, b"!", False),
    "HTTP/1.0": (b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n!", 200, b"!", False),
    "up to the end": (OK + b"\r\nall there is", 200, b"all there is", False),
    "lines that end in LF": (b"HTTP/1.1 200 OK\nContent-Length: 1\n\n!", 200, b"!", True),
}
NOT_HTTP = [
    b"\x15\x03\x01\x00\x02\x02\x0a",
    b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
    b"HTTP/2 200\r\n\r\n",
    b"HTTP/1.1 abc OK\r\n\r\n",
    b"HTTP/1.1 99 Too Few\r\n\r\n",
    OK + b"no colon\r\n\r\n",
    OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n!!",
    OK + b"Content-Length: -1\r\n\r\n",
    OK + b"Content-Length: four\r\n\r\n",
    OK + b"Transfer-Encoding: gzip\r\n\r\n",
    OK + b"Transfer-Encoding: chunked\r\n\r\nfour\r\n",
    OK + b"Transfer-Encoding: chunked\r\n\r\n1\r\ntoo long\r\n",
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n",
    b"HTTP/1.1 200 " + b"x" * (MAX_HEAD_BYTES + 1),
    OK + b"A: " + b"x" * (MAX_HEAD_BYTES + 1),
    INTERIM * (MAX_INTERIM + 1) + OK + b"Content-Length: 0\r\n\r\n",
]


def request(content: Any = b"prompt", **options: Any) -> httpx.Request:
    return httpx.Request("POST", "http://api.example/a?b=c", content=content, **options)


def head_of(exchange: Exchange, pieces: Iterator[bytes]) -> Head:
    """Feed the pieces until the head is there; after them, the end of the connection."""
    while (head := exchange.head()) is None:
        exchange.receive(next(pieces, b""))
    return head


def body_of(exchange: Exchange, pieces: Iterator[bytes]) -> bytes:
    body = exchange.body()
    while not exchange.is_over:
        exchange.receive(next(pieces, b""))
        body += exchange.body()
    return body


def answered(exchange: Exchange, pieces: Iterable[bytes]) -> tuple[Head, bytes]:
    """A request, and its answer that comes in these pieces."""
    source = iter(pieces)
    list(exchange.request(request()))
    return head_of(exchange, source), body_of(exchange, source)


def cut(data: bytes, places: Iterable[int]) -> list[bytes]:
    ends = sorted({place % len(data) for place in places} | {0, len(data)})
    return [data[start:end] for start, end in pairwise(ends)]


# ---- what goes out


@pytest.mark.parametrize(
    ("content", "framed"),
    [
        (b"prompt", b"Content-Length: 6\r\n\r\nprompt"),
        (iter([b"prompt"]), b"Transfer-Encoding: chunked\r\n\r\n6\r\nprompt\r\n0\r\n\r\n"),
    ],
)
def test_a_small_request_is_one_piece(content, framed):
    sent = list(Exchange().request(request(content, headers={"X-A": "1"})))
    assert sent == [b"POST /a?b=c HTTP/1.1\r\nHost: api.example\r\nX-A: 1\r\n" + framed]


def test_a_large_body_goes_out_in_the_pieces_that_it_comes_in():
    parts = [b"x" * HELD_BYTES] * 3
    length = {"Content-Length": str(3 * HELD_BYTES)}
    sent = list(Exchange().request(request(iter(parts), headers=length)))
    assert len(sent) == 4
    assert b"".join(sent).endswith(b"\r\n\r\n" + b"".join(parts))


@pytest.mark.parametrize("value", ["secret\nX-B: 1", "secret\0"])
def test_a_header_that_http_can_not_carry_is_refused_before_the_body_is_asked_for(value):
    asked: list[None] = []
    body = map(asked.append, [None])
    sending = Exchange().request(request(body, headers={"X-A": value}))
    with pytest.raises(httpx.LocalProtocolError) as caught:
        next(sending)
    assert "secret" not in str(caught.value)
    assert not asked


def test_a_body_of_another_length_than_was_said_is_refused():
    sending = Exchange().request(request(iter([b"four"]), headers={"Content-Length": "5"}))
    with pytest.raises(httpx.LocalProtocolError):
        list(sending)


# ---- what comes in


@pytest.mark.parametrize("name", ANSWERS)
@given(places=st.lists(st.integers(0, 400), max_size=40))
@example(places=list(range(400)))
def test_an_answer_is_the_same_wherever_it_is_cut(name, places):
    data, status, body, serves_again = ANSWERS[name]
    exchange = Exchange()
    head, content = answered(exchange, cut(data, places))
    assert (head.status, content) == (status, body)
    assert exchange.renew() is serves_again


@given(st.lists(st.sampled_from(["a length", "chunks and a trailer", "no content"]), min_size=2))
def test_one_connection_serves_answers_one_after_another(names):
    exchange = Exchange()
    for name in names:
        data, _, body, _ = ANSWERS[name]
        assert answered(exchange, [data])[1] == body
        assert exchange.renew()


@pytest.mark.parametrize("name", [name for name, answer in ANSWERS.items() if answer[3]])
def test_bytes_after_an_answer_make_the_connection_unfit(name):
    data = ANSWERS[name][0]
    for beyond in (b"x", OK + b"Content-Length: 0\r\n\r\n"):
        exchange = Exchange()
        answered(exchange, [data + beyond])
        assert not exchange.renew()


def test_an_answer_that_was_not_read_makes_the_connection_unfit():
    exchange = Exchange()
    list(exchange.request(request()))
    head_of(exchange, iter([OK + b"Content-Length: 4\r\n\r\nbody"]))
    assert not exchange.renew()


@example(data=NOT_HTTP[-1], places=[])  # interim answers without end
@given(data=st.sampled_from(NOT_HTTP), places=st.lists(st.integers(0, 200_000), max_size=5))
def test_what_is_not_http_is_an_error_without_a_word_of_it(data, places):
    with pytest.raises(httpx.RemoteProtocolError) as caught:
        answered(Exchange(), cut(data, places))
    assert str(caught.value).startswith("the server")


@pytest.mark.parametrize("name", [name for name in ANSWERS if name != "up to the end"])
def test_an_answer_that_is_cut_off_is_an_error_that_says_whether_it_had_begun(name):
    data = ANSWERS[name][0]
    last = data.rindex(b"HTTP/1")  # after the interim ones
    head = re.search(rb"\n\r?\n", data[last:])
    assert head is not None
    for length in range(len(data)):
        is_begun = length >= last + head.end()
        reason = "or was cut off" if is_begun else "without an answer"
        with pytest.raises(httpx.RemoteProtocolError, match=reason):
            answered(Exchange(), [data[:length]] if length else [])


def test_a_head_may_be_large():
    data = OK + b"X: " + b"x" * 90_000 + b"\r\nContent-Length: 1\r\n\r\n!"
    head, content = answered(Exchange(), cut(data, range(0, len(data), 4096)))
    assert (head.status, content) == (200, b"!")


@given(st.binary(max_size=200))
def test_malformed_bytes_are_an_answer_or_an_error_of_its_kind(malformed):
    for data in (b"", OK, OK + b"Transfer-Encoding: chunked\r\n\r\n"):
        with suppress(httpx.RemoteProtocolError):
            answered(Exchange(), [data + malformed] if data + malformed else [])


# ---- tunnels


def tunnel(*answers: bytes) -> bytes:
    """What a proxy is asked that answers this."""
    steps, source = Exchange().tunnel(b"api.example:443", [(b"X-Proxy", b"1")]), iter(answers)
    asked = out = next(steps)
    try:
        while True:
            out = steps.send(next(source, b""))
            assert out == b""
    except StopIteration:
        return asked


@pytest.mark.parametrize("first", [b"", b"HTTP/1.1 100 Continue\r\n\r\n", INTERIM])
def test_a_proxy_is_asked_for_a_tunnel(first):
    asked = tunnel(first + b"HTTP/1.1 200 Connection established\r\n\r\n")
    assert asked.startswith(b"CONNECT api.example:443 HTTP/1.1\r\nHost: api.example:443\r\n")
    assert b"\r\nX-Proxy: 1\r\n" in asked


def test_a_tunnel_s_answer_has_no_body_and_nothing_comes_before_we_have_spoken():
    assert tunnel(OK + b"Content-Length: 4\r\n\r\n")
    with pytest.raises(httpx.RemoteProtocolError):
        tunnel(OK + b"\r\nhello")


def test_a_proxy_s_header_that_can_t_be_sent_is_an_error_that_does_not_quote_it():
    with pytest.raises(httpx.LocalProtocolError) as caught:
        next(Exchange().tunnel(b"api.example:443", [(b"X-Proxy", b"hunter2\r\n")]))
    assert "hunter2" not in str(caught.value)
    assert caught.value.__context__ is None


@pytest.mark.parametrize("status", [b"407 Proxy Authentication Required", b"502 \xff", b"301 x"])
def test_a_proxy_that_refuses_is_an_error_that_begins_with_the_status(status):
    with pytest.raises(httpx.ProxyError, match=f"^{status[:3].decode()} "):
        tunnel(b"HTTP/1.1 " + status + b"\r\nContent-Length: 1\r\n\r\n!")
