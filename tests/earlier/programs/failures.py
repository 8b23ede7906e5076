"""Causes the errors of 2025.5.0, and catches them by each of their names."""

import asyncio
import os

import liminal
from liminal.errors import LiminalError, RequestError

URL = os.environ["LIMINAL_API_SERVER_URL"]


async def main() -> None:
    try:
        await liminal.Client.authenticate_from_token(URL, "no-such-token")
    except RequestError as error:
        print("refused", isinstance(error, LiminalError))

    client = await liminal.client.Client.authenticate_from_token(URL, os.environ["TOKEN"])
    for name in ("no such model", "sandbox-empty"):
        try:
            await client.llm.get_model_instance(name)
        except liminal.errors.ModelInstanceUnknownError as error:
            print("unknown", isinstance(error, RequestError))
    try:
        await client.thread.get_by_id(99)
    except liminal.endpoints.llm.ModelInstanceUnknownError:
        print("not this one")
    except liminal.errors.RequestError:
        print("no such thread")
    for kind in (LiminalError, RequestError, liminal.errors.AuthError):
        print(kind("a message of one's own"))


asyncio.run(main())
