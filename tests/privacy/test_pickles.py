"""Answers travel between processes: no session, no token and no prompt goes along unasked."""

import pickle
from typing import Any

import pytest

from liminal.auth import Token
from liminal_api.api.prompt import submit_prompt
from liminal_api.api.thread import list_threads
from liminal_api.models import SubmitRequest
from tests.faults import steps
from tests.faults.server import FaultServer

from .watch import found_in

ROLLED, OTHER = "session=kanarie-rolled; Path=/", "other=kanarie"


@pytest.mark.parametrize("cookies", [[ROLLED], [OTHER], [ROLLED, OTHER, ROLLED]])
def test_an_answer_holds_no_cookie(sdk, cookies):
    with FaultServer(steps.with_cookies(*cookies)) as server:
        client = sdk.client(server.url, auth=Token("kanarie-token"))
        name = "sync_detailed" if sdk.name == "blocking" else "asyncio_detailed"
        response = sdk.run(lambda: getattr(list_threads, name)(client=client.api))
    assert "set-cookie" not in response.headers
    assert "content-type" in response.headers
    assert not found_in(pickle.dumps(response.headers))


def test_a_streamed_answer_holds_neither_cookie_nor_what_was_sent(sdk):
    body = SubmitRequest(model_instance_id=1, text="kanarie-prompt", is_streaming=True)

    def blocking() -> bytes:
        with submit_prompt.stream(client=client.api, body=body) as response:
            return pickle.dumps(response)

    async def asynchronous() -> bytes:
        async with submit_prompt.asyncio_stream(client=client.api, body=body) as response:
            return pickle.dumps(response)

    with FaultServer(steps.with_cookies(ROLLED)) as server:
        client: Any = sdk.client(server.url, auth=Token("kanarie-token"))
        pickled = sdk.run(blocking if sdk.name == "blocking" else asynchronous)
        assert server.calls[0].session
        assert found_in(server.calls[0].body)
    assert not found_in(pickled)
    assert b"session" not in pickled
    assert pickle.loads(pickled).request.url.path == "/api/v1/prompts/submit"
