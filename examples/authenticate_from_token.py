"""Sign in with an environment token from Liminal.

Reads LIMINAL_API_SERVER_URL and TOKEN from the environment.
"""

import asyncio
import os

from liminal import Client

try:
    API_SERVER_URL = os.environ["LIMINAL_API_SERVER_URL"]
    TOKEN = os.environ["TOKEN"]
except KeyError as missing:
    raise SystemExit(f"Set {missing} in the environment") from None


async def main() -> None:
    """Sign in and list the model instances."""
    async with await Client.authenticate_from_token(API_SERVER_URL, TOKEN) as client:
        for model_instance in await client.llm.get_available_model_instances():
            print(f"{model_instance.id}: {model_instance.name}")


if __name__ == "__main__":
    asyncio.run(main())
