"""Every error that a user of the SDK can meet, in one tree."""

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
    """The root of the tree: ``except LiminalError`` catches all that this SDK raises.

    A message says what happened and what to do about it. It never holds a prompt, a finding, an
    answer, a token or a session id; nor do ``args``, ``repr()`` and a pickle. Errors can be
    pickled: what a field's documentation calls "explicit access only" is left out.
    """

    _private: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, message: str) -> None:
        super().__init__(message)

    def __reduce__(self) -> tuple[Any, ...]:
        """Rebuild without calling ``__init__``, whose keyword arguments pickle can't give."""
        kept = {name: value for name, value in vars(self).items() if name not in self._private}
        return rebuild, (type(self), self.args, kept)


def rebuild(kind: type[LiminalError], args: tuple[Any, ...], state: dict[str, Any]) -> LiminalError:
    """Make an error of its parts: not for users, but for pickles and for who shares one error."""
    # Not the class's own, which may take arguments by name alone: what it made is in the state.
    base = next(base for base in kind.__mro__ if base.__module__ == "builtins")
    error: LiminalError = base.__new__(kind, *args)
    error.args = args
    for name in kind._private:  # noqa: SLF001 - the class's own list of what a pickle leaves out
        error.__dict__[name] = None
    error.__dict__.update(state)
    return error


class RequestError(LiminalError):
    """A call to the service failed.

    ``operation`` is the operation's id in the contract, such as ``analyze_prompt``. ``request_id``
    is the service's ``x-request-id``, if it gave one: quote it to support. ``attempts`` counts the
    tries that were made, the first included; 0 when nothing was sent.
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
    """The service was never reached, or the connection was lost before the whole answer was in.

    ``may_have_been_processed`` is False when the request was not sent: to send it again can't do
    anything twice. When it is True the service may have acted on it.
    """

    def __init__(
        self, message: str, *, may_have_been_processed: bool = False, **context: Any
    ) -> None:
        super().__init__(message, **context)
        self.may_have_been_processed = may_have_been_processed


class APITimeoutError(APIConnectionError):
    """One try took longer than ``timeout``, or the whole call longer than ``deadline``."""


class APIStatusError(RequestError):
    """The service answered, with a status that is not a success.

    ``headers`` come without ``Set-Cookie``. ``retry_after`` is how many seconds the service asks
    to wait, if it said so. ``body`` is the answer as it came: it may echo what was sent, so it is
    there for explicit access only, never part of the message, and left out of a pickle. Of the
    headers a pickle keeps those that have no reason to echo anything: ``Content-Length``,
    ``Content-Type``, ``Date`` and ``Retry-After``.
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
    """429: too many requests. ``retry_after`` says how long to wait, when the service did."""


class AuthError(RequestError):
    """There is no session: the login was refused, the provider gave up, or it can't be renewed.

    ``status_code`` is the service's answer, where there was one.
    """

    def __init__(self, message: str, *, status_code: int | None = None, **context: Any) -> None:
        super().__init__(message, **context)
        self.status_code = status_code


class ResponseValidationError(RequestError):
    """An answer does not fit the contract. ``path``, a JSON path, says where, never what."""

    def __init__(self, message: str, *, path: str | None = None, **context: Any) -> None:
        super().__init__(message, **context)
        self.path = path


class StreamInterruptedError(RequestError):
    """A streamed answer stopped before its end: what came so far is not the whole answer.

    ``partial_text`` is what had arrived (for explicit access only: a pickle leaves it empty);
    ``chunks_received`` counts the chunks.
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
    """The service reported an error in the middle of a stream.

    ``server_message`` is its text (for explicit access only, not pickled: it may quote the prompt).
    """

    _private = frozenset({"server_message"})

    def __init__(self, message: str, *, server_message: str | None, **context: Any) -> None:
        super().__init__(message, **context)
        self.server_message = server_message


class ModelInstanceUnknownError(RequestError):
    """No model instance has that name, or the one that has it can't be used."""
