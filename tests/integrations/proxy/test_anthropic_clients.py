"""The ``anthropic`` package, pointed at the proxy."""

import json
from collections.abc import Iterator
from typing import Any

import anthropic
import pytest

from liminal.integrations.proxy._server import Running
from liminal.testing import FakeAnthropic, Reply, ToolCall

from .running import ADA, KEY, SAID

LETTER: Any = [{"role": "user", "content": f"Write to {ADA}"}]
SEND = Reply("Dear PERSON_0, yes, PERSON_0", tool_calls=[ToolCall("send", {"to": "PERSON_0"})])


@pytest.fixture
def client(anthropic_proxy: Running) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(base_url=anthropic_proxy.url, api_key=KEY, max_retries=0) as client:
        yield client


def test_a_message_is_hydrated_and_cleansed_in_the_next_turn(
    client: anthropic.Anthropic, anthropic_model: FakeAnthropic
) -> None:
    anthropic_model.reply(SEND)
    answer = client.messages.create(model="any", max_tokens=9, messages=LETTER)
    said, called = answer.content
    assert said.type == "text"
    assert said.text == SAID
    assert called.type == "tool_use"
    assert called.input == {"to": ADA}
    result = {"type": "tool_result", "tool_use_id": called.id, "content": f"{ADA}: ok"}
    history: Any = [*LETTER, {"role": "assistant", "content": answer.content}]
    history += [{"role": "user", "content": [result]}]
    client.messages.create(model="any", max_tokens=9, messages=history)
    sent = json.loads(anthropic_model.requests[1].raw)["messages"]
    assert sent[1]["content"][1]["input"] == {"to": "PERSON_0"}
    assert sent[2]["content"][0]["content"] == "PERSON_0: ok"


@pytest.mark.parametrize(("cut", "packet"), [(None, None), (1, None), (3, 1), (5, 7)])
def test_streams_are_hydrated(
    client: anthropic.Anthropic, anthropic_model: FakeAnthropic, cut: int, packet: int
) -> None:
    anthropic_model.cut, anthropic_model._controls.packet = cut, packet
    anthropic_model.reply(SEND)
    with client.messages.stream(model="any", max_tokens=9, messages=LETTER) as stream:
        assert "".join(stream.text_stream) == SAID
        final: Any = stream.get_final_message().content
    assert (final[0].text, final[1].input) == (SAID, {"to": ADA})


def test_the_beta_client_may_add_its_query_and_headers(
    client: anthropic.Anthropic, anthropic_model: FakeAnthropic
) -> None:
    anthropic_model.reply("Dear PERSON_0")
    answer = client.beta.messages.create(
        model="any",
        max_tokens=9,
        messages=LETTER,
        betas=["context-1m-2025-08-07"],
        extra_query={"beta": "true"},
    )
    assert answer.content[0].to_dict()["text"] == f"Dear {ADA}"
    (request,) = anthropic_model.requests
    assert request.query == "beta=true"
    assert request.headers["anthropic-beta"] == "context-1m-2025-08-07"
    assert request.headers["anthropic-version"]


def test_a_stream_that_is_cut_off_is_an_error(
    client: anthropic.Anthropic, anthropic_model: FakeAnthropic
) -> None:
    anthropic_model.reply("Dear PERSON_0, yes")
    anthropic_model.fail_next_stream(after=1, ending="cut")
    with (
        pytest.raises(anthropic.APIError, match="connection to the upstream failed"),
        client.messages.stream(model="any", max_tokens=9, messages=LETTER) as stream,
    ):
        list(stream)


def test_an_upstream_s_error_passes_through(
    client: anthropic.Anthropic, anthropic_model: FakeAnthropic
) -> None:
    anthropic_model.fail_next(529)
    with pytest.raises(anthropic.APIStatusError, match="told to fail") as caught:
        client.messages.create(model="any", max_tokens=9, messages=LETTER)
    assert caught.value.status_code == 529
