"""Signs in in each way; a session id of one client serves another."""

import asyncio
import os

import httpx

from liminal import Client
from liminal.auth import AuthProvider
from liminal.client import DEFAULT_REQUEST_TIMEOUT

URL = os.environ["LIMINAL_API_SERVER_URL"]


class GivenToken(AuthProvider):
    async def get_access_token(self) -> str:
        return os.environ["PROVIDER_TOKEN"]


async def show(liminal: Client) -> None:
    for instance in await liminal.llm.get_available_model_instances():
        print(instance.id, instance.name, [one.model for one in instance.model_connections])


async def main() -> None:
    by_token = await Client.authenticate_from_token(URL, os.environ["TOKEN"])
    await show(by_token)
    await show(await Client.authenticate_from_session_id(URL, by_token.session_id))
    await show(await Client.authenticate_from_auth_provider(URL, GivenToken()))
    async with httpx.AsyncClient(timeout=DEFAULT_REQUEST_TIMEOUT) as pool:
        await show(
            await Client.authenticate_from_token(
                api_server_url=URL, token=os.environ["TOKEN"], httpx_client=pool
            )
        )


asyncio.run(main())
