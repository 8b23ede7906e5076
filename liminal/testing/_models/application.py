"""A stand-in as an ASGI application: keys, checks, answers whole and streamed, failures."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse

from liminal.errors import LiminalError
from liminal.sandbox._service.answers import failed
from liminal.sandbox._service.validate import parse_json
from liminal.testing._models.ledger import ModelRequest
from liminal.testing._models.wire import Event, Problem, Turn, to_json

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from starlette.types import Receive, Scope, Send

    from liminal.testing._models.controls import Controls, StreamFailure
    from liminal.testing._models.vendors import Vendor
    from liminal.testing._models.wire import Wire

    HangUp = Callable[[tuple[str, int]], Awaitable[None]]

_JSON = "application/json"
_MODELS = "/v1/models"


class Application:
    """Answers the requests of one vendor's clients."""

    def __init__(
        self,
        vendor: Vendor,
        controls: Controls,
        *,
        key: str,
        models: tuple[str, ...],
        hang_up: HangUp,
    ) -> None:
        self._vendor = vendor
        self._controls = controls
        self._key = key
        self._models = models
        self._hang_up = hang_up

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI)."""
        request = Request(scope, receive)
        self._controls.count(1)
        try:
            response = self._respond(request, await request.body())
            await asyncio.sleep(self._controls.failures.answer_delay)
            await response(scope, receive, send)
        except (ClientDisconnect, asyncio.CancelledError):
            return  # The client is gone, or the server stops.
        finally:
            self._controls.count(-1)

    def _respond(self, request: Request, raw: bytes) -> Response:
        path = request.scope["path"]
        wire = self._vendor.wires.get(path) if request.method == "POST" else None
        listing = request.method == "GET" and path == _MODELS
        recorded = ModelRequest(
            api=wire.api if wire else "models" if listing else "",
            method=request.method,
            path=path,
            query=request.scope["query_string"].decode("ascii", "replace"),
            raw_headers=tuple(request.scope["headers"]),
            raw=raw,
            body=_decoded(raw),
            messages=(),
            time=time.monotonic(),
        )
        problem = self._problem(wire, recorded.body) if wire else None
        if wire and problem is None:
            recorded = replace(recorded, messages=tuple(wire.messages(recorded.body)))
        response = self._failure(path) or self._refusal(request, known=bool(wire or listing))
        if response is None:
            response = (
                self._error(400, problem) if problem else self._answer(request, wire, recorded)
            )
        self._controls.record(replace(recorded, status=response.status_code))
        number = next(self._controls.numbers)
        response.headers.setdefault(self._vendor.request_id, f"req_fake{number}")
        return response

    def _failure(self, path: str) -> Response | None:
        with self._controls.lock:
            failure = self._controls.failures.next_failure(path)
        if failure is None:
            return None
        if failure.body is None and failure.status is not None:
            body = self._vendor.error(failure.status, "The stand-in was told to fail.")
            failure.body, failure.media_type = to_json(body), _JSON
        return failed(failure)

    def _refusal(self, request: Request, *, known: bool) -> Response | None:
        if self._vendor.key(request.headers) != self._key:
            return self._error(401, "The API key is not the stand-in's.")
        if not known:
            return self._error(404, "The stand-in has no such path, or not for this method.")
        return None

    def _problem(self, wire: Wire, body: object) -> str | None:
        """Return why the API would refuse a body; None if it accepts it."""
        if not isinstance(body, dict):
            return "The body is not a JSON object."
        fields = cast("dict[str, Any]", body)
        try:
            wire.check(fields)
            tuple(wire.messages(fields))
        except Problem as problem:
            return str(problem)
        except (AttributeError, KeyError, TypeError):
            return "The body is not formed as the API has it."
        return None

    def _answer(self, request: Request, wire: Wire | None, recorded: ModelRequest) -> Response:
        if wire is None:
            return Response(to_json(self._vendor.models(self._models)), media_type=_JSON)
        try:
            turn = self._turn(wire, recorded)
            if not recorded.streamed:
                return Response(to_json(wire.whole(turn)), media_type=_JSON)
            events = list(wire.events(turn))
        except Exception as error:  # noqa: BLE001 - of the test's own function
            reason = f": {error}" if isinstance(error, LiminalError) else ""
            response = self._error(500, f"The test's answer failed, {type(error).__name__}{reason}")
            response.headers["x-should-retry"] = "false"  # the vendors' clients obey it
            return response
        return self._streamed(request, wire, events)

    def _turn(self, wire: Wire, recorded: ModelRequest) -> Turn:
        return Turn(
            number=next(self._controls.numbers),
            created=int(time.time()),
            body=recorded.body,
            messages=recorded.messages,
            replies=self._controls.replies(recorded, wire.choices(recorded.body)),
            cut=self._controls.cut,
        )

    def _streamed(self, request: Request, wire: Wire, events: list[Event]) -> Response:
        with self._controls.lock:
            waiting = self._controls.stream_failures
            failure = waiting.popleft() if waiting else None
        if failure is not None:
            events = broken(events, failure, wire)
        client = request.scope["client"] if failure and failure.ending == "cut" else None
        return StreamingResponse(self._paced(events, client), media_type="text/event-stream")

    async def _paced(
        self, events: list[Event], client: tuple[str, int] | None
    ) -> AsyncIterator[bytes]:
        for event in events:
            encoded = event.encode()
            for packet in _packets(encoded, self._controls.packet or len(encoded)):
                # Also without a delay: the server notices a disconnect only in the event loop.
                await asyncio.sleep(self._controls.failures.chunk_delay)
                yield packet
        if client is not None:
            await self._hang_up(client)

    def _error(self, status: int, message: str) -> Response:
        return Response(to_json(self._vendor.error(status, message)), status, media_type=_JSON)


def broken(events: list[Event], failure: StreamFailure, wire: Wire) -> list[Event]:
    """Return the events before a failure, and the one that reports it.

    It comes before the piece after the last one that is sent, or else before the stream's end.
    """
    places = [place for place, event in enumerate(events) if event.piece]
    later = list(islice(places, failure.after, None))
    end = later[0] if later else places[-1] + 1 if places else len(events) - 1
    last = [wire.failure(failure.message, end)] if failure.ending == "error" else []
    return [*events[:end], *last]


def _decoded(raw: bytes) -> Any:
    try:
        return parse_json(raw) if raw else None
    except ValueError:
        return None


def _packets(encoded: bytes, size: int) -> Iterator[bytes]:
    return (encoded[start : start + size] for start in range(0, len(encoded), size))
