"""What a sandbox can be given, and what it refuses."""

from typing import Any

import pytest

from liminal.errors import LiminalError
from liminal.sandbox import Sandbox
from tests.sandbox.conftest import connect, log_in

HUGE = 10**400  # larger than any float
NAN, INFINITY = float("nan"), float("inf")
WRONG: dict[str, list[Any]] = {
    "token": ["", "a\nb", "é", None, b"x"],
    "port": [-1, 65_536, "x", 1.5, True],
    "session_ttl": [0, NAN, "x", True, HUGE],
    "session_uses": [0, 1.5],
    "roll_sessions": ["x"],
    "roll_grace": [-1, "x", HUGE],
    "stream_format": ["xml", {}],
    "terms": [{" ": "A"}, {"a": ""}, 3, ["a"], {1: "A"}, {"a": 1}],
    "phone_region": [{}, "us"],
    "model": [3],
    "model_instances": [None, ["a"], {1: ["a"]}, {"a": "openai/gpt-4o"}, {"a": None}, {"a": [1]}],
    "threads": [None, "a", [1]],
    "accept_provider_token": [3],
    "keep_requests": [-1, 1.5, HUGE],
    "keep_threads": [0, None],
    "chunk_delay": [-1, NAN, INFINITY, None, HUGE],
    "answer_delay": [-1, NAN, INFINITY, "x", HUGE],
}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param(name, value, id=f"{name} {number}")
        for name, values in WRONG.items()
        for number, value in enumerate(values)
    ],
)
def test_an_invalid_option_is_refused_by_its_name(name, value):
    with pytest.raises(LiminalError, match=f"can't be set up: {name} "):
        Sandbox(**{name: value})  # type: ignore[arg-type]


def test_threads_need_a_model_instance_that_is_usable():
    with pytest.raises(LiminalError, match="can't be set up: threads "):
        Sandbox(threads=["a"], model_instances={"b": []})


@pytest.mark.parametrize("name", ["chunk_delay", "answer_delay", "accept_provider_token"])
def test_attributes_are_validated_when_they_are_set(sandbox, name):
    with pytest.raises(LiminalError, match=f"can't be set up: {name} "):
        setattr(sandbox, name, "x")


@pytest.mark.parametrize("seconds", [None, INFINITY])
def test_a_time_may_be_unlimited(seconds):
    sandbox = Sandbox(session_ttl=seconds, roll_grace=seconds)
    with sandbox, connect(sandbox) as client:
        assert "max-age" not in log_in(client).headers["set-cookie"].lower()
