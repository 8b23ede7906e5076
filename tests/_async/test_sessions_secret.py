"""A session is a secret: in no repr, log, exception or pickle, and readable all the same."""

import copy
import logging
import pickle
import traceback
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from liminal import Client, LiminalError
from liminal.auth import SessionId, Token
from liminal.sandbox import Sandbox
from tests.support.tasks import TaskGroup

from .session_service import Service, answer

pytestmark = pytest.mark.anyio

SECRET = "secret-session"


@pytest.fixture
def client(service: Service) -> Client:
    """Give a client that has a session of which every trace can be found."""
    service.good.add(SECRET)
    return service.client(SessionId(SECRET), max_retries=0)


def test_it_can_be_read(client: Client) -> None:
    assert client.session_id == SECRET


async def test_no_part_of_a_client_shows_it_in_its_repr(client: Client) -> None:
    await client.thread.get_available()
    runner = client.api.runner
    parts = (client, client.api, runner, runner.session, runner.session.snapshot, runner.credential)
    for part in (*parts, client.thread, client.prompt.stream(1, "x"), vars(client), vars(runner)):
        assert SECRET not in repr(part) + str(part)


async def test_no_part_of_a_client_can_be_pickled_with_it(client: Client) -> None:
    await client.thread.get_available()
    runner = client.api.runner
    for part in (client, client.api, runner, runner.session, runner.session.snapshot):
        with pytest.raises((LiminalError, TypeError, AttributeError)) as caught:
            pickle.dumps(part)
        assert SECRET not in str(caught.value)


async def test_a_client_s_session_can_t_be_copied_out(client: Client) -> None:
    for copied in (copy.copy, copy.deepcopy):
        with pytest.raises(LiminalError) as caught:
            copied(client)
        assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "failure",
    [
        lambda: answer(401, "session=secret-session-2"),
        lambda: answer(403, "session=secret-session-2", content=b"secret-session"),
        lambda: answer(500, "session=secret-session-2", x_echo="fine", content=b"secret-session"),
        lambda: answer(429, "session=secret-session-2", retry_after="999"),
        lambda: answer(200, "session=secret-session-2", content=b"secret-session is no JSON"),
        lambda: httpx.ReadError("secret-session"),
        lambda: httpx.LocalProtocolError("Illegal header value b'session=secret-session'"),
        lambda: httpx.RemoteProtocolError("secret-session"),
    ],
    ids=["401", "403", "500", "429", "no JSON", "lost", "illegal", "broken"],
)
async def test_no_error_tells_it(
    client: Client, service: Service, failure: Callable[[], Any]
) -> None:
    service.next_answers.append(failure())
    service.next_logins.append(failure())
    with pytest.raises(LiminalError) as caught:
        await client.thread.get_available()
    assert SECRET not in _everything(caught.value)
    assert SECRET.encode() not in pickle.dumps(caught.value)


def _everything(error: BaseException | None) -> str:
    """What a log, a debugger or a crash reporter would show of an error and its causes."""
    told = ""
    while error is not None:
        told += "".join(traceback.format_exception_only(error))
        told += repr(error) + repr(error.args)
        told += repr([value for name, value in vars(error).items() if name != "body"])
        error = error.__cause__ or error.__context__
    return told


async def test_no_log_tells_it(caplog: pytest.LogCaptureFixture) -> None:
    """With every logger at DEBUG, httpx's and httpcore's too: signing in, rolling, ending."""
    with caplog.at_level(logging.DEBUG), Sandbox(token="secret-token") as sandbox:
        async with Client(sandbox.url, auth=Token("secret-token")) as client:
            told: list[str] = []
            client.on_session_change(told.append)
            await client.thread.get_available()
            sandbox.expire_sessions()
            async with TaskGroup() as tasks:
                for _ in range(5):
                    tasks.start(client.thread.get_available)
            sandbox.fail_next(403, path="*/login")
            sandbox.expire_sessions()
            with pytest.raises(LiminalError):
                await client.thread.get_available()
    logged = "".join(
        record.getMessage() + repr(record.args) + (record.exc_text or "")
        for record in caplog.records
    )
    assert len(told) > 2
    assert "asyncio" in {record.name.partition(".")[0] for record in caplog.records}
    assert [secret for secret in (*told, "secret-token") if secret in logged] == []
