"""Cleanse a prompt for a model of your own, and put the sensitive text back into its answer.

LIMINAL_API_SERVER_URL, TOKEN and MODEL_INSTANCE_NAME say where, as whom and under which policy.
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
    """Analyze, cleanse, answer without Liminal, hydrate."""
    async with await Client.authenticate_from_token(API_SERVER_URL, TOKEN) as liminal:
        model_instance = await liminal.llm.get_model_instance(MODEL_INSTANCE_NAME)
        thread = await liminal.thread.create(model_instance.id, "Hydrate a response")

        prompt = "Write to Ada Lovelace at ada@example.com."
        findings = await liminal.prompt.analyze(model_instance.id, prompt)
        cleansed = await liminal.prompt.cleanse(
            model_instance.id, prompt, findings=findings, thread_id=thread.id
        )
        print(f"cleansed: {cleansed.text}")

        answer = cleansed.text.replace("Write", "I wrote")  # stands for a model of your own
        hydrated = await liminal.prompt.hydrate(model_instance.id, answer, thread_id=thread.id)
        print(f"hydrated: {hydrated.text}")


if __name__ == "__main__":
    asyncio.run(main())
