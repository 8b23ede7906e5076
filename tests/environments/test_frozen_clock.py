"""Timeouts and deadlines work while freezegun has stopped the clocks."""

import json

import pytest

from liminal.sandbox.authority import Authority
from tests.faults.server import FaultServer
from tests.lifetimes.programs import run
from tests.support.addresses import FIRST, deaf

from .programs import TELLING, serve

FREEZE = "from freezegun import freeze_time"
BOUNDS = {
    "connecting": "APITimeoutError",
    "a try": "APITimeoutError",
    "a try that drips": "APITimeoutError",
    "tries": "APITimeoutError",
    "retries": "APIStatusError",
    "what follows a stream": "all",
}
FACTS = """
    client = {kind}(url, auth=auth, max_retries=0)
    unreached = {kind}("http://{host}:{port}", auth=auth, timeout=0.2, max_retries=0)
    patient = client.with_options(deadline=1, max_retries=1000)
    quick = client.with_options(timeout=0.2)
    facts = {{
        "connecting": unreached.thread.get_available,
        "a try": lambda: quick.prompt.analyze(1, "say nothing"),
        "a try that drips": lambda: quick.prompt.analyze(1, "drip"),
        "tries": lambda: patient.with_options(timeout=0.2).prompt.analyze(1, "say nothing"),
        "retries": lambda: patient.prompt.analyze(1, "fail"),
        "what follows a stream": lambda: client.prompt.stream(1, "drip on").text(),
    }}
    """
BLOCKING = 'with freeze_time("2020-01-01"):\n    told(facts)'
ON_A_LOOP = """
    def runs(fact):
        async def main():
            return await fact()
        return lambda: asyncio.run(main())
    with freeze_time("2020-01-01", real_asyncio=True):
        told({name: runs(fact) for name, fact in facts.items()})
    """


@pytest.mark.parametrize(
    ("kind", "telling"),
    [("SyncClient", BLOCKING), ("Client", ON_A_LOOP)],
    ids=["blocking", "on an event loop that is left its clock"],
)
def test_timeouts_and_deadlines_end_calls(kind, telling):
    with FaultServer(serve) as server, deaf(FIRST) as port:
        facts = FACTS.format(kind=kind, host=FIRST, port=port)
        printed = run(server.url, FREEZE, TELLING, facts, telling, dev=False)
        assert json.loads(printed) == BOUNDS


@pytest.mark.parametrize("call", ["asyncio.run(main())", "trio.run(main)", "main_sync()"])
def test_a_call_is_served_while_all_clocks_stand_still(call):
    program = f"""
        import trio
        async def main():
            async with Client(url, auth=auth) as client:
                return len(await client.thread.get_available())
        def main_sync():
            with SyncClient(url, auth=auth) as client:
                return len(client.thread.get_available())
        with freeze_time("2020-01-01"):
            print({call})
        """
    with FaultServer() as server:
        assert run(server.url, FREEZE, program, dev=False) == "1"


def test_a_device_code_sign_in_times_out():
    facts = """
        from liminal.auth.microsoft.device_code_flow import DeviceCodeFlowProvider
        def provider(seconds):
            return DeviceCodeFlowProvider(
                "tenant", "client", authority=url, verify=ca_file, prompt=prompts.append,
                auth_challenge_timeout=seconds)
        prompts = []
        def another_asks():
            shared = provider(2)
            first = threading.Thread(target=told, args=[{"first": shared.get_access_token_sync}])
            first.start()
            while len(prompts) < 2:
                time.sleep(0.01)
            try:
                return shared.get_access_token_sync()
            finally:
                first.join()
        facts = {"a person": provider(0.5).get_access_token_sync, "another asks": another_asks}
        """
    with Authority(sign_in="pending") as authority:
        ca_file = f"ca_file = {str(authority.ca_file)!r}"
        printed = run(authority.url, FREEZE, TELLING, ca_file, facts, BLOCKING, dev=False)
        told = [json.loads(line) for line in printed.splitlines()]
        assert told == [
            {"first": "AuthError"},
            {"a person": "AuthError", "another asks": "AuthError"},
        ]


def test_the_wait_for_a_locked_file_times_out(tmp_path):
    program = f"""
        import liminal.auth._private_file as files
        from pathlib import Path
        files.LOCK_PATIENCE = 0.2
        file = Path({str(tmp_path / "cache")!r})
        def both():
            with files.PrivateFile(file).locked(), files.PrivateFile(file).locked():
                return "both"
        facts = {{"locked": both}}
        """
    printed = run("", FREEZE, TELLING, program, BLOCKING, dev=False)
    assert json.loads(printed) == {"locked": "TimeoutError"}
