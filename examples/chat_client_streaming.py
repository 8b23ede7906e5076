"""Chat with a model and print each answer while it is being written.

Reads LIMINAL_API_SERVER_URL, TOKEN and MODEL_INSTANCE_NAME from the environment. An empty line or
the end of the input ends the chat.
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
    """Submit each line of the input as one turn of a thread."""
    async with await Client.authenticate_from_token(API_SERVER_URL, TOKEN) as client:
        model_instance = await client.llm.get_model_instance(MODEL_INSTANCE_NAME)
        thread = await client.thread.create(model_instance.id, "Chat")
        while prompt := (await asyncio.to_thread(sys.stdin.readline)).strip():
            stream = client.prompt.stream(
                model_instance.id, prompt, thread_id=thread.id, hydrate=True
            )
            async for chunk in stream:
                print(chunk.content, end="", flush=True)
            print(f" [{stream.finish_reason}]")


if __name__ == "__main__":
    asyncio.run(main())
