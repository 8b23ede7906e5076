"""What a sandbox can be given, and what it refuses."""

from typing import Any

import pytest

from liminal.errors import LiminalError
from liminal.sandbox import Sandbox
from tests.sandbox.conftest import connect, log_in

# Larger than any float.
HUGE = 10**400


@pytest.mark.parametrize(
    "wrong",
    [
        {"token": ""},
        {"token": "a\nb"},
        {"token": "é"},
        {"port": -1},
        {"port": 65_536},
        {"session_ttl": 0},
        {"session_ttl": float("nan")},
        {"session_uses": 0},
        {"roll_grace": -1},
        {"stream_format": "xml"},
        {"terms": {" ": "A"}},
        {"terms": {"a": ""}},
        {"keep_requests": -1},
        {"keep_threads": 0},
        {"threads": ["a"], "model_instances": {"b": []}},
        {"token": None},
        {"token": b"x"},
        {"port": "x"},
        {"port": 1.5},
        {"port": True},
        {"session_ttl": "x"},
        {"session_ttl": True},
        {"session_ttl": HUGE},
        {"session_uses": 1.5},
        {"roll_sessions": "x"},
        {"roll_grace": "x"},
        {"roll_grace": HUGE},
        {"stream_format": {}},
        {"terms": 3},
        {"terms": ["a"]},
        {"terms": {1: "A"}},
        {"terms": {"a": 1}},
        {"phone_region": {}},
        {"phone_region": "us"},
        {"model": 3},
        {"model_instances": None},
        {"model_instances": ["a"]},
        {"model_instances": {1: ["a"]}},
        {"model_instances": {"a": "openai/gpt-4o"}},
        {"model_instances": {"a": None}},
        {"model_instances": {"a": [1]}},
        {"threads": None},
        {"threads": "a"},
        {"threads": [1]},
        {"accept_provider_token": 3},
        {"keep_requests": 1.5},
        {"keep_requests": HUGE},
        {"keep_threads": None},
        {"chunk_delay": None},
        {"chunk_delay": HUGE},
        {"answer_delay": "x"},
        {"answer_delay": HUGE},
    ],
)
def test_an_option_that_can_t_be_is_refused_by_its_name(wrong: dict[str, Any]) -> None:
    with pytest.raises(LiminalError, match=f"can't be set up: {next(iter(wrong))} "):
        Sandbox(**wrong)


@pytest.mark.parametrize("name", ["chunk_delay", "answer_delay", "accept_provider_token"])
def test_what_can_be_changed_later_is_checked_then_too(sandbox: Sandbox, name: str) -> None:
    with pytest.raises(LiminalError, match=f"can't be set up: {name} "):
        setattr(sandbox, name, "x")


def test_a_time_may_be_without_end() -> None:
    with (
        Sandbox(session_ttl=float("inf"), roll_grace=float("inf")) as sandbox,
        connect(sandbox) as client,
    ):
        assert "max-age" not in log_in(client).headers["set-cookie"].lower()
