"""Bounds end while freezegun has stopped the clocks, since what they bound goes on."""

import json

import pytest

from liminal.sandbox.authority import Authority
from tests.faults.server import Exchange, FaultServer, head
from tests.lifetimes.programs import run
from tests.support.addresses import FIRST, deaf

# Each fact is a function; what it returns, or the name of the error that it raises, is printed.
# `SOON` is far more than any of them takes, and far less than it would wait for without its bound.
HELPERS = """
        import json, time
        from freezegun import freeze_time
        SOON = 15
        def now():
            return time.clock_gettime(time.CLOCK_MONOTONIC)
        def told(facts):
            found = {}
            for name, fact in facts.items():
                begun = now()
                try:
                    found[name] = fact()
                except BaseException as error:
                    found[name] = type(error).__name__
                if now() - begun > SOON:
                    found[name] = "much later"
            print(json.dumps(found))
        """


def serve(exchange: Exchange) -> None:
    body = exchange.request.body
    if b"say nothing" in body:
        exchange.wait_for_hangup()
    if b"drip on" in body:
        exchange.send(head(200, [("Connection", "close")]))
        exchange.send(b'{"content":"all","finishReason":"stop"}\n')
        exchange.drip(b" " * 4000)
    if b"drip" in body:
        exchange.send(head(200, [("Content-Length", "4000")]))
        exchange.drip(b" " * 4000)
    if b"fail" in body:
        exchange.answer(503)
    else:
        exchange.good()


def test_the_bounds_of_blocking_calls() -> None:
    with FaultServer(serve) as server, deaf(FIRST) as port:
        program = f"""{HELPERS}
        client = SyncClient(url, auth=auth, max_retries=0)
        unreached = SyncClient("http://{FIRST}:{port}", auth=auth, timeout=0.2, max_retries=0)
        patient = client.with_options(deadline=1, max_retries=1000)
        facts = {{
            "a call": lambda: len(client.thread.get_available()),
            "connecting": unreached.thread.get_available,
            "a try": lambda: client.with_options(timeout=0.2).prompt.analyze(1, "say nothing"),
            "a try that drips": lambda: client.with_options(timeout=0.2).prompt.analyze(1, "drip"),
            "tries": lambda: patient.with_options(timeout=0.2).prompt.analyze(1, "say nothing"),
            "retries": lambda: patient.prompt.analyze(1, "fail"),
            "what follows a stream": lambda: client.prompt.stream(1, "drip on").text(),
        }}
        with freeze_time("2020-01-01"):
            told(facts)
        """
        assert json.loads(run(program, server.url, dev=False)) == {
            "a call": 1,
            "connecting": "APITimeoutError",
            "a try": "APITimeoutError",
            "a try that drips": "APITimeoutError",
            "tries": "APITimeoutError",
            "retries": "APIStatusError",
            "what follows a stream": "all",
        }


def test_the_bounds_of_calls_on_an_event_loop_that_is_left_its_clock() -> None:
    with FaultServer(serve) as server, deaf(FIRST) as port:
        program = f"""{HELPERS}
        client = Client(url, auth=auth, max_retries=0)
        unreached = Client("http://{FIRST}:{port}", auth=auth, timeout=0.2, max_retries=0)
        patient = client.with_options(deadline=1, max_retries=1000)
        facts = {{
            "connecting": unreached.thread.get_available,
            "a try": lambda: client.with_options(timeout=0.2).prompt.analyze(1, "say nothing"),
            "a try that drips": lambda: client.with_options(timeout=0.2).prompt.analyze(1, "drip"),
            "tries": lambda: patient.with_options(timeout=0.2).prompt.analyze(1, "say nothing"),
            "retries": lambda: patient.prompt.analyze(1, "fail"),
            "what follows a stream": lambda: client.prompt.stream(1, "drip on").text(),
        }}
        def runs(fact):
            async def main():
                return await fact()
            return lambda: asyncio.run(main())
        with freeze_time("2020-01-01", real_asyncio=True):
            told({{name: runs(fact) for name, fact in facts.items()}})
        """
        assert json.loads(run(program, server.url, dev=False)) == {
            "connecting": "APITimeoutError",
            "a try": "APITimeoutError",
            "a try that drips": "APITimeoutError",
            "tries": "APITimeoutError",
            "retries": "APIStatusError",
            "what follows a stream": "all",
        }


@pytest.mark.parametrize("loop", ["asyncio.run", "trio.run"])
def test_a_call_on_an_event_loop_whose_clock_stands_still(loop: str) -> None:
    with FaultServer() as server:
        program = f"""{HELPERS}
        import trio
        async def main():
            async with Client(url, auth=auth) as client:
                return len(await client.thread.get_available())
        with freeze_time("2020-01-01"):
            print({loop}(main))
        """.replace("asyncio.run(main)", "asyncio.run(main())")
        assert run(program, server.url, dev=False) == "1"


def test_the_bounds_of_a_sign_in_by_device_code() -> None:
    with Authority(sign_in="pending") as authority:
        program = f"""{HELPERS}
        from liminal.auth.microsoft.device_code_flow import DeviceCodeFlowProvider
        def provider(seconds):
            return DeviceCodeFlowProvider(
                "tenant", "client", authority=url, verify={str(authority.ca_file)!r}, prompt=asked,
                auth_challenge_timeout=seconds)
        prompts = []
        def asked(prompt):
            prompts.append(prompt)
        def another_asks():
            shared = provider(2)
            first = threading.Thread(target=told, args=[{{"first": shared.get_access_token_sync}}])
            first.start()
            while len(prompts) < 2:
                time.sleep(0.01)
            try:
                return shared.get_access_token_sync()
            finally:
                first.join()
        with freeze_time("2020-01-01"):
            told({{"a person": provider(0.5).get_access_token_sync, "another asks": another_asks}})
        """
        first, facts = run(program, authority.url, dev=False).splitlines()
        assert json.loads(first) == {"first": "AuthError"}
        assert json.loads(facts) == {"a person": "AuthError", "another asks": "AuthError"}


def test_the_wait_for_a_file_that_another_process_keeps_locked(tmp_path) -> None:
    program = f"""{HELPERS}
        import liminal.auth._private_file as files
        from pathlib import Path
        files.LOCK_PATIENCE = 0.2
        def both():
            with files.PrivateFile(Path({str(tmp_path / "cache")!r})).locked():
                with files.PrivateFile(Path({str(tmp_path / "cache")!r})).locked():
                    return "both"
        with freeze_time("2020-01-01"):
            told({{"locked": both}})
        """
    assert json.loads(run(program, "", dev=False)) == {"locked": "TimeoutError"}
