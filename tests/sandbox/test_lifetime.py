"""Start and stop: immediate, blocking and asynchronous, without leftovers."""

import gc
import logging
import socket
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import anyio
import httpx
import pytest

from liminal.errors import LiminalError
from liminal.sandbox import Sandbox
from tests._sync.waiting import until

from .conftest import NO_TLS, body, connect, log_in, serving
from .paths import INSTANCES, ME, SUBMIT


def threads() -> set[str]:
    names = {thread.name for thread in threading.enumerate()}
    return {name for name in names if name.startswith("liminal-sandbox")}


@pytest.fixture(autouse=True)
def leaves_nothing(caplog):
    """Each test leaves no thread, and logs no warning."""
    before = threads()
    yield
    assert threads() - before == set()
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_the_server_runs_on_loopback_during_its_context():
    with Sandbox() as sandbox:
        url = httpx.URL(sandbox.url)
        assert (url.scheme, url.host) == ("http", "127.0.0.1")
        with connect(sandbox) as client:
            assert client.get(ME).status_code == 401
    with pytest.raises(httpx.ConnectError):
        httpx.get(url, verify=NO_TLS, trust_env=False)


async def test_the_server_stops_if_its_task_is_cancelled_or_its_block_fails():
    with anyio.CancelScope() as scope:
        async with Sandbox():
            scope.cancel()
            await anyio.sleep_forever()
    with pytest.raises(KeyError), Sandbox():
        raise KeyError


def test_stop_closes_all_sockets_even_of_a_new_connection():
    """A connection that is accepted but not served yet is closed, or there would be a warning."""
    gc.collect()
    before = len(list(Path("/dev/fd").iterdir()))
    for _ in range(20):
        with serving() as (sandbox, _):
            url = httpx.URL(sandbox.url)
            knocking = [socket.create_connection((url.host, url.port)) for _ in range(5)]
        for each in knocking:
            each.close()
    gc.collect()
    assert len(list(Path("/dev/fd").iterdir())) == before


def test_stop_ends_streams():
    with (
        serving(chunk_delay=30) as (sandbox, client),
        client.stream("POST", SUBMIT, json=body(isStreaming=True)) as answer,
    ):
        sandbox.stop()
        with pytest.raises(httpx.HTTPError):
            answer.read()


def test_stop_ends_delayed_answers():
    with (
        Sandbox(answer_delay=30) as sandbox,
        connect(sandbox) as client,
        ThreadPoolExecutor() as pool,
    ):
        waiting = pool.submit(client.get, ME)
        until(lambda: sandbox.requests)
        sandbox.stop()
        with pytest.raises(httpx.HTTPError):
            waiting.result()


def test_a_client_may_disconnect_within_its_body():
    with Sandbox() as sandbox:
        url = httpx.URL(sandbox.url)
        with socket.create_connection((url.host, url.port)) as raw:
            raw.sendall(
                b"POST /api/v1/prompts/submit HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n{"
            )
            until(lambda: sandbox.connections)
        until(lambda: not sandbox.connections)
        assert sandbox.requests == []


def test_stopping_twice_or_before_the_start_does_nothing():
    sandbox = Sandbox()
    sandbox.stop()
    with sandbox:
        pass
    sandbox.stop()
    assert sandbox.connections == 0


def test_a_restarted_server_has_the_same_url_and_data():
    sandbox = Sandbox()
    with sandbox, connect(sandbox) as client:
        log_in(client)
        url, session = sandbox.url, client.cookies["session"]
    with sandbox, connect(sandbox) as client:
        assert sandbox.url == url
        headers = {"Cookie": f"session={session}"}
        assert client.get(INSTANCES, headers=headers).status_code == 200


def test_a_call_in_the_wrong_state_is_a_clear_error():
    with Sandbox() as sandbox:
        assert repr(sandbox) == f"<Sandbox {sandbox.url}>"
        with pytest.raises(LiminalError, match="already"):
            sandbox.start()
        port = httpx.URL(sandbox.url).port
        assert port is not None
        with pytest.raises(LiminalError, match=f"127.0.0.1:{port}: Address already in use"):
            Sandbox(port=port).start()
    stopped = Sandbox()
    assert repr(stopped) == "<Sandbox, not running>"
    with pytest.raises(LiminalError, match="not running"):
        _ = stopped.url


@pytest.mark.parametrize("missing", ["starlette", "uvicorn", "phonenumbers", "stdnum"])
def test_a_missing_extra_is_named(monkeypatch, missing):
    for name in list(sys.modules):
        if name.startswith("liminal.sandbox.") or name.partition(".")[0] == missing:
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(LiminalError) as raised:
        Sandbox().start()
    assert missing in str(raised.value)
    assert 'pip install "liminal-sdk-python[sandbox]"' in str(raised.value)
    assert raised.value.__context__ is None
