"""A server that is never the bottleneck: it writes prepared answers from a bare protocol.

``python benchmarks/server.py`` prints its port. With a number, each answer is delayed by so many
milliseconds. ``size:1000`` in a prompt sets the bytes of text in the answer.
"""

import asyncio
import functools
import json
import re
import sys
from typing import cast

_SIZE = re.compile(rb"size:(\d+)")
_FINDING = {"start": 9, "end": 21, "text": "Ada Lovelace", "type": "PERSON", "score": 0.9}
_SHOWN = {"scoreCategory": "VERY LIKELY", "policyAction": "redact", "customTerm": None}


def _analyzed(text: str) -> object:
    return {"data": {"findings": [{**_FINDING, **_SHOWN}], "text": text}}


def _cleansed(text: str) -> object:
    found = [{"start": 9, "end": 17, "entityType": "PERSON_0"}]
    hashed = {"textHashed": text, "itemsHashed": found}
    return {"data": {"text": text, "items": found, **hashed}}


def _completed(text: str) -> object:
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "finish_reason": "stop", "message": message}
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    head = {"id": "c", "object": "chat.completion", "created": 1, "model": "m"}
    return {**head, "choices": [choice], "usage": usage}


def _message(text: str) -> object:
    head = {"id": "m", "type": "message", "role": "assistant", "model": "m"}
    rest = {"stop_reason": "end_turn", "stop_sequence": None}
    usage = {"input_tokens": 1, "output_tokens": 1}
    return {**head, "content": [{"type": "text", "text": text}], **rest, "usage": usage}


_ANSWERS = {
    b"/api/v1/prompts/cleanse": _cleansed,
    b"/v1/chat/completions": _completed,
    b"/v1/messages": _message,
}
_DELAY = float(sys.argv[1]) / 1000 if len(sys.argv) > 1 else 0.0


@functools.cache
def _answer(path: bytes, size: int) -> bytes:
    body = json.dumps(_ANSWERS.get(path, _analyzed)("x" * size)).encode()
    lines = [
        b"HTTP/1.1 200 OK",
        b"Content-Type: application/json",
        b"Date: Thu, 02 Jan 2025 03:04:05 GMT",
        b"Content-Length: %d" % len(body),
    ]
    if b"login" in path:
        lines.append(b"Set-Cookie: session=0123456789abcdef; Path=/; HttpOnly; Max-Age=86400")
    return b"\r\n".join([*lines, b"", body])


class _Protocol(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._write = cast("asyncio.Transport", transport).write
        self._came = b""

    def data_received(self, data: bytes) -> None:
        self._came += data
        while (end := self._came.find(b"\r\n\r\n")) >= 0:
            head = self._came[:end].lower()
            _, found, rest = head.partition(b"content-length:")
            size = end + 4 + (int(rest.split(b"\r", 1)[0]) if found else 0)
            if len(self._came) < size:
                return
            body, self._came = self._came[end + 4 : size], self._came[size:]
            wanted = _SIZE.search(body)
            answer = _answer(head.split(b" ", 2)[1], int(wanted[1]) if wanted else 40)
            if _DELAY:
                asyncio.get_running_loop().call_later(_DELAY, self._write, answer)
            else:
                self._write(answer)


async def _main() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Protocol, "127.0.0.1", 0, backlog=2048)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main())
