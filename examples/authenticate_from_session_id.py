"""Sign in with the session id of another client.

Reads LIMINAL_API_SERVER_URL and SESSION_ID from the environment.
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
    """Sign in and list the threads."""
    async with await Client.authenticate_from_session_id(API_SERVER_URL, SESSION_ID) as client:
        for thread in await client.thread.get_available():
            print(f"{thread.id}: {thread.name}")


if __name__ == "__main__":
    asyncio.run(main())
