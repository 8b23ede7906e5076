"""Cleanse a prompt for your own model and restore the original text in its answer.

Reads LIMINAL_API_SERVER_URL, TOKEN and MODEL_INSTANCE_NAME from the environment.
"""

import asyncio
import os

from liminal import Client

try:
    API_SERVER_URL = os.environ["LIMINAL_API_SERVER_URL"]
    TOKEN = os.environ["TOKEN"]
    MODEL_INSTANCE_NAME = os.environ["MODEL_INSTANCE_NAME"]
except KeyError as missing:
    raise SystemExit(f"Set {missing} in the environment") from None


async def main() -> None:
    """Analyze, cleanse, answer without Liminal, and hydrate."""
    async with await Client.authenticate_from_token(API_SERVER_URL, TOKEN) as client:
        model_instance = await client.llm.get_model_instance(MODEL_INSTANCE_NAME)
        thread = await client.thread.create(model_instance.id, "Hydrate a response")

        prompt = "Write to Ada Lovelace at ada@example.com."
        findings = await client.prompt.analyze(model_instance.id, prompt)
        cleansed = await client.prompt.cleanse(
            model_instance.id, prompt, findings=findings, thread_id=thread.id
        )
        print(f"cleansed: {cleansed.text}")

        answer = cleansed.text.replace("Write", "I wrote")  # stands for your own model
        hydrated = await client.prompt.hydrate(model_instance.id, answer, thread_id=thread.id)
        print(f"hydrated: {hydrated.text}")


if __name__ == "__main__":
    asyncio.run(main())
