"""``FakeOpenAI`` and ``FakeAnthropic``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from liminal.testing._models.fake import FakeModel
from liminal.testing._models.vendors import AnthropicService, OpenAIService

if TYPE_CHECKING:
    from liminal.testing._models.vendors import Vendor


class FakeOpenAI(FakeModel):
    """A server with OpenAI's API: chat completions and responses, whole and streamed.

        with FakeOpenAI() as model:
            model.reply("Dear PERSON_0")
            client = openai.OpenAI(base_url=model.base_url, api_key=model.api_key)
            ...
            assert not model.saw("Ada Lovelace")

    It stores no conversation of the responses API, and supports no tools but functions. For
    answers and options, see ``FakeModel``.
    """

    def _make_vendor(self) -> Vendor:
        return OpenAIService()

    @property
    def base_url(self) -> str:
        """The address to give ``openai.OpenAI`` as ``base_url``."""
        return f"{self.url}/v1"

    @property
    def environment(self) -> dict[str, str]:
        """``OPENAI_BASE_URL`` and ``OPENAI_API_KEY``."""
        return {"OPENAI_BASE_URL": self.base_url, "OPENAI_API_KEY": self.api_key}


class FakeAnthropic(FakeModel):
    """A server with Anthropic's API: messages, whole and streamed.

    with FakeAnthropic() as model:
        model.reply("Dear PERSON_0")
        client = anthropic.Anthropic(base_url=model.base_url, api_key=model.api_key)
        ...
        assert not model.saw("Ada Lovelace")

    For answers and options, see ``FakeModel``.
    """

    def _make_vendor(self) -> Vendor:
        return AnthropicService()

    @property
    def base_url(self) -> str:
        """The address to give ``anthropic.Anthropic`` as ``base_url``."""
        return self.url

    @property
    def environment(self) -> dict[str, str]:
        """``ANTHROPIC_BASE_URL`` and ``ANTHROPIC_API_KEY``."""
        return {"ANTHROPIC_BASE_URL": self.base_url, "ANTHROPIC_API_KEY": self.api_key}
