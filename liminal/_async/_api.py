"""The generated client of one Liminal client, used by the facade and as ``client.api``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import httpx

from liminal._calls.api_client import ApiClient
from liminal._calls.arguments.options import Options
from liminal._calls.call import Answer, Call
from liminal._calls.discreet import discreet_async
from liminal._calls.failures import invalid
from liminal._http.sockets.deadline import Deadline
from liminal_api.errors import DecodeError
from liminal_api.types import Operation, RequestKwargs, Response

from ._calls.read import read_answer, read_head
from ._calls.runner import CallRunner
from ._streams.open_stream import OpenStream
from .items import AsyncItemStream

T = TypeVar("T")


class AsyncApi(ApiClient):
    """The generated client with this client's session, renewal, retries and deadlines."""

    def __init__(self, runner: CallRunner, options: Options) -> None:
        super().__init__(runner.server.text)
        self.runner: CallRunner = runner
        self.options: Options = options

    @discreet_async
    async def call_async(self, operation: Operation[T], request: RequestKwargs) -> Response[T]:
        """Make a call and read its whole answer. Its headers come without ``Set-Cookie``."""
        return await self.finish(self.begin(operation, request))

    def begin(self, operation: Operation[Any], request: RequestKwargs) -> Call:
        """Create a call that is not sent yet. Its deadline runs from now on."""
        runner, options = self.runner, self.options
        return Call(
            operation,
            request,
            options,
            next(runner.session.state.call_numbers),
            seconds=options.deadline,
            observers=runner.observers,
        )

    async def finish(self, call: Call) -> Response[Any]:
        """Send a call, and read and decode its whole answer."""
        try:
            answer = await self.runner.send_with_retries(call, read_answer)
            value = _decoded(call, answer)
        except BaseException as error:
            if call.observation is not None:
                call.observation.ends(call, error)
            raise
        if call.observation is not None:
            call.observation.note_result(value)
            call.observation.ends(call)
        return Response(
            status_code=answer.status_code,
            headers=answer.headers,
            content=answer.content,
            parsed=value,
        )

    async def open_stream(self, call: Call) -> httpx.Response:
        """Make a call up to the head of its answer. The caller reads and closes the body."""
        response = await self.runner.send_with_retries(call, read_head)
        # The deadline bounded the opening; from here on only each wait is bounded. Our bodies
        # read the timeouts again for each part, httpcore's when they begin.
        waited, call.deadline = call.deadline.waited, Deadline(call_seconds=None, try_seconds=None)
        call.deadline.waited = waited
        response.request.extensions["timeout"].update(self.options.waits)
        return response

    def stream_async(self, operation: Operation[Any], request: RequestKwargs) -> OpenStream:
        """The answer as it arrives, for streams that the facade does not know.

        Its headers come without ``Set-Cookie``, its body is decoded already, and its ``request``
        names method and URL alone.
        """
        return OpenStream(self, operation, request)

    def items_async(
        self, operation: Operation[Any], request: RequestKwargs, parse: Callable[[bytes], T]
    ) -> AsyncItemStream[T]:
        """The items of a streamed answer; the request is sent at the first step."""
        return AsyncItemStream(self, operation, request, parse)


def _decoded(call: Call, answer: Answer) -> Any:
    """The result of the operation; ResponseValidationError if the answer breaks the contract."""
    try:
        return call.operation.parse(answer.status_code, answer.content)
    except DecodeError as error:
        path, problem = error.path, error.problem
    raise invalid(call, answer.headers, path, problem)
