"""All errors that the SDK raises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    import httpx

__all__ = [
    "APIConnectionError",
    "APIStatusError",
    "APITimeoutError",
    "AuthError",
    "LiminalError",
    "ModelInstanceUnknownError",
    "RateLimitError",
    "RequestError",
    "ResponseValidationError",
    "StreamInterruptedError",
    "StreamServerError",
]


class LiminalError(Exception):
    """The base class of all errors that the SDK raises.

    The message says what happened and what to do about it. Neither the message nor ``args``,
    ``repr()`` and a pickle contain a prompt, a finding, an answer, a token or a session id. Fields
    for "explicit access only" are not in a pickle.
    """

    _private: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, message: str) -> None:
        super().__init__(message)

    def __reduce__(self) -> tuple[Any, ...]:
        """Rebuild without calling ``__init__``, whose keyword arguments pickle can't give."""
        kept = {name: value for name, value in vars(self).items() if name not in self._private}
        return rebuild, (type(self), self.args, kept)


def rebuild(kind: type[LiminalError], args: tuple[Any, ...], state: dict[str, Any]) -> LiminalError:
    """Create an error from its parts: for pickles, and for copies of a shared error."""
    # Not the class's __new__, which may require keyword arguments; their values are in the state.
    base = next(base for base in kind.__mro__ if base.__module__ == "builtins")
    error: LiminalError = base.__new__(kind, *args)
    error.args = args
    for name in kind._private:  # noqa: SLF001 - the class's own list of what a pickle leaves out
        error.__dict__[name] = None
    error.__dict__.update(state)
    return error


class RequestError(LiminalError):
    """A call to the service failed.

    - ``operation``: the operation's id in the contract, such as ``analyze_prompt``.
    - ``request_id``: the service's ``x-request-id``, or None. Quote it to support.
    - ``attempts``: the number of attempts, including the first; 0 if nothing was sent.
    """

    def __init__(
        self,
        message: str,
        *,
        operation: str | None = None,
        request_id: str | None = None,
        attempts: int = 0,
    ) -> None:
        super().__init__(message)
        self.operation = operation
        self.request_id = request_id
        self.attempts = attempts


class APIConnectionError(RequestError):
    """The service could not be reached, or the connection was lost during the call.

    ``may_have_been_processed`` is False if the request was not sent, so it is safe to send it
    again. If it is True, the service may have processed the request.
    """

    def __init__(
        self, message: str, *, may_have_been_processed: bool = False, **context: Any
    ) -> None:
        super().__init__(message, **context)
        self.may_have_been_processed = may_have_been_processed


class APITimeoutError(APIConnectionError):
    """An attempt took longer than ``timeout``, or the whole call longer than ``deadline``."""


class APIStatusError(RequestError):
    """The service answered with an error status.

    - ``status_code``: the HTTP status.
    - ``headers``: the headers without ``Set-Cookie``. A pickle keeps only ``Content-Length``,
      ``Content-Type``, ``Date`` and ``Retry-After``.
    - ``body``: the answer as received. It may repeat what was sent, so it is for explicit access
      only.
    - ``retry_after``: the seconds that the service asks to wait, or None.
    """

    _private = frozenset({"body"})
    _harmless: ClassVar[frozenset[str]] = frozenset(
        {"content-length", "content-type", "date", "retry-after"}
    )

    def __init__(
        self,
        message: str,
        *,
        status_code: int,
        headers: httpx.Headers,
        body: bytes | None = None,
        retry_after: float | None = None,
        **context: Any,
    ) -> None:
        super().__init__(message, **context)
        self.status_code = status_code
        self.headers = headers
        self.body = body
        self.retry_after = retry_after

    def __reduce__(self) -> tuple[Any, ...]:
        make, (kind, args, state) = super().__reduce__()
        kept = [(k, v) for k, v in self.headers.multi_items() if k in self._harmless]
        return make, (kind, args, state | {"headers": type(self.headers)(kept)})


class RateLimitError(APIStatusError):
    """Too many requests (429). ``retry_after`` has the seconds to wait, if known."""


class AuthError(RequestError):
    """The login was refused, the provider returned no token, or the session can't be renewed.

    ``status_code`` is the status of the service's answer, or None.
    """

    def __init__(self, message: str, *, status_code: int | None = None, **context: Any) -> None:
        super().__init__(message, **context)
        self.status_code = status_code


class ResponseValidationError(RequestError):
    """An answer doesn't match the contract. ``path`` is the JSON path of the mismatch."""

    def __init__(self, message: str, *, path: str | None = None, **context: Any) -> None:
        super().__init__(message, **context)
        self.path = path


class StreamInterruptedError(RequestError):
    """A streamed answer stopped before its end.

    - ``partial_text``: the text so far, for explicit access only. It is empty in a pickle.
    - ``chunks_received``: the number of chunks.
    """

    _private = frozenset({"partial_text"})

    def __init__(
        self, message: str, *, partial_text: str, chunks_received: int, **context: Any
    ) -> None:
        super().__init__(message, **context)
        self.partial_text = partial_text
        self.chunks_received = chunks_received

    def __reduce__(self) -> tuple[Any, ...]:
        make, (kind, args, state) = super().__reduce__()
        return make, (kind, args, state | {"partial_text": ""})


class StreamServerError(RequestError):
    """The service reported an error within a stream.

    ``server_message`` is its text. It may quote the prompt, so it is for explicit access only.
    """

    _private = frozenset({"server_message"})

    def __init__(self, message: str, *, server_message: str | None, **context: Any) -> None:
        super().__init__(message, **context)
        self.server_message = server_message


class ModelInstanceUnknownError(RequestError):
    """No usable model instance has that name."""
