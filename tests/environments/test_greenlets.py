"""The blocking client in programs that eventlet or gevent has patched, where greenlets wait."""

import json
from pathlib import Path

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
    "many_at_once": 20,
    "a_stream": "Dear Lovelace",
    "a_stream_left_early": "Dear ",
    "a_timeout": "APITimeoutError",
    "a_deadline": "APITimeoutError",
    "a_deadline_while_it_drips": "APITimeoutError",
    "a_stream_that_says_no_more": "StreamInterruptedError",
    "others_go_on_meanwhile": True,
    "a_stream_closed_by_another": "StreamInterruptedError",
    "a_client_closed_by_another": "LiminalError",
}
PROGRAM = f"""
        client = SyncClient(url, auth=auth, max_retries=0)
        quick, bound = client.with_options(timeout=0.2), client.with_options(deadline=0.2)

        def many_at_once():
            greenlets = [spawn(lambda: len(client.thread.get_available())) for _ in range(20)]
            return sum(value(greenlet) for greenlet in greenlets)

        def a_stream():
            return client.prompt.stream(1, "p").text()

        def a_stream_left_early():
            for chunk in client.prompt.stream(1, "p"):
                return chunk.content

        def a_timeout():
            return quick.prompt.analyze(1, "say nothing")

        def a_deadline():
            return bound.prompt.analyze(1, "say nothing")

        def a_deadline_while_it_drips():
            return bound.prompt.analyze(1, "drip")

        def a_stream_that_says_no_more():
            return quick.prompt.stream(1, "begin").text()

        def others_go_on_meanwhile():
            waiting, turns = [True], []
            def others():
                while waiting:
                    turns.append(1)
                    time.sleep(0.01)
            greenlet = spawn(others)
            outcome(a_timeout)
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

        told({{fact: globals()[fact] for fact in {[*FACTS]}}})
        """


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("library", PATCHES)
def test_a_patched_program_has_what_any_other_has(
    library: str, tls: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    authority().cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    with FaultServer(serve, tls=serving() if tls else None) as server:
        told = run(server.url, TELLING, PROGRAM, dev=False, first=PATCHES[library])
        assert json.loads(told) == FACTS
        assert len(server.logins) == 1


@pytest.mark.parametrize("library", PATCHES)
def test_a_connection_that_is_never_made_ends_at_its_timeout(library: str) -> None:
    program = """
        client = SyncClient(url, auth=auth, max_retries=0, timeout=0.2)
        print(outcome(client.thread.get_available))
        """
    with deaf(FIRST) as port:
        url = f"http://{FIRST}:{port}"
        told = run(url, TELLING, program, dev=False, first=PATCHES[library])
        assert told == "APITimeoutError"
