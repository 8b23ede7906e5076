"""Go on with a session that was opened earlier.

LIMINAL_API_SERVER_URL says where; SESSION_ID is a client's ``session_id``.
"""

import asyncio
import os

from liminal import Client

try:
    API_SERVER_URL = os.environ["LIMINAL_API_SERVER_URL"]
    SESSION_ID = os.environ["SESSION_ID"]
except KeyError as missing:
    raise SystemExit(f"Set {missing} in the environment") from None


async def main() -> None:
    """Sign in, and list the threads."""
    async with await Client.authenticate_from_session_id(API_SERVER_URL, SESSION_ID) as liminal:
        for thread in await liminal.thread.get_available():
            print(f"{thread.id}: {thread.name}")


if __name__ == "__main__":
    asyncio.run(main())
