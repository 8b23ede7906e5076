"""A protected client, and its model's server, which must see no name."""

from collections.abc import Iterator

import openai
import pytest

from liminal import (
    Conversation,
)
from liminal.integrations.openai import protect
from liminal.testing import FakeOpenAI


@pytest.fixture
def model() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as model:
        yield model
        assert not model.saw("Lovelace")


@pytest.fixture
def plain(model: FakeOpenAI) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=model.base_url, api_key=model.api_key, max_retries=0) as client:
        yield client


@pytest.fixture
def client(plain: openai.OpenAI, conversation: Conversation) -> openai.OpenAI:
    return protect(plain, conversation)
