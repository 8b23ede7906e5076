"""Chat with a model; each answer appears while it is written.

LIMINAL_API_SERVER_URL, TOKEN and MODEL_INSTANCE_NAME say where, as whom and with which model. An
empty line, or the end of the input, ends the chat.
"""

import asyncio
import os
import sys

from liminal import Client

try:
    API_SERVER_URL = os.environ["LIMINAL_API_SERVER_URL"]
    TOKEN = os.environ["TOKEN"]
    MODEL_INSTANCE_NAME = os.environ["MODEL_INSTANCE_NAME"]
except KeyError as missing:
    raise SystemExit(f"Set {missing} in the environment") from None


async def main() -> None:
    """One turn for each line of the input, all in one thread."""
    async with await Client.authenticate_from_token(API_SERVER_URL, TOKEN) as liminal:
        model_instance = await liminal.llm.get_model_instance(MODEL_INSTANCE_NAME)
        thread = await liminal.thread.create(model_instance.id, "Chat")
        while prompt := (await asyncio.to_thread(sys.stdin.readline)).strip():
            stream = liminal.prompt.stream(
                model_instance.id, prompt, thread_id=thread.id, hydrate=True
            )
            async for chunk in stream:
                print(chunk.content, end="", flush=True)
            print(f" [{stream.finish_reason}]")


if __name__ == "__main__":
    asyncio.run(main())
