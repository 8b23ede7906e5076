"""Whatever is streamed, its reader gets the same, over a socket and over pytest-httpx."""

import re
import traceback

import pytest
from pytest_httpx import IteratorStream

from liminal import (
    AsyncPromptStream,
    Client,
    LiminalError,
    RequestError,
    StreamInterruptedError,
    StreamServerError,
)
from liminal.auth import Token
from tests.faults.server import FaultServer
from tests.support.streams import CASES, SECRET, Case, streaming

from .reading import read

pytestmark = pytest.mark.anyio

EACH = pytest.mark.parametrize("case", CASES, ids=str)


def client_of(url: str) -> Client:
    return Client(url, auth=Token("a-token"), max_event_bytes=4096)


async def check(stream: AsyncPromptStream, case: Case) -> None:
    """Read a stream as a program does, and compare."""
    contents, error = await read(stream)
    assert (tuple(contents), type(error)) == (case.contents, case.error or type(None))
    assert stream.finish_reason == case.reason
    if error is None:
        assert await stream.text() == "".join(case.contents)
        return
    with pytest.raises(LiminalError) as again:
        await stream.text()
    assert again.value is error
    assert isinstance(error, RequestError)
    assert error.operation == "submit_prompt"
    told = "".join(traceback.format_exception(error)) + repr(error)
    assert not any(secret in told for secret in (SECRET, "Ada is tired"))
    assert re.search(case.says, str(error))
    if isinstance(error, StreamInterruptedError):
        assert error.partial_text == "".join(case.contents)
        assert error.chunks_received == len(case.contents)
    elif isinstance(error, StreamServerError):
        assert error.server_message == "Ada is tired"
    else:
        assert str(error).startswith("Could not validate response: ")


@EACH
async def test_a_stream_over_a_socket(case):
    step = streaming(*case.parts, content_type=case.content_type, headers=case.headers)
    with FaultServer(step) as server:
        async with client_of(server.url) as client:
            await check(client.prompt.stream(1, "hello"), case)


@EACH
async def test_a_stream_over_pytest_httpx(case, httpx_mock):
    url = "https://api.my-tenant.liminal.ai"
    login = f"{url}/api/v1/auth/test-automation/login"
    httpx_mock.add_response(url=login, headers={"Set-Cookie": "session=s1"})
    kind = [] if case.content_type is None else [("Content-Type", case.content_type)]
    httpx_mock.add_response(
        url=f"{url}/api/v1/prompts/submit",
        method="POST",
        stream=IteratorStream(case.parts),
        headers=[*kind, *case.headers],
    )
    async with client_of(url) as client:
        await check(client.prompt.stream(1, "hello"), case)
