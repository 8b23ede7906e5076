"""LangChain's models with a local server, which must see no name."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from langchain_anthropic import ChatAnthropic
from langchain_core.language_models import BaseChatModel
from langchain_openai import ChatOpenAI

from liminal.testing import FakeAnthropic, FakeOpenAI

from .agents import Tools

ADA = "Ada Lovelace"
LETTER: Any = [("user", f"Write to {ADA}")]


class Stand(NamedTuple):
    """A model, and the server that answers it."""

    model: BaseChatModel
    server: FakeOpenAI | FakeAnthropic


def _openai(server: FakeOpenAI, **options: Any) -> BaseChatModel:
    return ChatOpenAI(
        base_url=server.base_url, api_key=server.api_key, model="any", max_retries=0, **options
    )


@pytest.fixture(params=["chat", "responses", "blocks", "messages"])
def stand(request: pytest.FixtureRequest) -> Iterator[Stand]:
    """Each kind of answer: text, blocks of either vendor, and LangChain's own blocks."""
    kind = request.param
    if kind == "messages":
        with FakeAnthropic(cut=3) as anthropic:
            model = ChatAnthropic(
                base_url=anthropic.url, api_key=anthropic.api_key, model_name="any", max_retries=0
            )
            yield Stand(model, anthropic)
            assert not anthropic.saw("Lovelace")
        return
    options: Any = {
        "chat": {},
        "responses": {"use_responses_api": True},
        "blocks": {"use_responses_api": True, "output_version": "v1"},
    }
    with FakeOpenAI(cut=3) as openai:
        yield Stand(_openai(openai, **options[kind]), openai)
        assert not openai.saw("Lovelace")


@pytest.fixture
def server() -> Iterator[FakeOpenAI]:
    with FakeOpenAI(cut=3) as server:
        yield server
        assert not server.saw("Lovelace")


@pytest.fixture
def model(server: FakeOpenAI) -> BaseChatModel:
    return _openai(server)


@pytest.fixture
def tools() -> Tools:
    return Tools()
