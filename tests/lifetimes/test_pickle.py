"""Errors travel between processes, without what is private; clients refuse to."""

import copy
import inspect
import pickle
from typing import Any, Self

import httpx
import pytest

from liminal import Client, SyncClient, errors
from liminal._session.state import Session
from liminal.auth import AuthProvider, Token
from liminal.errors import LiminalError

SECRET = "canary"
CONTEXT: dict[str, Any] = {"operation": "submit_prompt", "request_id": "req-1", "attempts": 2}
KEPT = {"retry-after": "5", "date": "now", "content-type": "text/html"}
ECHOED = {"www-authenticate": SECRET, "location": SECRET, "x-anything": SECRET}
STATUS: dict[str, Any] = {
    "status_code": 429,
    "headers": httpx.Headers(KEPT | ECHOED),
    "body": SECRET.encode(),
    "retry_after": 5.0,
}
ERRORS: list[LiminalError] = [
    errors.LiminalError("message"),
    errors.RequestError("message", **CONTEXT),
    errors.APIConnectionError("message", may_have_been_processed=True, **CONTEXT),
    errors.APITimeoutError("message", may_have_been_processed=True, **CONTEXT),
    errors.APIStatusError("message", **STATUS, **CONTEXT),
    errors.RateLimitError("message", **STATUS, **CONTEXT),
    errors.AuthError("message", status_code=401, **CONTEXT),
    errors.ResponseValidationError("message", path="$.data", **CONTEXT),
    errors.StreamInterruptedError("message", partial_text=SECRET, chunks_received=3, **CONTEXT),
    errors.StreamServerError("message", server_message=SECRET, **CONTEXT),
    errors.ModelInstanceUnknownError("message", **CONTEXT),
]
# What an error has in place of what it keeps to itself.
CLEARED: dict[str, Any] = {"headers": httpx.Headers(KEPT), "partial_text": ""}


def test_there_is_an_example_of_every_error():
    kinds = {kind for _, kind in inspect.getmembers(errors, inspect.isclass)}
    known = {kind for kind in kinds if issubclass(kind, LiminalError)}
    assert {type(error) for error in ERRORS} == known


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_is_shown_and_pickled_without_what_is_private(error):
    private = type(error)._private
    assert {getattr(error, name) for name in private} <= {SECRET, SECRET.encode()}
    assert SECRET not in f"{error} {error!r} {error.args}"
    expected = vars(error) | dict.fromkeys(private)
    expected |= {name: value for name, value in CLEARED.items() if name in expected}
    with pytest.raises(type(error)) as caught:
        raise copy.copy(error) from ValueError(SECRET)
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        for each in (error, caught.value):
            pickled = pickle.dumps(each, protocol)
            assert SECRET.encode() not in pickled
            copied = pickle.loads(pickled)
            assert type(copied) is type(error)
            assert (str(copied), copied.args) == ("message", error.args)
            assert vars(copied) == expected
    assert vars(error).get("headers", STATUS["headers"]) == STATUS["headers"]


class OwnArgumentsError(LiminalError):
    """An error of a user's own, that is made in a way of its own."""

    def __new__(cls, *, code: int) -> Self:
        error = super().__new__(cls)
        error.code = code
        return error

    def __init__(self, *, code: int) -> None:
        super().__init__(f"declined: {code}")

    code: int


class OwnBaseError(LiminalError, OSError):
    """An error of a user's own, that is one of the system's, too."""


@pytest.mark.parametrize("error", [OwnArgumentsError(code=5), OwnBaseError("declined: 5")])
def test_a_user_s_own_error_is_pickled_and_shared(error):
    session = Session()
    call = next(session.call_numbers)
    session.fail(error)
    for found in (pickle.loads(pickle.dumps(error)), session.failure_for(call)):
        assert type(found) is type(error)
        assert found is not error
        assert str(found) == "declined: 5"
        assert vars(found) == vars(error)


@pytest.mark.parametrize("kind", [Client, SyncClient])
def test_neither_a_client_nor_what_belongs_to_it_can_be_pickled(kind):
    client = kind("https://api.example", auth=Token("t"))
    with pytest.raises(LiminalError, match=f"a {kind.__name__} can't be pickled.*settings"):
        pickle.dumps(client)
    stream = client.prompt.stream(1, "p")
    for found in (client, client.api, client.llm, client.thread, client.prompt, stream):
        for copy_of in (pickle.dumps, copy.deepcopy):
            with pytest.raises(LiminalError, match="can't be pickled"):
                copy_of(found)


class FromSettings(AuthProvider):
    """A provider of a user's own, that makes itself anew where it arrives."""

    def get_access_token_sync(self) -> str:
        return "token"


def test_a_user_s_own_provider_can_be_pickled():
    assert pickle.loads(pickle.dumps(FromSettings())).get_access_token_sync() == "token"
