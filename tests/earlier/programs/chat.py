"""Ends streams in each way: one chunk, some chunks, close, break."""

import asyncio
import os
from contextlib import aclosing

from liminal import Client


async def main() -> None:
    liminal = await Client.authenticate_from_token(
        os.environ["LIMINAL_API_SERVER_URL"], os.environ["TOKEN"]
    )
    instance = await liminal.llm.get_model_instance(model_instance_name="sandbox-model")

    first = await anext(liminal.prompt.stream(instance.id, "Hello"))
    print(first.content, first.finish_reason)

    stream = liminal.prompt.stream(instance.id, "Hello")
    print((await anext(stream)).content)
    print([chunk.content async for chunk in stream])
    print(await anext(stream, "nothing is left"))

    async with aclosing(liminal.prompt.stream(instance.id, "Hello")) as stream:
        async for chunk in stream:
            print(chunk.content)
            break
    async for chunk in liminal.prompt.stream(instance.id, "Hello"):
        print(chunk.content)
        break


asyncio.run(main())
