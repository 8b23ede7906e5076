"""A stream that is read or closed on another event loop than the one that it began on."""

import httpx
import pytest
from anyio import to_thread

from liminal import Client
from liminal.auth import Token
from liminal.errors import APIConnectionError, StreamInterruptedError
from liminal_api.api.prompt import submit_prompt
from liminal_api.models import SubmitRequest
from tests.faults.server import FaultServer
from tests.faults.steps import begin_stream
from tests.faults.variants import TOKEN
from tests.support.tasks import RUNNERS
from tests.support.tls import NO_TLS

on_both = pytest.mark.parametrize(
    ("first", "second"), [(first, second) for first in RUNNERS for second in RUNNERS]
)


@on_both
@pytest.mark.parametrize("library", [None, httpx], ids=["own", "user's client"])
def test_a_stream_is_not_read_on_another_loop(first, second, library):
    with FaultServer(begin_stream) as server:
        user_client = library and library.AsyncClient(trust_env=False, verify=NO_TLS)
        client = Client(server.url, auth=Token(TOKEN), httpx_client=user_client)
        stream = client.prompt.stream(1, "p")

        async def elsewhere() -> None:
            with pytest.raises(StreamInterruptedError, match="another event loop") as caught:
                await stream.text()
            assert caught.value.partial_text == "so far"

        async def main() -> None:
            await anext(stream)
            await to_thread.run_sync(RUNNERS[second], elsewhere)
            await client.close()
            if user_client is not None:
                await user_client.aclose()

        RUNNERS[first](main)
        server.wait_for(connections=0)


@on_both
def test_a_stream_can_be_closed_on_another_loop(first, second):
    with FaultServer(begin_stream) as server:
        stream = Client(server.url, auth=Token(TOKEN)).prompt.stream(1, "p")

        async def main() -> None:
            await anext(stream)
            await to_thread.run_sync(RUNNERS[second], stream.close)
            await to_thread.run_sync(server.wait_for, 0)

        RUNNERS[first](main)


@on_both
def test_a_low_level_stream_is_not_read_on_another_loop(first, second):
    request = SubmitRequest(model_instance_id=1, text="p", is_streaming=True)
    with FaultServer(begin_stream) as server:
        client = Client(server.url, auth=Token(TOKEN), timeout=5)

        async def main() -> None:
            async with submit_prompt.asyncio_stream(client=client.api, body=request) as answer:
                parts = answer.aiter_bytes()
                await anext(parts)

                async def elsewhere() -> None:
                    with pytest.raises(APIConnectionError, match="another event loop"):
                        await anext(parts)

                await to_thread.run_sync(RUNNERS[second], elsewhere)
            await to_thread.run_sync(server.wait_for, 0)

        RUNNERS[first](main)
