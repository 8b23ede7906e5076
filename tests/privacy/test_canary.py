"""Canary prompts, findings, answers, tokens and sessions go through every operation and fault.

All loggers are at DEBUG, httpx's and httpcore's included. The words are then looked for in log
records, warnings, reprs, errors with their causes and contexts, pickles and tracebacks: none found.
"""

import logging
import warnings
from typing import Any

import httpx
import pytest

from liminal import CallReport
from liminal.auth import SessionId, Token
from liminal.errors import LiminalError
from liminal_api.api.llm import list_model_instances
from liminal_api.api.prompt import analyze_prompt
from liminal_api.models import AnalyzeRequest
from tests.faults import steps
from tests.faults.operations import OPERATIONS, PROMPT
from tests.faults.server import FaultServer, good
from tests.faults.table import FAULTS
from tests.faults.variants import Variant, variant
from tests.support.libraries import over_both_libraries
from tests.support.providers import GivenToken

from .echoes import QUICK, TOKEN, call, echoing, look_at, sign_in
from .watch import Watch, found_in, watching

SUBMIT = OPERATIONS["submit_prompt"]
over_every_fault = pytest.mark.parametrize("fault", [f for f in FAULTS if f.step], ids=str)


def use(sdk: Variant, watch: Watch, url: str, **options: Any) -> None:
    """Every operation; what comes of each is looked at."""
    client = sdk.client(url, **{"auth": Token(TOKEN)} | QUICK | options)
    for operation in OPERATIONS.values():
        look_at(sdk, watch, operation(client))
    look_at(sdk, watch, lambda: client.llm.get_model_instance(PROMPT))
    stream = client.prompt.stream(1, PROMPT)
    look_at(sdk, watch, sdk.step(stream))
    for value in (client, client.api, client.api.runner, client.api.runner.session, stream):
        watch.value(value)
    sdk.run(stream.close)


@over_every_fault
def test_no_fault_of_a_call_leaks_anything(sdk, watch, fault):
    assert fault.step is not None
    with FaultServer(echoing(fault.step), logins=[sign_in]) as server:
        use(sdk, watch, server.url, **fault.options | QUICK)


@over_every_fault
def test_no_fault_of_a_login_leaks_anything(sdk, watch, fault):
    assert fault.step is not None
    call(sdk, watch, SUBMIT, good, logins=[echoing(fault.step)], **fault.options | QUICK)


def test_a_successful_call_leaks_nothing(sdk, watch):
    with FaultServer(echoing(good), logins=[sign_in]) as server:
        use(sdk, watch, server.url)


@over_both_libraries
def test_a_user_s_client_leaks_nothing(sdk, watch):
    theirs = sdk.user_client(httpx)
    plan = [echoing(good), echoing(steps.status(500)), echoing(steps.reset_after_headers)] * 5
    with FaultServer(*plan, logins=[sign_in]) as server:
        use(sdk, watch, server.url, httpx_client=theirs)
        watch.look("the caller's client's jar", repr(theirs.cookies))


@pytest.mark.parametrize("library", [None, httpx], ids=["environment", "user's"])
def test_a_proxy_leaks_nothing(sdk, watch, library, monkeypatch):
    with FaultServer(steps.refuse_tunnel) as proxy:
        url = f"http://user:kanarie-proxy@127.0.0.1:{proxy.port}"
        theirs = sdk.user_client(library, proxy=url)
        monkeypatch.setenv("HTTPS_PROXY", url)
        use(sdk, watch, "https://api.tenant.example", httpx_client=theirs)
        assert proxy.requests
        assert not found_in(str(proxy.requests))


def test_a_server_that_can_t_be_reached_leaks_nothing(sdk, watch):
    use(sdk, watch, "http://127.0.0.1:1")


def test_a_session_id_leaks_nothing(sdk, watch):
    plan = [echoing(steps.status(401)), echoing(good)]
    for logins in ([sign_in], [echoing(steps.status(401))]):
        with FaultServer(*plan, logins=logins) as server:
            use(sdk, watch, server.url, auth=SessionId("kanarie-given"))


@pytest.mark.parametrize(
    "answer",
    [TOKEN, f"{TOKEN}\r\n", TOKEN.encode(), ValueError(TOKEN), None, [TOKEN]],
    ids=["token", "line break", "bytes", "error", "none", "list"],
)
@pytest.mark.parametrize("login", [sign_in, echoing(steps.status(403))], ids=["in", "refused"])
def test_a_provider_leaks_nothing(sdk, watch, answer, login):
    call(sdk, watch, SUBMIT, echoing(good), logins=[login], auth=GivenToken(answer))


@pytest.mark.parametrize("subscribe", ["on_session_change", "on_call"])
def test_reports_and_failing_callbacks_leak_nothing(sdk, watch, subscribe):
    def fail(told: CallReport | str) -> None:
        if isinstance(told, CallReport):
            watch.value(told)
            watch.look("report", repr(vars(told)))
        raise ValueError(f"{told} {PROMPT}")

    def operation(client: Any) -> Any:
        getattr(client, subscribe)(fail)
        return SUBMIT(client)

    call(sdk, watch, operation, echoing(good))


@pytest.mark.parametrize("value", ["\ud800", "\x00", "\u2028", "x" * 1000], ids=ascii)
def test_an_unusual_prompt_leaks_nothing(sdk, watch, value):
    with FaultServer(good, logins=[sign_in]) as server:
        client = sdk.client(server.url, auth=Token(TOKEN))
        prompt = f"kanarie{value}"
        look_at(sdk, watch, lambda: client.prompt.submit(1, prompt))
        assert server.calls[-1].json["text"] == prompt


@pytest.mark.parametrize(
    "arguments", [("kanarie", "p"), (1, b"kanarie"), (-1, "kanarie"), (1, None)]
)
def test_a_wrong_argument_leaks_nothing(sdk, watch, arguments):
    client = sdk.client("https://api.example", auth=Token(TOKEN))
    findings = ["kanarie"]  # not in a line that a traceback shows
    look_at(sdk, watch, lambda: client.prompt.analyze(*arguments))
    look_at(sdk, watch, lambda: client.prompt.submit(*arguments, findings=findings))


@pytest.mark.parametrize("step", [good, steps.status(500), steps.body(b'{"data": "kanarie"}')])
def test_the_low_level_client_leaks_nothing(sdk, watch, step):
    with FaultServer(echoing(step), logins=[sign_in]) as server:
        client = sdk.client(server.url, auth=Token(TOKEN), **QUICK)
        name = "sync_detailed" if sdk.name == "blocking" else "asyncio_detailed"
        body = AnalyzeRequest(model_instance_id=1, text=PROMPT)
        watch.value(body)
        analyze, instances = getattr(analyze_prompt, name), getattr(list_model_instances, name)
        look_at(sdk, watch, lambda: analyze(client=client.api, body=body))
        look_at(sdk, watch, lambda: instances(client=client.api))


# ---- the watch itself


class Hidden:
    """Shows nothing, and is pickled with a key."""

    def __init__(self) -> None:
        self.key = "kanarie-token"

    def __repr__(self) -> str:
        return "Hidden()"


def test_the_watch_finds_a_canary_in_each_place():
    """Each place that is looked at would show a canary that is there."""
    inner = ValueError("kanarie in a context")
    outer = LiminalError("outer")
    outer.__context__, outer.__suppress_context__ = inner, True

    def show() -> None:
        with watching() as watch:
            watch.error(outer)
            logging.getLogger("httpcore.http11").debug("%s", "kanarie in a log")
            warnings.warn("kanarie in a warning", stacklevel=1)
            watch.value(["kanarie in a repr"])
            watch.value(Hidden())
            watch.error(LiminalError("kanarie in a message"))
            with pytest.raises(ValueError) as held:  # noqa: PT011 - it has no message
                exec("raise ValueError", {"two_levels_deep": {"a": [b"kanarie"]}})
            watch.frames(held.value)

    with pytest.raises(AssertionError) as caught:
        show()
    places = ["ValueError", "log of httpcore.http11", "warning", "repr of list", "pickle"]
    places += ["pickle of Hidden", "two_levels_deep in <module>"]
    assert [place for place in places if place not in str(caught.value)] == []
    assert found_in(b"KANARIE") == ["kanarie"]


def test_the_server_receives_and_sends_the_canaries():
    """The server receives and sends them: prompt, token, session, finding, answer."""
    with FaultServer(echoing(good), logins=[sign_in]) as server, variant("blocking") as sdk:
        client = sdk.client(server.url, auth=Token(TOKEN))
        answers = [sdk.run(operation(client)) for operation in OPERATIONS.values()]
        assert found_in(str([answer.to_dict() for answer in answers if hasattr(answer, "to_dict")]))
        assert found_in(str(client.session_id))
        assert all(found_in(str(request.headers)) for request in server.requests)
        assert sum(bool(found_in(request.body)) for request in server.calls) >= 4
