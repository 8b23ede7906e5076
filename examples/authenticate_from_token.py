"""Sign in with an environment token from Liminal.

LIMINAL_API_SERVER_URL says where, TOKEN is the token.
"""

import asyncio
import os

from liminal import Client


async def main() -> None:
    """Sign in, and list the model instances."""
    async with await Client.authenticate_from_token(
        os.environ["LIMINAL_API_SERVER_URL"], os.environ["TOKEN"]
    ) as liminal:
        for model_instance in await liminal.llm.get_available_model_instances():
            print(f"{model_instance.id}: {model_instance.name}")


if __name__ == "__main__":
    asyncio.run(main())
