"""A stream that waits for its answer is closed from a thread without its event loop."""

import anyio
import pytest

from liminal.auth import SessionId
from liminal.errors import StreamInterruptedError

from . import steps
from .operations import PROMPT
from .server import FaultServer
from .variants import Variant

PATIENCE = 10.0


@pytest.mark.parametrize("loop", ["asyncio", "trio"])
def test_a_stream_is_closed_from_another_event_loop_before_its_answer_begins(
    sdk: Variant, loop: str
) -> None:
    with FaultServer(steps.silence) as server:
        client = sdk.client(server.url, auth=SessionId("s"), deadline=PATIENCE * 2)
        stream = client.prompt.stream(1, PROMPT)
        reading = sdk.start(stream.text)
        server.wait_until(lambda: server.calls)
        if sdk.name == "blocking":
            stream.close()
        else:
            anyio.run(stream.close, backend=loop)
        assert isinstance(reading.exception(timeout=PATIENCE), StreamInterruptedError)
