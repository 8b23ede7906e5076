"""What an error tracker sends of our frames and of those beneath: no payload, and still the way.

``Watch.error`` reads the frames of every error of test_canary.py, so of every fault of every
operation. Here is that it finds each kind of error, and what else a user may call; and what of a
traceback is left as it was.
"""

import asyncio
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from liminal import SyncClient, errors
from liminal._async.llm import LLM
from liminal._async.prompt import Prompts
from liminal._async.thread import Threads
from liminal._calls.discreet import discreet, discreet_async, emptied
from liminal.auth import SessionFile, SessionId, Token, TokenCredentialProvider, as_provider
from liminal.errors import AuthError, LiminalError
from liminal.streaming import LineDecoder, SSEDecoder, aiter_sse, iter_sse
from liminal_api.api.prompt import submit_prompt
from liminal_api.models import SubmitRequest
from tests.faults import steps
from tests.faults.operations import OPERATIONS, PROMPT
from tests.faults.server import FaultServer, Step, good
from tests.support.libraries import over_own_and_theirs
from tests.support.providers import GivenToken
from tests.support.streams import LINES, SSE, begin, events, lines, streaming

from .watch import TESTS

SECRET = "kanarie"  # by its name in lines that tracebacks show
SAID = '{"content": "kanarie", "finishReason": null}'
SUBMIT, STREAM = OPERATIONS["submit_prompt"], OPERATIONS["stream"]


def cut(exchange: Any) -> None:
    begin(exchange, lines(SAID), lines(SAID), content_type=LINES)
    exchange.close()


# Each error of the tree: a server's step, the call that meets it.
KINDS: dict[str, tuple[Step, Callable[[Any], Any]]] = {
    "LiminalError": (good, lambda client: lambda: client.prompt.submit(-1, PROMPT)),
    "APIConnectionError": (steps.reset_after_headers, SUBMIT),
    "APITimeoutError": (steps.silence, OPERATIONS["cleanse_prompt"]),
    "APIStatusError": (steps.status(500), SUBMIT),
    "RateLimitError": (steps.status(429), OPERATIONS["analyze_prompt"]),
    "AuthError": (steps.status(401), SUBMIT),
    "ResponseValidationError": (steps.body('{"data": {"text": "kanarie"}}'), SUBMIT),
    "StreamInterruptedError": (cut, STREAM),
    "StreamServerError": (
        streaming(events(SAID) + b"event: error\ndata: kanarie\n\n", content_type=SSE),
        STREAM,
    ),
    "ModelInstanceUnknownError": (good, lambda it: lambda: it.llm.get_model_instance(SECRET)),
}


def test_the_table_has_every_error_of_the_tree():
    assert set(KINDS) == set(errors.__all__) - {"RequestError"}  # which is only ever a base


@over_own_and_theirs
@pytest.mark.parametrize("kind", KINDS)
def test_no_frame_of_any_error_holds_payload(sdk, watch, kind, theirs):
    step, operation = KINDS[kind]
    user_client = sdk.user_client(theirs)
    options: dict[str, Any] = {"timeout": 0.2} if kind == "APITimeoutError" else {}
    with FaultServer(step) as server:
        options |= {"auth": Token("kanarie-token"), "httpx_client": user_client, "max_retries": 0}
        client = sdk.client(server.url, **options)
        with pytest.raises(LiminalError) as caught:
            sdk.run(operation(client))
    assert type(caught.value).__name__ == kind
    watch.error(caught.value)


@pytest.mark.parametrize("reading", ["read", "iter_raw", "iter_bytes", "iter_text", "iter_lines"])
def test_no_frame_of_a_stream_that_httpx_reads_holds_payload(sdk, watch, reading):
    body = SubmitRequest(model_instance_id=1, text=PROMPT)

    def blocking() -> None:
        with submit_prompt.stream(client=client.api, body=body) as response:
            [None for _ in getattr(response, reading)()]

    async def asynchronous() -> None:
        async with submit_prompt.asyncio_stream(client=client.api, body=body) as response:
            read = getattr(response, f"a{reading}")()
            await read if reading == "read" else [None async for _ in read]

    with FaultServer(cut, steps.status(500)) as server:
        client = sdk.client(server.url, max_retries=0)
        for _ in range(2):  # the second isn't even opened
            with pytest.raises(LiminalError) as caught:
                sdk.run(blocking if sdk.name == "blocking" else asynchronous)
            watch.error(caught.value)


@pytest.mark.parametrize(
    ("path", "secret"),
    [
        ("token", "kanarie-token"),
        ("session_id", "kanarie-token"),
        ("auth_provider", GivenToken("kanarie-token")),
    ],
)
def test_no_frame_of_a_login_holds_payload(sdk, watch, path, secret):
    with FaultServer(logins=[steps.status(401)]) as server:
        kind = type(sdk.client(server.url))
        with pytest.raises(AuthError) as caught:
            sdk.run(lambda: getattr(kind, f"authenticate_from_{path}")(server.url, secret))
    watch.error(caught.value)


class Credential:
    """Gives no token, but something that shows it."""

    def get_token(self, *_: str) -> Any:
        return {"token": "kanarie-token"}


async def read(chunks: list[bytes]) -> None:
    async def given() -> Any:
        for chunk in chunks:
            yield chunk

    async for _ in aiter_sse(given(), max_event_bytes=9):
        pass


LONG = b"data: kanarie\n\ndata: kanarie kanarie\n\n"
CREDENTIAL = TokenCredentialProvider(Credential())
DIRECT: dict[str, Callable[[Path], Any]] = {
    "Token": lambda _: Token("kanarie "),
    "SessionId": lambda _: SessionId("kanarie;"),
    "as_provider": lambda _: as_provider("kanarie"),
    "Client": lambda _: SyncClient("https://api.example", auth="kanarie-token"),
    "SessionFile": lambda path: SessionFile(path).save("kanarie-session"),
    "credential": lambda _: CREDENTIAL.get_access_token_sync(),
    "credential, asyncio": lambda _: asyncio.run(CREDENTIAL.get_access_token()),
    "iter_sse": lambda _: list(iter_sse([LONG], max_event_bytes=9)),
    "iter_sse, at once": lambda _: iter_sse([LONG], max_event_bytes=0),
    "aiter_sse": lambda _: asyncio.run(read([LONG])),
    "SSEDecoder": lambda _: list(SSEDecoder(max_event_bytes=9).feed(LONG)),
    "SSEDecoder, messages": lambda _: list(SSEDecoder(max_event_bytes=9).messages(LONG)),
    "LineDecoder": lambda _: list(LineDecoder(max_event_bytes=9).feed(LONG)),
    "LineDecoder, text": lambda _: list(LineDecoder().feed("kanarie")),
}


@pytest.mark.parametrize("name", DIRECT)
def test_no_frame_of_any_other_public_call_holds_payload(watch, name, tmp_path):
    with pytest.raises(LiminalError) as caught:
        DIRECT[name](tmp_path)  # a folder, where a file is wanted
    watch.frames(caught.value)


@pytest.mark.parametrize("name", ["LIMINAL_TOKEN", "LIMINAL_SESSION_ID"])
def test_no_frame_of_from_env_holds_payload(sdk, watch, name, monkeypatch):
    kind = type(sdk.client("https://api.example"))
    monkeypatch.setenv("LIMINAL_API_SERVER_URL", "https://api.example")
    monkeypatch.setenv(name, "kanarie kanarie")
    with pytest.raises(AuthError) as caught:
        kind.from_env()
    watch.error(caught.value)


def test_no_frame_of_a_call_with_too_few_arguments_holds_payload(sdk, watch):
    client = sdk.client("https://api.example")
    with pytest.raises(TypeError, match="model_instance_id") as caught:
        sdk.run(lambda: client.prompt.submit(prompt=PROMPT))
    watch.frames(caught.value)


@pytest.mark.parametrize("kind", [Prompts, Threads, LLM])
def test_every_public_method_of_the_facade_is_a_boundary(kind):
    public = {name: method for name, method in vars(kind).items() if not name.startswith("_")}
    assert [name for name, method in public.items() if not hasattr(method, "__wrapped__")] == []


# ---- what stays


def frames(error: BaseException) -> list[FrameType]:
    return [frame for frame, _ in traceback.walk_tb(error.__traceback__)]


def test_a_traceback_still_shows_the_path_through_the_sdk(sdk):
    with FaultServer(steps.status(404)) as server:
        client = sdk.client(server.url)
        with pytest.raises(LiminalError) as caught:
            sdk.run(OPERATIONS["analyze_prompt"](client))
    names = [frame.f_code.co_name for frame in frames(caught.value)]
    assert {"analyze", "finish", "send_with_retries"} <= set(names)


def test_a_provider_s_own_frames_stay_as_they_are(sdk):
    def closed() -> str:
        mine = {"of": "the caller"}
        try:
            return mine["token"]
        except KeyError as error:
            raise AuthError("the vault is closed") from error

    with FaultServer() as server:
        client = sdk.client(server.url, auth=GivenToken(closed))
        with pytest.raises(AuthError, match="the vault is closed") as caught:
            sdk.run(SUBMIT(client))
    own = frames(caught.value)[-1]
    assert own.f_locals["mine"] == {"of": "the caller"}
    assert isinstance(caught.value.__cause__, KeyError)
    assert frames(caught.value.__cause__) == [own]


async def fail() -> None:
    raise ValueError


def test_an_exception_that_the_caller_handles_is_left_unchanged():
    @discreet
    def give(_: str) -> None:
        raise LiminalError("given")

    def handle() -> None:
        try:
            asyncio.run(fail())
        except ValueError:
            give(PROMPT)

    with pytest.raises(LiminalError) as caught:
        handle()
    context = caught.value.__context__
    assert isinstance(context, ValueError)
    assert any(not frame.f_code.co_filename.startswith(TESTS) for frame in frames(context))


def test_the_parts_of_a_group_hold_no_payload(watch):
    async def submit(prompt: str) -> None:
        raise LiminalError(f"{len(prompt)} characters")

    @discreet_async
    async def both(prompt: str) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(submit(prompt))

    with pytest.raises(ExceptionGroup) as caught:
        asyncio.run(both(PROMPT))
    for error in (caught.value, *caught.value.exceptions):
        watch.frames(error)


def test_a_group_of_twice_as_many_errors_takes_twice_the_steps():
    def steps_for(count: int) -> int:
        ran = 0

        def note(*_: object) -> None:
            nonlocal ran
            ran += 1

        group = ExceptionGroup("many", [ValueError(number) for number in range(count)])
        before = sys.getprofile()
        sys.setprofile(note)
        try:
            emptied(group)
        finally:
            sys.setprofile(before)
        return ran

    assert steps_for(200) < 3 * steps_for(100)
