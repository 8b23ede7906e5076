"""Sessions that end, roll and come out of order, as a raw server can make them."""

import json
import threading
from typing import Any

import pytest

from liminal.auth import SessionId
from liminal.errors import APIConnectionError, AuthError
from tests.support.libraries import Theirs, over_own_and_theirs

from . import steps
from .operations import OPERATIONS
from .server import Exchange, FaultServer, Step, answer, good, log_in
from .variants import Variant
from .wire import good_data

CALLS = 20


def only(session: str) -> Step:
    """A server for which every session but one has ended."""

    def step(exchange: Exchange) -> None:
        if exchange.request.session == session:
            exchange.good()
        else:
            exchange.answer(401, {})

    return step


def test_a_burst_of_401_gives_one_login(sdk: Variant) -> None:
    with FaultServer(only("s2")) as server:
        client = sdk.client(server.url)
        calls = [sdk.start(OPERATIONS["analyze_prompt"](client)) for _ in range(CALLS)]
        assert all(call.result().findings for call in calls)
        assert [request.session for request in server.logins] == [None, None]


def test_a_burst_of_401_for_streams_gives_one_login(sdk: Variant) -> None:
    with FaultServer(only("s2")) as server:
        client = sdk.client(server.url)
        calls = [sdk.start(OPERATIONS["stream"](client)) for _ in range(CALLS)]
        assert {call.result() for call in calls} == {"Dear Lovelace"}
        assert len(server.logins) == 2


def test_a_session_that_is_refused_twice_is_an_auth_error(sdk: Variant) -> None:
    with FaultServer(steps.status(401)) as server:
        client = sdk.client(server.url)
        with pytest.raises(AuthError, match="also after it was renewed") as caught:
            sdk.run(OPERATIONS["analyze_prompt"](client))
        assert caught.value.status_code == 401
        assert len(server.calls) == 2
        assert len(server.logins) == 2


def test_a_login_that_is_refused_is_not_repeated(sdk: Variant) -> None:
    with FaultServer(logins=[steps.status(401)]) as server:
        client = sdk.client(server.url)
        with pytest.raises(AuthError, match="refused the login"):
            sdk.run(OPERATIONS["analyze_prompt"](client))
        assert len(server.requests) == 1


def test_a_session_that_every_answer_renews_is_the_next_requests(sdk: Variant) -> None:
    def step(exchange: Exchange) -> None:
        exchange.good([("Set-Cookie", f"session=r{len(exchange.server.calls)}")])

    with FaultServer(step) as server:
        client = sdk.client(server.url)
        for _ in range(4):
            sdk.run(OPERATIONS["list_threads"](client))
        assert [request.session for request in server.calls] == ["s1", "r1", "r2", "r3"]
        assert client.session_id == "r4"


def test_renewed_sessions_that_come_out_of_order_put_no_older_one_back(sdk: Variant) -> None:
    """The first request is answered last, when a younger session is in use already."""
    in_use = threading.Event()

    def late(exchange: Exchange) -> None:
        in_use.wait(10)
        exchange.good([("Set-Cookie", "session=older")])

    def early(exchange: Exchange) -> None:
        exchange.good([("Set-Cookie", "session=younger")])

    with FaultServer(good, late, early, good) as server:
        client = sdk.client(server.url)
        sdk.run(OPERATIONS["list_threads"](client))
        first = sdk.start(OPERATIONS["list_threads"](client))
        while len(server.calls) < 2:
            server.stopping.wait(0.005)
        sdk.run(OPERATIONS["list_threads"](client))
        in_use.set()
        first.result()
        assert client.session_id == "younger"
        sdk.run(OPERATIONS["list_threads"](client))
        assert server.calls[-1].session == "younger"


def test_a_session_that_is_taken_back_is_replaced_before_the_next_call(sdk: Variant) -> None:
    ended = steps.with_cookies("session=; Max-Age=0")
    with FaultServer(ended, good) as server:
        client = sdk.client(server.url)
        sdk.run(OPERATIONS["list_threads"](client))
        sdk.run(OPERATIONS["list_threads"](client))
        assert [request.session for request in server.calls] == ["s1", "s2"]


def test_the_cookie_of_another_domain_is_not_ours(sdk: Variant) -> None:
    foreign = steps.with_cookies("session=foreign; Domain=evil.example", "other=1")
    with FaultServer(foreign, good) as server:
        client = sdk.client(server.url)
        sdk.run(OPERATIONS["list_threads"](client))
        sdk.run(OPERATIONS["list_threads"](client))
        assert {request.headers["cookie"] for request in server.calls} == {"session=s1"}


def test_of_two_cookies_the_last_counts(sdk: Variant) -> None:
    with FaultServer(steps.with_cookies("session=one", "session=two"), good) as server:
        client = sdk.client(server.url)
        sdk.run(OPERATIONS["list_threads"](client))
        assert client.session_id == "two"


def test_a_renewal_that_fails_fails_all_who_waited_once(sdk: Variant) -> None:
    started = threading.Event()

    def refuse(exchange: Exchange) -> None:
        started.wait(10)
        exchange.wait(0.2)  # so that all of them wait
        exchange.answer(401, {})

    with FaultServer(only("s2"), logins=[log_in, refuse, log_in]) as server:
        client = sdk.client(server.url)
        calls = [sdk.start(OPERATIONS["analyze_prompt"](client)) for _ in range(CALLS)]
        started.set()
        assert {type(call.exception()) for call in calls} == {AuthError}
        assert len(server.logins) == 2
        sdk.run(OPERATIONS["analyze_prompt"](client))
        assert len(server.logins) == 3


def test_a_renewal_survives_a_fault(sdk: Variant) -> None:
    logins = [log_in, steps.reset_before_headers, steps.status(502), log_in]
    with FaultServer(only("s2"), logins=logins) as server:
        sdk.run(OPERATIONS["submit_prompt"](sdk.client(server.url)))
        assert len(server.logins) == 4


def test_a_session_id_is_renewed_by_asking_who_it_is(sdk: Variant) -> None:
    with FaultServer(only("s1")) as server:
        sdk.run(OPERATIONS["submit_prompt"](sdk.client(server.url, auth=SessionId("given"))))
        (renewal,) = server.logins
        assert renewal.path == "/api/v1/users/me"
        assert renewal.session == "given"


@over_own_and_theirs
@pytest.mark.parametrize("step", [steps.silence, steps.reset_before_headers])
def test_a_call_whose_login_is_lost_was_not_processed(
    sdk: Variant, step: Step, theirs: Any
) -> None:
    with FaultServer(logins=[step]) as server:
        their = Theirs(sdk, theirs)
        client = sdk.client(server.url, httpx_client=their.client, deadline=0.3, max_retries=0)
        with pytest.raises(APIConnectionError) as caught:
            sdk.run(OPERATIONS["submit_prompt"](client))
        assert not caught.value.may_have_been_processed
        assert not server.calls
        their.close()


def test_a_renewal_that_is_lost_after_a_call_was_lost_leaves_that_in_doubt(sdk: Variant) -> None:
    """The first try may have been processed; then the session ends, and no login comes through."""
    with FaultServer(
        steps.reset_before_headers, steps.status(401), logins=[log_in, steps.silence]
    ) as server:
        client = sdk.client(server.url, deadline=0.5)
        with pytest.raises(APIConnectionError) as caught:
            sdk.run(OPERATIONS["analyze_prompt"](client))
        assert caught.value.may_have_been_processed


def test_an_answer_that_nobody_asked_for_is_nobodys(sdk: Variant) -> None:
    """It came in one packet with another's; the next call on that connection would take it."""

    def two(exchange: Exchange) -> None:
        instead = {"data": {"text": "of another", "items": []}}
        good = json.dumps({"data": good_data("POST", exchange.request.path)}).encode()
        exchange.send(answer(200, good) + answer(200, instead))

    with FaultServer(two, good) as server:
        client = sdk.client(server.url)
        assert sdk.run(OPERATIONS["hydrate_prompt"](client)).text == "Dear Ada Lovelace"
        assert sdk.run(OPERATIONS["hydrate_prompt"](client)).text == "Dear Ada Lovelace"
        assert [call.connection for call in server.calls] == [0, 1]


def test_a_login_is_its_cookie_whether_or_not_its_body_comes(sdk: Variant) -> None:
    step = steps.without_its_body(200, [("Set-Cookie", "session=s1")])
    with FaultServer(logins=[step]) as server:
        sdk.run(OPERATIONS["submit_prompt"](sdk.client(server.url, timeout=1)))
        assert len(server.logins) == 1
