"""The answers of the stand-ins, read by the vendors' own packages."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any
from unittest.mock import AsyncMock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liminal.errors import LiminalError
from liminal.testing import FakeModel, Reply, ToolCall
from tests.testing.clients import APIS, CHAT, MESSAGES, PROMPT, RESPONSES, Api, Said, connected

SEND = ToolCall("send", {"to": "PERSON_0 é 😀"})
SENT = ("send", '{"to": "PERSON_0 é 😀"}')
ASKED: Any = {"model": "m", "messages": [{"role": "user", "content": "Say something"}]}


@pytest.fixture(params=["ask", "stream"])
def ask(api: Api, request: pytest.FixtureRequest) -> Callable[[Any], Said]:
    """Ask for a whole answer, and for a streamed one."""
    found: Callable[[Any], Said] = getattr(api, request.param)
    return found


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ("Dear PERSON_0, é 😀", ("Dear PERSON_0, é 😀", ())),
        (
            Reply("I will.", tool_calls=[SEND, ToolCall("send", {}, id="mine")]),
            ("I will.", (SENT, ("send", "{}"))),
        ),
    ],
    ids=["text", "text and tools"],
)
def test_a_queued_reply_is_the_next_answer(
    ask: Callable[[Any], Said], model: FakeModel, client: Any, reply: Any, said: object
) -> None:
    model.reply(reply)
    answer = ask(client)
    assert (answer.text, answer.calls) == said


def test_the_default_answer_names_the_prompt_s_placeholders(
    ask: Callable[[Any], Said], client: Any
) -> None:
    assert "PERSON_0" in ask(client).text


def test_a_function_can_answer_by_the_request(
    ask: Callable[[Any], Said], api: Api, model: FakeModel, client: Any
) -> None:
    model.answer = lambda request: f"{request.api}: {request.prompt}"
    assert ask(client).text == f"{api.name}: {PROMPT}"


@pytest.mark.parametrize("how", ["ask", "end_of_stream"])
@pytest.mark.parametrize(
    ("reply", "chat", "responses", "messages"),
    [
        (Reply("Yes"), "stop", "completed", "end_turn"),
        (Reply(tool_calls=[SEND]), "tool_calls", "completed", "tool_use"),
        (Reply("Yes", finish="length"), "length", "max_output_tokens", "max_tokens"),
        (Reply("Y", finish="content_filter"), "content_filter", "content_filter", "refusal"),
        (Reply(refusal="No."), "stop", "completed", "refusal"),
    ],
    ids=["text", "tools", "length", "filter", "refusal"],
)
def test_the_finish_reason_is_in_the_api_s_terms(
    how: str, reply: Reply, chat: str, responses: str, messages: str
) -> None:
    for api, finish in ((CHAT, chat), (RESPONSES, responses), (MESSAGES, messages)):
        with api.make() as model, connected(model) as client:
            model.reply(reply)
            assert getattr(api, how)(client).finish == finish


@pytest.fixture(scope="module")
def served() -> Iterator[dict[str, tuple[FakeModel, Any]]]:
    """Serve each API for all examples, in packets that split characters."""
    with ExitStack() as stack:
        models = {api.name: stack.enter_context(api.make(packet=3)) for api in APIS}
        clients = {name: stack.enter_context(connected(each)) for name, each in models.items()}
        yield {name: (models[name], clients[name]) for name in models}


@settings(max_examples=15)
@given(text=st.text(alphabet="aé😀 \n_0P", max_size=30), size=st.integers(1, 8))
@pytest.mark.parametrize("api", APIS, ids=lambda api: api.name)
def test_a_stream_s_pieces_joined_are_the_text(
    served: dict[str, tuple[FakeModel, Any]], api: Api, text: str, size: int
) -> None:
    model, client = served[api.name]
    model.cut = size
    reply = Reply(text, tool_calls=[ToolCall("send", {"to": text})])
    model.reply(reply)
    model.reply(reply)
    assert api.stream(client) == api.ask(client)


def test_a_stream_is_cut_by_words_characters_or_a_function(client: Any, model: FakeModel) -> None:
    cuts: list[Any] = [None, 4, lambda text: [text[:1], text[1:]]]
    assert [pieces(client, model, cut) for cut in cuts] == [
        ["Dear ", "PERSON_0"],
        ["Dear", " PER", "SON_", "0"],
        ["D", "ear PERSON_0"],
    ]


def pieces(client: Any, model: FakeModel, cut: Any) -> list[str]:
    model.cut = cut
    model.reply("Dear PERSON_0")
    if hasattr(client, "messages"):
        with client.messages.stream(**ASKED, max_tokens=9) as stream:
            return list(stream.text_stream)
    chunks = client.chat.completions.create(**ASKED, stream=True)
    return [text for chunk in chunks for each in chunk.choices if (text := each.delta.content)]


def test_a_chat_has_as_many_choices_as_were_asked_for() -> None:
    with CHAT.make() as model, connected(model) as client:
        model.reply("one", Reply("two"))
        answer = client.chat.completions.create(**ASKED, n=3)
        whole = {each.index: each.message.content for each in answer.choices}
        model.reply("one", Reply("two"))
        streamed = {0: "", 1: "", 2: ""}
        for chunk in client.chat.completions.create(**ASKED, n=3, stream=True):
            for each in chunk.choices:
                streamed[each.index] += each.delta.content or ""
    assert whole == streamed == {0: "one", 1: "two", 2: "two"}


def test_a_chat_s_stream_ends_with_its_usage_if_requested() -> None:
    with CHAT.make() as model, connected(model) as client:
        model.reply("three short words")
        options = {"include_usage": True}
        chunks = client.chat.completions.create(**ASKED, stream=True, stream_options=options)
        usage = [chunk.usage for chunk in chunks][-1]
        assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (2, 3, 5)


def test_thinking_is_included_if_the_api_has_a_field_for_it() -> None:
    with MESSAGES.make() as model, connected(model) as client:
        model.reply(Reply("Yes", thinking="Who is PERSON_0?"))
        with client.messages.stream(**ASKED, max_tokens=9) as stream:
            thought, text = stream.get_final_message().content
        assert (thought.thinking, thought.signature) == ("Who is PERSON_0?", "fake-signature")
        assert text.text == "Yes"
    with RESPONSES.make() as model, connected(model) as client:
        model.reply(Reply("Yes", thinking="Who is PERSON_0?"))
        with client.responses.stream(model="m", input="?") as stream:
            thought, message = stream.get_final_response().output
        assert thought.summary[0].text == "Who is PERSON_0?"
        assert message.content[0].text == "Yes"


def test_an_invalid_answer_is_a_liminal_error(model: FakeModel) -> None:
    for wrong in ((), (None,), (["a"],)):
        with pytest.raises(LiminalError, match="must be a str, a Reply"):
            model.reply(*wrong)
    with pytest.raises(LiminalError, match="finish must be"):
        Reply(finish="tired")
    for no_function in ("Yes", AsyncMock()):
        with pytest.raises(LiminalError, match="answer must be a function"):
            model.answer = no_function
    assert (model.answer, model.cut) == (None, None)


def test_a_failing_answer_function_is_reported_to_the_client(
    ask: Callable[[Any], Said], model: FakeModel, client: Any
) -> None:
    model.answer = lambda request: request.nothing
    with pytest.raises(Exception, match="The test's answer failed, AttributeError") as told:
        ask(client.with_options(max_retries=2))
    assert told.value.status_code == 500
    assert len(model.requests) == 1  # it would fail again


def test_pieces_that_do_not_join_to_the_text_are_reported_to_the_client(
    api: Api, model: FakeModel, client: Any
) -> None:
    model.cut = lambda text: [text, "more"]
    with pytest.raises(Exception, match="join to the text"):
        api.stream(client)


def test_arguments_that_are_not_json_are_sent_unchanged() -> None:
    broken = Reply(tool_calls=[ToolCall("send", '{"to": ')])
    for api in (CHAT, RESPONSES):
        with api.make() as model, connected(model) as client:
            model.reply(broken)
            assert api.ask(client).calls == (("send", '{"to": '),)
    for arguments in ("{", "[]"):
        with MESSAGES.make() as model, connected(model) as client:
            model.reply(Reply(tool_calls=[ToolCall("send", arguments)]))
            with pytest.raises(Exception, match="have to be a JSON object"):
                MESSAGES.ask(client)
