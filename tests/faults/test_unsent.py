"""A call that ends before its request is handed to a connection made no attempt."""

import threading
import time

import anyio
import pytest

from liminal.auth import AuthProvider
from liminal.errors import APITimeoutError

from .operations import OPERATIONS
from .server import FaultServer
from .variants import Variant

DEADLINE = 0.05


class SlowProvider(AuthProvider):
    """Gives a token when the deadline of its call is over."""

    def __init__(self) -> None:
        self.asked = threading.Event()

    def get_access_token_sync(self) -> str:
        self.asked.set()
        time.sleep(DEADLINE * 2)
        return "late"

    async def get_access_token(self) -> str:
        self.asked.set()
        await anyio.sleep(DEADLINE * 2)
        return "late"


def test_a_call_that_times_out_while_it_signs_in_made_no_attempt(sdk: Variant) -> None:
    provider = SlowProvider()
    with FaultServer() as server:
        client = sdk.client(server.url, auth=provider, deadline=DEADLINE)
        with pytest.raises(APITimeoutError) as caught:
            sdk.run(OPERATIONS["submit_prompt"](client))
        assert provider.asked.is_set()
        assert caught.value.attempts == len(server.requests) == 0
        assert not caught.value.may_have_been_processed
