"""The blocking client in programs that eventlet or gevent has patched, where greenlets wait."""

import json
import ssl
from pathlib import Path

import pytest
import trustme

from tests.faults.server import Exchange, FaultServer, head
from tests.lifetimes.programs import run
from tests.support.addresses import FIRST, deaf

# What a program finds: `spawn` starts a function, `value` waits for what it returns.
PATCHES = {
    "eventlet": """
        import logging, sys, warnings
        warnings.simplefilter("ignore")  # eventlet's own, about itself
        sys.modules["trio"] = None  # it can't be imported here, and httpx would
        import eventlet
        logging.disable()  # it looks into all objects, and laments those that it can't read
        eventlet.monkey_patch()
        logging.disable(logging.NOTSET)
        def spawn(function):
            return eventlet.spawn(function)
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

# Each fact is a function; what it returns, or the name of the error that it raises, is printed.
HELPERS = """
        import json, time
        def outcome(fact):
            try:
                return fact()
            except BaseException as error:
                return type(error).__name__
        def soon(greenlet):
            begun = time.monotonic()
            came = value(greenlet)
            return came if time.monotonic() - begun < 10 else "much later"
        """

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
PROGRAM = f"""{HELPERS}
        client = SyncClient(url, auth=auth, max_retries=0)

        def many_at_once():
            greenlets = [spawn(lambda: len(client.thread.get_available())) for _ in range(20)]
            return sum(value(greenlet) for greenlet in greenlets)

        def a_stream():
            return client.prompt.stream(1, "p").text()

        def a_stream_left_early():
            for chunk in client.prompt.stream(1, "p"):
                return chunk.content

        def a_timeout():
            return client.with_options(timeout=0.2).prompt.analyze(1, "say nothing")

        def a_deadline():
            return client.with_options(deadline=0.2).prompt.analyze(1, "say nothing")

        def a_deadline_while_it_drips():
            return client.with_options(deadline=0.2).prompt.analyze(1, "drip")

        def a_stream_that_says_no_more():
            return client.with_options(timeout=0.2).prompt.stream(1, "begin").text()

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
            def read():
                for chunk in stream:
                    came.append(chunk)
            greenlet = spawn(lambda: outcome(read))
            while not came:
                time.sleep(0.01)
            stream.close()
            return soon(greenlet)

        def a_client_closed_by_another():
            greenlet = spawn(lambda: outcome(lambda: client.prompt.analyze(1, "say nothing")))
            time.sleep(0.1)
            client.close()
            return soon(greenlet)

        print(json.dumps({{fact: outcome(globals()[fact]) for fact in {[*FACTS]}}}))
        """


def serve(exchange: Exchange) -> None:
    body = exchange.request.body
    if b"say nothing" in body:
        exchange.wait_for_hangup()
    if b"drip" in body:
        exchange.send(head(200, [("Content-Length", "4000")]))
        exchange.drip(b" " * 4000)
    if b"begin" in body:
        exchange.send(head(200, [("Connection", "close")]))
        exchange.send(b'{"content":"so far","finishReason":null}\n')
        exchange.wait_for_hangup()
    exchange.good()


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("library", PATCHES)
def test_a_patched_program_has_what_any_other_has(
    library: str, tls: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    with FaultServer(serve, tls=context if tls else None) as server:
        told = run(PROGRAM, server.url, dev=False, first=PATCHES[library])
        assert json.loads(told) == FACTS
        assert len(server.logins) == 1


@pytest.mark.parametrize("library", PATCHES)
def test_a_connection_that_is_never_made_ends_at_its_timeout(library: str) -> None:
    with deaf(FIRST) as port:
        program = f"""{HELPERS}
        client = SyncClient(url, auth=auth, max_retries=0, timeout=0.2)
        print(outcome(client.thread.get_available))
        """
        url = f"http://{FIRST}:{port}"
        assert run(program, url, dev=False, first=PATCHES[library]) == "APITimeoutError"
