"""Errors and answers travel between processes, without what is private; clients refuse to."""

import copy
import inspect
import pickle
from typing import Any, Self

import httpx
import pytest

from liminal import Client, SyncClient, errors
from liminal._session.state import Session
from liminal.auth import AuthProvider, SessionId, Token
from liminal.errors import LiminalError
from liminal_api.models import AnalyzeAnswer, SubmitAnswer, ThreadAnswer
from tests.faults.wire import FINDING, SUBMITTED, THREAD

SECRET = "canary"
CONTEXT: dict[str, Any] = {"operation": "submit_prompt", "request_id": "req-1", "attempts": 2}
STATUS: dict[str, Any] = {
    "status_code": 429,
    "headers": httpx.Headers({"Retry-After": "5"}),
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


def test_there_is_an_example_of_every_error() -> None:
    kinds = {kind for _, kind in inspect.getmembers(errors, inspect.isclass)}
    known = {kind for kind in kinds if issubclass(kind, LiminalError)}
    assert {type(error) for error in ERRORS} == known


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_an_error_is_pickled_without_what_is_private(error: LiminalError, protocol: int) -> None:
    pickled = pickle.dumps(error, protocol)
    assert SECRET.encode() not in pickled
    copied = pickle.loads(pickled)
    assert type(copied) is type(error)
    assert str(copied) == "message"
    assert copied.args == error.args
    private = type(error)._private
    expected = {name: None if name in private else v for name, v in vars(error).items()}
    if isinstance(error, errors.StreamInterruptedError):
        expected["partial_text"] = ""  # a str at all times, so that nobody has to ask for None
    assert vars(copied) == expected


def test_of_an_answers_headers_an_error_is_pickled_with_those_that_hold_no_secret() -> None:
    kept = {"retry-after": "5", "date": "now", "content-type": "text/html"}
    echoed = {"www-authenticate": SECRET, "location": SECRET, "x-anything": SECRET}
    headers = httpx.Headers(kept | echoed)
    error = errors.APIStatusError("message", **STATUS | {"headers": headers}, **CONTEXT)
    pickled = pickle.dumps(error)
    assert SECRET.encode() not in pickled
    assert dict(pickle.loads(pickled).headers) == kept
    assert error.headers["location"] == SECRET


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
def test_an_error_of_a_users_own_is_pickled_and_shared(error: Any) -> None:
    session = Session()
    call = session.begin_call()
    session.fail(error)
    for found in (pickle.loads(pickle.dumps(error)), session.failure_for(call)):
        assert type(found) is type(error)
        assert found is not error
        assert str(found) == "declined: 5"
        assert vars(found) == vars(error)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_that_was_raised_is_pickled_as_well(error: LiminalError) -> None:
    with pytest.raises(type(error)) as caught:
        raise copy.copy(error) from ValueError(SECRET)
    assert SECRET.encode() not in pickle.dumps(caught.value)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_what_is_private_is_there_for_who_asks(error: LiminalError) -> None:
    for name in type(error)._private:
        assert getattr(error, name) in {SECRET, SECRET.encode()}


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_what_is_private_is_shown_nowhere(error: LiminalError) -> None:
    assert SECRET not in f"{error} {error!r} {error.args}"


def test_answers_are_pickled() -> None:
    for kind, data in [
        (AnalyzeAnswer, {"findings": [FINDING]}),
        (SubmitAnswer, SUBMITTED),
        (ThreadAnswer, THREAD),
    ]:
        answer = kind.from_dict({"data": data})
        assert pickle.loads(pickle.dumps(answer)) == answer


@pytest.mark.parametrize("kind", [Client, SyncClient])
def test_a_client_says_what_to_send_instead(kind: Any) -> None:
    client = kind("https://api.example", auth=Token("t"))
    with pytest.raises(LiminalError, match=f"a {kind.__name__} can't be pickled.*settings"):
        pickle.dumps(client)
    with pytest.raises(LiminalError, match="can't be pickled"):
        copy.deepcopy(client)


@pytest.mark.parametrize("kind", [Client, SyncClient])
@pytest.mark.parametrize("part", ["api", "llm", "thread", "prompt", "stream"])
def test_what_belongs_to_a_client_can_not_be_pickled_either(kind: Any, part: str) -> None:
    client = kind("https://api.example", auth=SessionId("s"))
    found = client.prompt.stream(1, "p") if part == "stream" else getattr(client, part)
    with pytest.raises(LiminalError, match="can't be pickled"):
        pickle.dumps(found)


@pytest.mark.parametrize("secret", [Token(SECRET), SessionId(SECRET)])
def test_a_secret_can_not_be_pickled(secret: Any) -> None:
    with pytest.raises(LiminalError, match="can't be pickled") as caught:
        pickle.dumps(secret)
    assert SECRET not in str(caught.value)


class FromSettings(AuthProvider):
    """A provider of a user's own, that makes itself anew where it arrives."""

    def get_access_token_sync(self) -> str:
        return "token"


def test_what_a_user_wrote_is_pickled_as_they_wish() -> None:
    assert pickle.loads(pickle.dumps(FromSettings())).get_access_token_sync() == "token"
