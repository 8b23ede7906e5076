"""What a broken server or network does to one request: the steps that the tables name."""

import base64
import gzip
import json
from functools import cache
from typing import Any

from .server import Exchange, Headers, Step, head, log_in
from .wire import GOOD_STREAM, good_data

HTML = b"<html><body><h1>Bad Gateway</h1></body></html>"
_CHUNKED = [("Transfer-Encoding", "chunked")]


# ---- the connection


def _says(data: bytes, then: str = "wait_for_hangup") -> Step:
    """Send these bytes; ``then`` is what becomes of the connection: a method of the exchange."""

    def step(exchange: Exchange) -> None:
        exchange.send(data)
        if then == "reset":
            exchange.wait(0.02)  # so that the bytes arrive before the reset
        getattr(exchange, then)()

    return step


def silence(exchange: Exchange) -> None:
    exchange.wait_for_hangup()


def reset_before_headers(exchange: Exchange) -> None:
    exchange.reset()


def begin_stream(exchange: Exchange) -> None:
    """One chunk, and no more."""
    exchange.send(head(200, [("Connection", "close")]))
    exchange.send(b'{"content":"so far","finishReason":null}\n')
    exchange.wait_for_hangup()


hang_up = Exchange.close
reset_within_headers = _says(b"HTTP/1.1 200 OK\r\nContent-Le", then="reset")
reset_after_headers = _says(
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n",
    then="reset",
)
broken_chunk_size = _says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnot a size\r\n")
huge_headers = _says(b"HTTP/1.1 200 OK\r\nX-Big: " + b"x" * 1024 * 1024 + b"\r\n\r\n")
not_http = _says(b"220 mail.example ESMTP\r\n\r\n")


def short_content_length(exchange: Exchange) -> None:
    body = exchange.whole()
    exchange.send(head(200, [("Content-Length", str(len(body)))]) + body[: len(body) // 2])
    exchange.close()


def cut_chunked_body(exchange: Exchange) -> None:
    body = exchange.whole()
    part = body[: len(body) // 2]
    exchange.send(head(200, _CHUNKED) + b"%x\r\n%s\r\n" % (len(part), part))
    exchange.close()


def drip_headers(exchange: Exchange) -> None:
    exchange.drip(b"HTTP/1.1 200 OK\r\n" + b"X-Slow: yes\r\n" * 1000)


def drip_body(exchange: Exchange) -> None:
    exchange.send(head(200, [("Content-Length", "100000")]))
    exchange.drip(b" " * 100_000)


def closed_after_answer(exchange: Exchange) -> None:
    """Answer well, then close the connection without having announced it."""
    (log_in if exchange.request.is_login else Exchange.good)(exchange)
    exchange.close()


# ---- statuses


def status(code: int, body: bytes | object = None, headers: Headers = ()) -> Step:
    def step(exchange: Exchange) -> None:
        exchange.answer(code, {"message": "no"} if body is None else body, headers)

    return step


BUSY = status(503, headers=[("Retry-After", "0")])  # try again, at once


def without_its_body(code: int, headers: Headers = ()) -> Step:
    """Send the head of an answer, whose body never comes."""

    def step(exchange: Exchange) -> None:
        exchange.send(head(code, [("Content-Length", "100"), *headers]))
        exchange.wait_for_hangup()

    return step


def html(code: int) -> Step:
    return status(code, HTML, [("Content-Type", "text/html")])


def redirect_to_itself(exchange: Exchange) -> None:
    exchange.answer(307, {}, [("Location", exchange.request.path)])


# ---- bodies


def body(text: str | bytes, headers: Headers = ()) -> Step:
    """Answer 200 with this body to any request."""
    content = text.encode() if isinstance(text, str) else text
    return status(200, content, headers)


def changed(**fields: Any) -> Step:
    """Answer well except for some fields: other values, or ``...`` to leave one out."""

    def step(exchange: Exchange) -> None:
        if exchange.request.is_stream:
            lines = [json.loads(line) for line in GOOD_STREAM.splitlines()]
            text = "\n".join(json.dumps(_with(line, fields)) for line in lines)
            exchange.answer(200, text.encode())
        else:
            data = good_data(exchange.request.method, exchange.request.path)
            exchange.answer(200, {"data": _with(data, fields)})

    return step


def _with(value: Any, fields: dict[str, Any]) -> Any:
    if isinstance(value, list):
        return [_with(item, fields) for item in value]
    return {key: v for key, v in (value | fields).items() if v is not ...}


def duplicate_keys(exchange: Exchange) -> None:
    """Each object at the top has its first key twice; the last one counts, and is the good one."""
    key = b"content" if exchange.request.is_stream else b"data"
    lines = exchange.whole().splitlines()
    exchange.answer(200, b"".join(b'{"%s": 1,%s\n' % (key, line[1:]) for line in lines))


def good_gzip(exchange: Exchange) -> None:
    packed = gzip.compress(exchange.whole())
    exchange.answer(200, packed, [("Content-Encoding", "gzip")])


def gzip_bomb(megabytes: int) -> Step:
    packed = gzip.compress(b" " * 1024 * 1024, 9) * megabytes
    return body(packed, [("Content-Encoding", "gzip")])


@cache
def single_gzip_bomb(megabytes: int) -> Step:
    """One member, so that it can't be told from a small answer by its first bytes."""
    packed = gzip.compress(b" " * (1024 * 1024 * megabytes), 1)
    return body(packed, [("Content-Encoding", "gzip")])


# ---- sessions


def with_cookies(*cookies: str) -> Step:
    """Answer well, and set these cookies."""

    def step(exchange: Exchange) -> None:
        exchange.good([("Set-Cookie", cookie) for cookie in cookies])

    return step


# ---- proxies


def refuse_tunnel(exchange: Exchange) -> None:
    """A proxy's refusal that says, in its reason phrase, what credentials it was sent."""
    sent = exchange.request.headers["proxy-authorization"]
    decoded = base64.b64decode(sent.removeprefix("Basic ")).decode()
    exchange.send(f"HTTP/1.1 407 {sent} {decoded}\r\nContent-Length: 0\r\n\r\n".encode())
    exchange.close()
