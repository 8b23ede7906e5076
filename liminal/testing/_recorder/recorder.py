"""The public class ``Recorder``."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Literal, Self

import httpx

from liminal.errors import LiminalError
from liminal.testing._recorder.answers import redacted_answer, restored_answer
from liminal.testing._recorder.file import RecordingFile
from liminal.testing._recorder.operations import differences, read_call

if TYPE_CHECKING:
    import os
    from types import TracebackType

    from liminal.testing._recorder.operations import Call

Mode = Literal["auto", "record", "replay"]


class Recorder:
    """Records redacted calls to a real tenant once, and replays them without a network.

        with Recorder("tests/letter.json") as recorder, recorder.httpx_client() as http:
            with SyncClient(URL, auth=Token(TOKEN), httpx_client=http) as client:
                write_the_letter(client)

    ``mode="auto"`` replays if the file exists, and records otherwise; ``"record"`` replaces it.
    The file is written, with its folder, when the block ends without an error. A file that can't
    be read or written is a LiminalError, raised as early as possible.

    What the contract marks as sensitive is redacted before anything is written: a text keeps its
    length, spaces, punctuation and placeholders, and other characters become X, x, 0 or ¤. Tokens,
    cookies, headers and fields that the contract does not have are left out. A replayed answer has
    the redacted texts; findings have those of the request's prompt.

    A request is identified by its operation, path, query and redacted body; equal ones are
    answered in the order in which they were recorded. A request that was not recorded is a
    LiminalError that names the differing fields. While recording, a stream is read to its end
    before the first chunk is returned.
    """

    def __init__(self, path: str | os.PathLike[str], *, mode: Mode = "auto") -> None:
        if mode not in ("auto", "record", "replay"):
            raise LiminalError('mode must be "auto", "record" or "replay".')
        self._file = RecordingFile(path)
        self.replays: bool = mode == "replay" or (mode == "auto" and self._file.exists)
        self._lock = threading.Lock()
        self._calls: list[dict[str, Any]] = self._file.read() if self.replays else []
        self._known = [call["request"] for call in self._calls]

    def __repr__(self) -> str:
        return f"<Recorder, {'replays' if self.replays else 'records'}>"

    def httpx_client(self, transport: httpx.BaseTransport | None = None) -> httpx.Client:
        """Return a client for ``httpx_client=`` of ``SyncClient``. Close it after that.

        ``transport`` sends what is recorded, and is not used for a replay.
        """
        inner = None if self.replays else transport or httpx.HTTPTransport()
        return httpx.Client(transport=_Transport(self, inner), trust_env=False)

    def async_httpx_client(
        self, transport: httpx.AsyncBaseTransport | None = None
    ) -> httpx.AsyncClient:
        """Return a client for ``httpx_client=`` of ``Client``: see ``httpx_client()``."""
        inner = None if self.replays else transport or httpx.AsyncHTTPTransport()
        return httpx.AsyncClient(transport=_AsyncTransport(self, inner), trust_env=False)

    def __enter__(self) -> Self:
        if not self.replays:
            self._file.make_folder()  # now, so that no call is made in vain
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is None and not self.replays:
            self._file.write(self._calls)

    def keep(self, call: Call, response: httpx.Response, content: bytes) -> None:
        """Record a call."""
        entry = {"request": call.key, "answer": redacted_answer(call, response, content)}
        with self._lock:
            self._calls.append(entry)

    def replay(self, call: Call) -> httpx.Response:
        """Return the recorded answer to a request; LiminalError says how the request differs."""
        with self._lock:
            for place, entry in enumerate(self._calls):
                if entry["request"] == call.key:
                    del self._calls[place]
                    return restored_answer(call, entry["answer"])
        raise LiminalError(_unknown(call.key, self._known))


def _unknown(key: dict[str, Any], known: list[dict[str, Any]]) -> str:
    similar = [request for request in known if request["operation"] == key["operation"]]
    advice = 'delete the file, or use mode="record", to record it again'
    if not similar:
        return f"No call of {key['operation']} was recorded; {advice}"
    nearest = min((differences(request, key) for request in similar), key=len)
    if not nearest:
        return f"This call of {key['operation']} was made more often than recorded; {advice}"
    return (
        f"This call of {key['operation']} was not recorded; the most similar one differs in"
        f" {', '.join(nearest)}; {advice}"
    )


class _Transport(httpx.BaseTransport):
    def __init__(self, recorder: Recorder, inner: httpx.BaseTransport | None) -> None:
        self._recorder = recorder
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send and record a request, or replay it."""
        read = read_call(request, request.read())
        if self._inner is None:
            return self._recorder.replay(read)
        response = self._inner.handle_request(request)
        content = response.read()
        self._recorder.keep(read, response, content)
        return _again(response, content)

    def close(self) -> None:
        if self._inner is not None:
            self._inner.close()


class _AsyncTransport(httpx.AsyncBaseTransport):
    def __init__(self, recorder: Recorder, inner: httpx.AsyncBaseTransport | None) -> None:
        self._recorder = recorder
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send and record a request, or replay it."""
        read = read_call(request, await request.aread())
        if self._inner is None:
            return self._recorder.replay(read)
        response = await self._inner.handle_async_request(request)
        content = await response.aread()
        self._recorder.keep(read, response, content)
        return _again(response, content)

    async def aclose(self) -> None:
        if self._inner is not None:
            await self._inner.aclose()


def _again(response: httpx.Response, content: bytes) -> httpx.Response:
    """Return an answer that was read, to be read again: decoded, without coding and length."""
    unpacked = ("content-encoding", "content-length", "transfer-encoding")
    headers = [pair for pair in response.headers.multi_items() if pair[0].lower() not in unpacked]
    return httpx.Response(response.status_code, headers=headers, content=content)
