"""Stand-ins start and stop, refuse wrong options, and record what the model saw."""

import sys
from typing import Any

import anthropic
import httpx
import openai
import pytest

from liminal.errors import LiminalError
from liminal.testing import FakeAnthropic, FakeModel, FakeOpenAI, ModelRequest, Reply, ToolCall
from tests.support.tls import NO_TLS
from tests.testing.clients import PROMPT, Api, connected


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


def test_the_ledger_has_what_the_model_saw(api: Api, model: FakeModel, client: Any) -> None:
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
    ("path", "sent", "text"),
    [
        ("/", {"json": {"a": "Zoë"}}, "Zoë"),
        ("/", {"json": {"Zoë": 1}}, "Zoë"),
        ("/", {"json": {"a": [[{"b": "… Zoë …"}]]}}, "Zoë"),
        ("/", {"json": {"a": '{"to": "Zo\\u00eb"}'}}, "Zoë"),
        ("/", {"json": {"a": '["Zo\\u00eb"]'}}, "Zoë"),
        ("/", {"json": {"a": '{"Ada"'}}, '{"Ada"'),
        ("/", {"json": {"a": "[" * 100_000}}, "[["),
        ("/Ada", {}, "Ada"),
        ("/?q=Ada+L", {}, "Ada"),
        ("/", {"headers": {"x-name": "Ada"}}, "Ada"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_saw_finds_escaped_and_nested_text_urls_and_headers(
    path: str, sent: dict[str, Any], text: str
) -> None:
    with FakeOpenAI() as model:
        httpx.post(f"{model.url}{path}", **sent, verify=NO_TLS, trust_env=False)
        assert model.saw(text)
        assert not model.saw("Zoe")


def test_clear_removes_requests_and_queued_answers(api: Api, model: FakeModel, client: Any) -> None:
    api.ask(client)
    model.reply("queued")
    model.fail_next(500)
    model.fail_next_stream()
    model.clear()
    assert model.requests == []
    assert api.stream(client).text != "queued"


def test_a_restarted_stand_in_has_the_same_address(api: Api) -> None:
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


async def test_a_stand_in_works_with_asyncio_trio_and_the_environment(
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
    monkeypatch.setitem(sys.modules, "starlette.requests", None)
    monkeypatch.delitem(sys.modules, "liminal.testing._models.application", raising=False)
    with pytest.raises(LiminalError, match=r"The stand-in needs .*liminal-sdk-python\[testing\]"):
        FakeOpenAI()
