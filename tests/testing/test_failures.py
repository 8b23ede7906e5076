"""Keys, failures, streams that break or are abandoned, and delays."""

from typing import Any

import anthropic
import httpx
import openai
import pytest

from liminal.testing import FakeAnthropic, FakeModel
from tests.support.tls import NO_TLS
from tests.testing.clients import Api, connected

ERRORS = (openai.APIError, anthropic.APIError)
UNCONNECTED = (openai.APIConnectionError, anthropic.APIConnectionError)


def test_another_key_is_refused(api: Api, model: FakeModel) -> None:
    with connected(model, api_key="sk-other") as client, pytest.raises(ERRORS) as told:
        api.ask(client)
    assert told.value.status_code == 401
    assert model.requests[0].status == 401


def test_anthropic_s_bearer_tokens_are_accepted_as_keys() -> None:
    with (
        FakeAnthropic() as model,
        anthropic.Anthropic(base_url=model.base_url, auth_token=model.api_key) as client,
    ):
        assert [each.id for each in client.models.list()] == ["fake-model"]


def test_other_paths_are_not_found(model: FakeModel) -> None:
    key = {"authorization": f"Bearer {model.api_key}"}
    with httpx.Client(base_url=model.url, headers=key, verify=NO_TLS, trust_env=False) as client:
        assert client.post("/v1/embeddings").status_code == 404
        assert client.delete("/v1/models").status_code == 404
    assert [request.api for request in model.requests] == ["", ""]


@pytest.mark.parametrize("how", ["ask", "stream"])
@pytest.mark.parametrize("status", [400, 403, 404, 429, 500, 529])
def test_a_failure_is_the_vendor_s_error(
    api: Api, model: FakeModel, client: Any, status: int, how: str
) -> None:
    model.fail_next(status)
    with pytest.raises(ERRORS, match="told to fail") as told:
        getattr(api, how)(client)
    assert told.value.status_code == status
    assert told.value.request_id.startswith("req_fake")
    assert getattr(api, how)(client).text


def test_a_failure_may_have_a_body_headers_and_a_path(
    api: Api, model: FakeModel, client: Any
) -> None:
    model.fail_next(503, body="<h1>Down</h1>", headers={"Retry-After": "7"}, path="/v1/*")
    model.fail_next(500, path="/elsewhere")
    with pytest.raises(ERRORS) as told:
        api.ask(client)
    assert told.value.response.headers["retry-after"] == "7"
    assert told.value.response.text == "<h1>Down</h1>"
    assert api.ask(client).text


def test_a_connection_may_be_dropped_without_an_answer(
    api: Api, model: FakeModel, client: Any
) -> None:
    model.drop_next()
    with pytest.raises(UNCONNECTED):
        api.ask(client)
    assert [request.status for request in model.requests] == [0]
    assert api.ask(client).text


def test_a_client_s_own_retries_get_past_a_failure(api: Api, model: FakeModel) -> None:
    model.fail_next(500, times=2, headers={"Retry-After-Ms": "1"})
    with connected(model, max_retries=2) as client:
        assert api.ask(client).text
    assert [request.status for request in model.requests] == [500, 500, 200]


def read(api: Api, client: Any) -> list[Any]:
    """Read a stream's events, and last the error that ends it."""
    events: list[Any] = []
    try:
        for event in api.events(client):
            events.append(event)  # noqa: PERF402 - what came before the error counts
    except Exception as error:  # noqa: BLE001 - told apart by the tests
        return [*events, error]
    pytest.fail("The stream ended well.")


def said(events: list[Any]) -> str:
    """The text of a stream's events, whatever the API."""
    text = ""
    for event in events:
        if hasattr(event, "choices"):
            text += "".join(each.delta.content or "" for each in event.choices)
        elif getattr(event, "type", "") == "content_block_delta":
            text += event.delta.text
        elif getattr(event, "type", "") == "response.output_text.delta":
            text += event.delta
    return text


@pytest.mark.parametrize("after", [0, 1, 2, 9])
def test_a_stream_may_end_in_an_error_after_some_pieces(
    api: Api, model: FakeModel, client: Any, after: int
) -> None:
    model.reply("one two three")
    model.fail_next_stream(after=after, message="Overloaded")
    if api.name == "responses":  # whose client returns the error as an event
        events = list(api.events(client))
        assert (events[-1].type, events[-1].message) == ("error", "Overloaded")
    else:
        events = read(api, client)
        assert isinstance(events[-1], ERRORS)
        assert "Overloaded" in str(events[-1])
    assert said(events) == "".join(["one ", "two ", "three"][:after])


@pytest.mark.parametrize("after", [0, 2])
def test_a_stream_may_be_cut_off_with_its_connection(
    api: Api, model: FakeModel, client: Any, after: int
) -> None:
    model.reply("one two three")
    model.fail_next_stream(after=after, ending="cut")
    events = read(api, client)
    assert isinstance(events[-1], UNCONNECTED) or "RemoteProtocol" in type(events[-1]).__name__
    assert said(events) == "".join(["one ", "two "][:after])
    assert model.wait_until_idle()


def test_a_stream_may_end_early_without_an_error(api: Api, model: FakeModel, client: Any) -> None:
    model.reply("one two three")
    model.fail_next_stream(after=1, ending="end")
    events = list(api.events(client))
    assert said(events) == "one "
    assert [end for event in events if (end := api.finish(event))] == []


def test_an_answer_without_text_breaks_before_its_end(
    api: Api, model: FakeModel, client: Any
) -> None:
    model.reply("")
    model.fail_next_stream(after=3, ending="end")
    events = list(api.events(client))
    assert events
    assert said(events) == ""


@pytest.mark.parametrize("who", ["client", "model"])
def test_a_stream_ends_when_its_client_leaves_or_the_stand_in_stops(
    api: Api, model: FakeModel, client: Any, who: str
) -> None:
    model.chunk_delay = 0.01
    model.reply("word " * 10_000)
    events = iter(api.events(client))
    assert next(events)
    assert not model.wait_until_idle(0)
    if who == "client":
        client.close()
        assert model.wait_until_idle()
    else:
        model.stop()
        assert model.wait_until_idle(0)
        with pytest.raises(Exception, match=r"closed|Connection"):
            list(events)


def test_an_answer_and_each_write_may_be_delayed(api: Api, model: FakeModel, client: Any) -> None:
    model.answer_delay = model.chunk_delay = 0.01
    assert (model.answer_delay, model.chunk_delay) == (0.01, 0.01)
    assert api.stream(client).text
