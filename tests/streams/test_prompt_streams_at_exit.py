"""A program that ends in the middle of a stream ends in silence, without warnings and errors."""

import os
import subprocess
import sys

import pytest

from tests.faults.server import Exchange, FaultServer
from tests.support.streams import ADA, DEAR, begin, lines

HEAD = """
import asyncio, sys
from liminal import Client, SyncClient
from liminal.auth import Token
url = sys.argv[1]
"""

PROGRAMS = {
    "a break, nothing closed": """
client = SyncClient(url, auth=Token("a-token"))
for chunk in client.prompt.stream(1, "hello"):
    break
""",
    "an iterator that is still there": """
client = SyncClient(url, auth=Token("a-token"))
chunks = iter(client.prompt.stream(1, "hello"))
chunk = next(chunks)
""",
    "a generator that is still there": """
def words():
    with SyncClient(url, auth=Token("a-token")) as client:
        with client.prompt.stream(1, "hello") as stream:
            yield from stream
generator = words()
chunk = next(generator)
""",
    "an exception": """
client = SyncClient(url, auth=Token("a-token"))
for chunk in client.prompt.stream(1, "hello"):
    sys.exit(0)
""",
    "a break in asyncio, nothing closed": """
async def main():
    client = Client(url, auth=Token("a-token"))
    async for chunk in client.prompt.stream(1, "hello"):
        return chunk
chunk = asyncio.run(main())
""",
    "an iterator that outlives its loop": """
async def main():
    client = Client(url, auth=Token("a-token"))
    chunks = aiter(client.prompt.stream(1, "hello"))
    return chunks, await anext(chunks)
chunks, chunk = asyncio.run(main())
""",
    "a task that is still reading": """
async def main():
    client = Client(url, auth=Token("a-token"))
    stream = client.prompt.stream(1, "hello")
    task = asyncio.create_task(stream.text())
    while "2 chunks" not in repr(stream):
        await asyncio.sleep(0.001)
    return task, stream
task, stream = asyncio.run(main())
""",
    "trio": """
import trio
async def main():
    client = Client(url, auth=Token("a-token"))
    async for chunk in client.prompt.stream(1, "hello"):
        break
trio.run(main)
""",
}


def waiting(exchange: Exchange) -> None:
    begin(exchange, lines(DEAR, ADA))
    exchange.wait_for_hangup()


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_may_end_in_the_middle_of_a_stream(name: str) -> None:
    with FaultServer(waiting) as server:
        command = [sys.executable, "-W", "error", "-c", HEAD + PROGRAMS[name]]
        done = subprocess.run(
            [*command, server.url],
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        server.wait_for(0)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(server.calls) == 1
