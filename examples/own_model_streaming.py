"""Chat with Anthropic's model; each answer appears hydrated while it is written.

Reads LIMINAL_API_SERVER_URL, TOKEN and MODEL_INSTANCE_NAME from the environment. The
anthropic package reads ANTHROPIC_API_KEY, and ANTHROPIC_BASE_URL for another address. An empty
line, or the end of the input, ends the chat.
"""

import asyncio
import os
import sys

from anthropic import AsyncAnthropic
from anthropic.types import MessageParam

from liminal import Client
from liminal.integrations.anthropic import protect

try:
    API_SERVER_URL = os.environ["LIMINAL_API_SERVER_URL"]
    TOKEN = os.environ["TOKEN"]
    MODEL_INSTANCE_NAME = os.environ["MODEL_INSTANCE_NAME"]
except KeyError as missing:
    raise SystemExit(f"Set {missing} in the environment") from None


async def main() -> None:
    """Send each line of the input as a turn."""
    async with (
        await Client.authenticate_from_token(API_SERVER_URL, TOKEN) as client,
        AsyncAnthropic() as model,
    ):
        model_instance = await client.llm.get_model_instance(MODEL_INSTANCE_NAME)
        protected = protect(model, client.conversation(model_instance.id))
        history: list[MessageParam] = []
        while prompt := (await asyncio.to_thread(sys.stdin.readline)).strip():
            history.append({"role": "user", "content": prompt})
            async with protected.messages.stream(
                model="claude-5", max_tokens=1000, messages=history
            ) as stream:
                async for text in stream.text_stream:
                    print(text, end="", flush=True)
            message = await stream.get_final_message()
            print(f" [{message.stop_reason}]")
            history.append({"role": "assistant", "content": message.content})


if __name__ == "__main__":
    asyncio.run(main())
