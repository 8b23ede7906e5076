"""One call as values: the generated client, the answer, the result, and when to retry.

The only place that names the generated client.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

import httpx

from liminal.errors import LiminalError
from liminal_api.client import Client as GeneratedClient
from liminal_api.errors import DecodeError
from liminal_api.types import Operation, RequestKwargs, Response

from .call import Call, Failure
from .failures import invalid
from .retry import TokenBucket, delay_before_retry, is_retryable

T = TypeVar("T")

_NOT_BLOCKING: Final = (
    "this is the api of a Client: call the operation's asyncio functions, or use a SyncClient"
)
_NOT_ASYNCIO: Final = (
    "this is the api of a SyncClient: call the operation's blocking functions, or use a Client"
)


class ApiClient(GeneratedClient):
    """The generated client. Every method raises; each variant overrides its own."""

    def call(self, operation: Operation[T], request: RequestKwargs) -> Response[T]:
        raise LiminalError(_NOT_BLOCKING)

    def stream(self, operation: Operation[Any], request: RequestKwargs) -> Any:
        raise LiminalError(_NOT_BLOCKING)

    def items(
        self, operation: Operation[Any], request: RequestKwargs, parse: Callable[[bytes], T]
    ) -> Any:
        raise LiminalError(_NOT_BLOCKING)

    async def call_async(self, operation: Operation[T], request: RequestKwargs) -> Response[T]:
        raise LiminalError(_NOT_ASYNCIO)

    def stream_async(self, operation: Operation[Any], request: RequestKwargs) -> Any:
        raise LiminalError(_NOT_ASYNCIO)

    def items_async(
        self, operation: Operation[Any], request: RequestKwargs, parse: Callable[[bytes], T]
    ) -> Any:
        raise LiminalError(_NOT_ASYNCIO)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with its whole body."""

    status_code: int
    headers: httpx.Headers
    content: bytes = field(repr=False)


def result(outcome: T | Failure) -> T:
    """Return the value of a call, or raise the error of its failure."""
    if isinstance(outcome, Failure):
        raise outcome.error
    return outcome


def retry_delay(failure: Failure, call: Call, bucket: TokenBucket) -> float | None:
    """Seconds until the next try, or None if the call fails with this failure."""
    retry = call.attempts - 1 - call.refusals
    retry_after = getattr(failure.error, "retry_after", None)
    if retry >= call.options.max_retries or failure.outcome is None:
        return None
    if not is_retryable(
        failure.outcome, repeatable=call.operation.repeatable, retry_after=retry_after
    ):
        return None
    delay = delay_before_retry(retry, rate_limited=failure.outcome == 429, retry_after=retry_after)
    if delay is None or delay >= call.deadline.call_left() or not bucket.take():
        return None
    return delay


def parsed(call: Call, answer: Answer) -> Any:
    """The answer as the operation's result; ResponseValidationError if it breaks the contract."""
    try:
        return call.operation.parse(answer.status_code, answer.content)
    except DecodeError as error:
        path, problem = error.path, error.problem
    raise invalid(call.context, answer.headers, path, problem)
