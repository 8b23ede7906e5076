"""Start and stop: at once, from both kinds of code, with nothing left over."""

import gc
import logging
import os
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import anyio
import httpx
import pytest

from liminal.errors import LiminalError
from liminal.sandbox import Sandbox
from tests.sandbox.conftest import INSTANCES, ME, NO_TLS, SUBMIT, body, connect, log_in, wait_until


def sandbox_threads() -> list[str]:
    names = [thread.name for thread in threading.enumerate()]
    return [name for name in names if name.startswith("liminal-sandbox")]


def test_it_serves_on_loopback_as_long_as_its_context() -> None:
    with Sandbox() as sandbox:
        url = httpx.URL(sandbox.url)
        assert (url.scheme, url.host) == ("http", "127.0.0.1")
        with connect(sandbox) as client:
            assert client.get(ME).status_code == 401
    with pytest.raises(httpx.ConnectError):
        httpx.get(url, verify=NO_TLS, trust_env=False)


@pytest.mark.anyio
async def test_it_serves_asyncio_and_trio() -> None:
    async with (
        Sandbox() as sandbox,
        httpx.AsyncClient(base_url=sandbox.url, verify=NO_TLS, trust_env=False) as client,
    ):
        assert (await client.get(ME)).status_code == 401
    assert sandbox_threads() == []


@pytest.mark.anyio
async def test_it_stops_also_when_its_task_is_cancelled() -> None:
    with anyio.CancelScope() as scope:
        async with Sandbox():
            scope.cancel()
            await anyio.sleep_forever()
    assert sandbox_threads() == []


def test_it_stops_also_when_its_block_fails() -> None:
    with pytest.raises(KeyError), Sandbox():
        raise KeyError
    assert sandbox_threads() == []


def test_a_stop_leaves_no_thread_and_no_socket() -> None:
    def open_files() -> int:
        return len(list(Path("/dev/fd").iterdir()))

    gc.collect()
    before = open_files()
    for _ in range(3):
        with Sandbox() as sandbox, connect(sandbox) as client:
            log_in(client)
    gc.collect()  # What was left open would warn here, and warnings are errors.
    assert open_files() == before
    assert sandbox_threads() == []


def test_a_stop_ends_streams_without_a_word(caplog: pytest.LogCaptureFixture) -> None:
    with Sandbox(chunk_delay=30) as sandbox, connect(sandbox) as client:
        log_in(client)
        sandbox.answer_delay = 0
        with client.stream("POST", SUBMIT, json=body(isStreaming=True)) as answer:
            sandbox.stop()
            with pytest.raises(httpx.HTTPError):
                answer.read()
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_a_stop_ends_answers_that_wait(caplog: pytest.LogCaptureFixture) -> None:
    with (
        Sandbox(answer_delay=30) as sandbox,
        connect(sandbox) as client,
        ThreadPoolExecutor() as pool,
    ):
        waiting = pool.submit(client.get, ME)
        wait_until(lambda: sandbox.requests)
        sandbox.stop()
        with pytest.raises(httpx.HTTPError):
            waiting.result()
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_a_client_that_leaves_within_its_body_is_no_error(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    url = httpx.URL(sandbox.url)
    with socket.create_connection((url.host, url.port)) as raw:
        raw.sendall(
            b"POST /api/v1/prompts/submit HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n{"
        )
        wait_until(lambda: sandbox.connections)
    wait_until(lambda: not sandbox.connections)
    assert sandbox.requests == []
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_stopping_twice_or_before_the_start_is_no_harm() -> None:
    sandbox = Sandbox()
    sandbox.stop()
    with sandbox:
        pass
    sandbox.stop()
    assert sandbox.connections == 0


def test_it_starts_again_where_it_was_with_what_it_knew() -> None:
    sandbox = Sandbox()
    with sandbox, connect(sandbox) as client:
        log_in(client)
        url, session = sandbox.url, client.cookies["session"]
    with sandbox, connect(sandbox) as client:
        assert sandbox.url == url
        headers = {"Cookie": f"session={session}"}
        assert client.get(INSTANCES, headers=headers).status_code == 200


def test_a_second_start_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(LiminalError, match="already"):
        sandbox.start()


def test_there_is_no_url_before_the_start() -> None:
    with pytest.raises(LiminalError, match="not running"):
        _ = Sandbox().url


def test_a_port_that_is_taken_is_a_clear_error(sandbox: Sandbox) -> None:
    port = httpx.URL(sandbox.url).port
    assert port is not None
    with pytest.raises(LiminalError, match=f"127.0.0.1:{port}: Address already in use"):
        Sandbox(port=port).start()


def test_its_repr_says_where_it_is(sandbox: Sandbox) -> None:
    assert repr(sandbox) == f"<Sandbox {sandbox.url}>"
    assert repr(Sandbox()) == "<Sandbox, not running>"


def test_a_hundred_clients_at_once_are_all_answered(sandbox: Sandbox) -> None:
    session = sandbox.create_session()

    async def main() -> list[int]:
        limits = httpx.Limits(max_connections=100)
        statuses: list[int] = []
        async with httpx.AsyncClient(
            base_url=sandbox.url, verify=NO_TLS, limits=limits, cookies={"session": session}
        ) as client:

            async def one(number: int) -> None:
                answer = await client.post(SUBMIT, json=body(f"{number}"))
                statuses.append(answer.status_code)

            async with anyio.create_task_group() as group:
                for number in range(100):
                    group.start_soon(one, number)
        return statuses

    anyio.run(main)
    assert (sandbox.submits, sandbox.doubled_submits) == (100, 0)


@pytest.mark.parametrize("missing", ["starlette", "uvicorn", "phonenumbers", "stdnum"])
def test_a_missing_extra_is_told(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    for name in list(sys.modules):
        if name.startswith("liminal.sandbox.") or name.partition(".")[0] == missing:
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(LiminalError) as raised:
        Sandbox().start()
    assert missing in str(raised.value)
    assert 'pip install "liminal-sdk-python[sandbox]"' in str(raised.value)
    assert raised.value.__context__ is None


def test_importing_the_sdk_does_not_import_the_server() -> None:
    libraries = "{'uvicorn', 'starlette', 'phonenumbers', 'stdnum'}"
    code = f"import sys, liminal, liminal.sandbox; print({libraries} & {{*sys.modules}})"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    shown = subprocess.check_output([sys.executable, "-c", code], env=environment)
    assert shown.strip() == b"set()"
