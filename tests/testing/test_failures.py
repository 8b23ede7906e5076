"""Keys, failures, streams that break, delays, and what the ledger tells of all that."""

from typing import Any

import anthropic
import httpx
import openai
import pytest

from liminal.errors import LiminalError
from liminal.testing import FakeAnthropic, FakeModel, FakeOpenAI, ModelRequest, Reply, ToolCall
from tests.support.tls import NO_TLS
from tests.testing.clients import PROMPT, Api, connected

ERRORS = (openai.APIError, anthropic.APIError)


def test_another_key_is_refused(api: Api, model: FakeModel) -> None:
    with connected(model, api_key="sk-other") as client, pytest.raises(ERRORS) as told:
        api.ask(client)
    assert told.value.status_code == 401
    assert model.requests[0].status == 401


def test_anthropic_s_bearer_tokens_are_keys_too() -> None:
    with (
        FakeAnthropic() as model,
        anthropic.Anthropic(base_url=model.base_url, auth_token=model.api_key) as client,
    ):
        assert [each.id for each in client.models.list()] == ["fake-model"]


def test_there_is_nothing_at_other_paths(model: FakeModel) -> None:
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


def test_a_failure_may_have_a_body_headers_and_a_path_of_its_own(
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
    with pytest.raises((openai.APIConnectionError, anthropic.APIConnectionError)):
        api.ask(client)
    assert [request.status for request in model.requests] == [0]
    assert api.ask(client).text


def test_a_client_s_own_retries_get_past_a_failure(api: Api, model: FakeModel) -> None:
    model.fail_next(500, times=2, headers={"Retry-After-Ms": "1"})
    with connected(model, max_retries=2) as client:
        assert api.ask(client).text
    assert [request.status for request in model.requests] == [500, 500, 200]


def read(api: Api, client: Any) -> list[Any]:
    """Read a stream's events, and last the error in which it ends."""
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
    if api.name == "responses":  # whose client hands the error out as an event
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
    assert isinstance(events[-1], openai.APIConnectionError | anthropic.APIConnectionError) or (
        "RemoteProtocolError" in type(events[-1]).__name__
    )
    assert said(events) == "".join(["one ", "two ", "three"][:after])
    assert model.wait_until_idle()


def test_a_stream_may_end_as_if_all_had_been_said(api: Api, model: FakeModel, client: Any) -> None:
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


async def answer_later(_: ModelRequest) -> str:
    return "Yes"


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: FakeOpenAI(packet=0),
        lambda: FakeOpenAI(cut=0),
        lambda: FakeOpenAI(keep_requests=-1),
        lambda: FakeOpenAI(answer="Yes"),
        lambda: FakeOpenAI(answer=answer_later),
        lambda: FakeOpenAI(api_key=""),
        lambda: FakeOpenAI(api_key=None),
        lambda: FakeOpenAI(models="gpt"),
        lambda: FakeOpenAI(models=[5]),
        lambda: setattr(FakeOpenAI(), "cut", "words"),
        lambda: setattr(FakeOpenAI(), "chunk_delay", -1),
        lambda: setattr(FakeOpenAI(), "answer_delay", "1"),
        lambda: FakeOpenAI().fail_next(1),
        lambda: FakeOpenAI().fail_next_stream(after=-1),
        lambda: FakeOpenAI().fail_next_stream(ending="bang"),
        lambda: FakeOpenAI().fail_next_stream(message=5),
        lambda: Reply(text=None),
        lambda: Reply(thinking=b"Hm"),
        lambda: Reply(refusal=5),
        lambda: Reply(tool_calls=ToolCall("send")),
        lambda: Reply(tool_calls=["send"]),
        lambda: ToolCall(5),
        lambda: ToolCall("send", {"to": object()}),
        lambda: ToolCall("send", 5),
        lambda: ToolCall("send", id=5),
        lambda: FakeOpenAI().url,
        lambda: FakeAnthropic().base_url,
    ],
)
def test_a_wrong_option_is_a_liminal_error(wrong: Any) -> None:
    with pytest.raises(LiminalError):
        wrong()


def test_the_ledger_tells_what_the_model_saw(api: Api, model: FakeModel, client: Any) -> None:
    api.ask(client)
    api.stream(client)
    asked, streamed = model.requests
    assert (asked.api, asked.prompt, asked.streamed, asked.status) == (api.name, PROMPT, False, 200)
    assert (streamed.api, streamed.prompt, streamed.streamed) == (api.name, PROMPT, True)
    assert asked.model in ("gpt-x", "claude-x")
    assert asked.headers["content-type"] == "application/json"
    assert asked.time <= streamed.time
    assert repr(asked) == f"<ModelRequest POST {asked.path} -> 200>"
    assert model.saw("PERSON_0")
    assert not model.saw("Ada")


@pytest.mark.parametrize(
    "body",
    [
        {"a": "Zoë"},
        {"Zoë": 1},
        {"a": [[{"b": "… Zoë …"}]]},
        {"a": '{"to": "Zo\\u00eb"}'},
        {"a": '["Zo\\u00eb"]'},
    ],
)
def test_what_is_escaped_or_nested_is_seen_too(body: object) -> None:
    with FakeOpenAI() as model:
        httpx.post(f"{model.url}/v1/responses", json=body, verify=NO_TLS, trust_env=False)
        assert model.saw("Zoë")
        assert not model.saw("Zoe")


@pytest.mark.parametrize(
    ("path", "headers"), [("/Ada", {}), ("/?q=Ada+L", {}), ("/", {"x-name": "Ada"})]
)
def test_addresses_and_headers_are_seen_too(path: str, headers: dict[str, str]) -> None:
    with FakeOpenAI() as model:
        httpx.get(f"{model.url}{path}", headers=headers, verify=NO_TLS, trust_env=False)
        assert model.saw("Ada")


def test_json_in_a_text_that_is_none_is_text() -> None:
    with FakeOpenAI() as model:
        for text in ('{"Ada"', "[" * 100_000):
            body = {"a": text}
            httpx.post(f"{model.url}/v1/x", json=body, verify=NO_TLS, trust_env=False)
        assert model.saw('{"Ada"')
        assert not model.saw("Byron")


def test_it_forgets_when_told_to(api: Api, model: FakeModel, client: Any) -> None:
    api.ask(client)
    model.reply("queued")
    model.fail_next(500)
    model.fail_next_stream()
    model.clear()
    assert model.requests == []
    assert api.stream(client).text != "queued"


def test_a_client_that_leaves_a_stream_ends_it(api: Api, model: FakeModel, client: Any) -> None:
    model.chunk_delay = 0.01
    model.reply("word " * 10_000)
    events = api.events(client)
    assert next(iter(events))
    assert not model.wait_until_idle(0)
    client.close()
    assert model.wait_until_idle()


def test_a_stop_ends_the_streams(api: Api, model: FakeModel, client: Any) -> None:
    model.chunk_delay = 0.01
    model.reply("word " * 10_000)
    events = iter(api.events(client))
    assert next(events)
    model.stop()
    assert model.wait_until_idle(0)
    with pytest.raises(Exception, match=r"closed|Connection"):
        list(events)


def test_an_answer_and_each_write_may_be_late(api: Api, model: FakeModel, client: Any) -> None:
    model.answer_delay = model.chunk_delay = 0.01
    assert (model.answer_delay, model.chunk_delay) == (0.01, 0.01)
    assert api.stream(client).text


def test_a_stand_in_starts_again_where_it_was(api: Api) -> None:
    model = api.make()
    assert repr(model) == f"<{type(model).__name__}, not running>"
    with model:
        url = model.url
        assert repr(model) == f"<{type(model).__name__} {url}>"
        with pytest.raises(LiminalError, match="already running"):
            model.start()
    model.stop()
    with model, connected(model) as client:
        assert model.url == url
        assert api.ask(client).text


@pytest.mark.anyio
async def test_it_serves_asyncio_and_trio_and_by_the_environment(
    monkeypatch: pytest.MonkeyPatch, anyio_backend: str
) -> None:
    async with FakeOpenAI() as model, FakeAnthropic() as other:
        for name, value in (model.environment | other.environment).items():
            monkeypatch.setenv(name, value)
        asked: Any = {"model": "m", "messages": [{"role": "user", "content": "?"}]}
        if anyio_backend == "asyncio":
            async with openai.AsyncOpenAI() as client:
                assert (await client.chat.completions.create(**asked)).choices
        async with anthropic.AsyncAnthropic() as client:
            assert (await client.messages.create(**asked, max_tokens=9)).content


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "starlette.requests", None)
    monkeypatch.delitem(
        __import__("sys").modules, "liminal.testing._models.application", raising=False
    )
    with pytest.raises(LiminalError, match=r"The stand-in needs .*liminal-sdk-python\[testing\]"):
        FakeOpenAI()
