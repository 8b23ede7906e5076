"""The blocking client in programs that eventlet or gevent has patched."""

import json

import pytest

from tests.faults.server import FaultServer
from tests.lifetimes.programs import run
from tests.support.addresses import FIRST, deaf
from tests.support.tls import authority, serving

from .programs import TELLING, serve

# What a program finds: `spawn` starts a function, `value` waits for what it returns.
PATCHES = {
    "eventlet": """
        import logging, sys, warnings
        warnings.simplefilter("ignore")  # eventlet's own, about itself
        sys.modules["trio"] = None  # it can't be imported here, and httpx would
        import eventlet
        logging.disable()  # eventlet inspects all objects, and logs those that it can't read
        eventlet.monkey_patch()
        logging.disable(logging.NOTSET)
        spawn = eventlet.spawn
        def value(greenlet):
            return greenlet.wait()
        """,
    "gevent": """
        import warnings
        warnings.simplefilter("ignore")  # gevent's own, likewise
        from gevent import monkey, spawn
        monkey.patch_all()
        def value(greenlet):
            return greenlet.get()
        """,
}
FACTS = {
    "many at once": 20,
    "a stream": "Dear Lovelace",
    "a stream left early": "Dear ",
    "a timeout": "APITimeoutError",
    "a deadline": "APITimeoutError",
    "a deadline while it drips": "APITimeoutError",
    "a stream that says no more": "StreamInterruptedError",
    "others go on meanwhile": True,
    "a stream closed by another": "StreamInterruptedError",
    "a client closed by another": "LiminalError",
}
PROGRAM = """
    client = SyncClient(url, auth=auth, max_retries=0)
    quick, bound = client.with_options(timeout=0.2), client.with_options(deadline=0.2)

    def others_go_on_meanwhile():
        waiting, turns = [True], []
        def others():
            while waiting:
                turns.append(1)
                time.sleep(0.01)
        greenlet = spawn(others)
        outcome(facts["a timeout"])
        waiting.clear()
        value(greenlet)
        return len(turns) > 2

    def a_stream_closed_by_another():
        stream, came = client.prompt.stream(1, "begin"), []
        greenlet = spawn(outcome, lambda: came.extend(map(came.append, stream)))
        while not came:
            time.sleep(0.01)
        stream.close()
        return value(greenlet)

    def a_client_closed_by_another():
        greenlet = spawn(outcome, lambda: client.prompt.analyze(1, "say nothing"))
        time.sleep(0.1)
        client.close()
        return value(greenlet)

    calls = [lambda: len(client.thread.get_available())] * 20
    facts = {
        "many at once": lambda: sum(map(value, list(map(spawn, calls)))),
        "a stream": lambda: client.prompt.stream(1, "p").text(),
        "a stream left early": lambda: next(iter(client.prompt.stream(1, "p"))).content,
        "a timeout": lambda: quick.prompt.analyze(1, "say nothing"),
        "a deadline": lambda: bound.prompt.analyze(1, "say nothing"),
        "a deadline while it drips": lambda: bound.prompt.analyze(1, "drip"),
        "a stream that says no more": lambda: quick.prompt.stream(1, "begin").text(),
        "others go on meanwhile": others_go_on_meanwhile,
        "a stream closed by another": a_stream_closed_by_another,
        "a client closed by another": a_client_closed_by_another,
    }
    told(facts)
    """


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("library", PATCHES)
def test_a_patched_program_gets_what_any_other_gets(library, tls, monkeypatch, tmp_path):
    authority().cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    with FaultServer(serve, tls=serving() if tls else None) as server:
        told = run(server.url, TELLING, PROGRAM, dev=False, first=PATCHES[library])
        assert json.loads(told) == FACTS
        assert len(server.logins) == 1


@pytest.mark.parametrize("library", PATCHES)
def test_connecting_times_out(library):
    program = """
        client = SyncClient(url, auth=auth, max_retries=0, timeout=0.2)
        print(outcome(client.thread.get_available))
        """
    with deaf(FIRST) as port:
        url = f"http://{FIRST}:{port}"
        told = run(url, TELLING, program, dev=False, first=PATCHES[library])
        assert told == "APITimeoutError"
