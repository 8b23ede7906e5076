"""Errors and answers travel between processes, without what is private; clients refuse to."""

import copy
import inspect
import pickle
from typing import Any

import httpx
import pytest

from liminal import Client, SyncClient, errors
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
    assert vars(copied) == expected


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
