"""Sessions over real connections: logins and renewals that are lost, and answers of other calls."""

import json

import pytest

from liminal.errors import APIConnectionError
from tests.support.libraries import over_own_and_theirs

from . import steps
from .operations import OPERATIONS
from .server import FaultServer, answer, good, log_in
from .wire import good_data


@over_own_and_theirs
@pytest.mark.parametrize("step", [steps.silence, steps.reset_before_headers])
def test_a_call_whose_login_is_lost_was_not_processed(sdk, step, theirs):
    with FaultServer(logins=[step]) as server:
        user_client = sdk.user_client(theirs)
        client = sdk.client(server.url, httpx_client=user_client, deadline=0.3, max_retries=0)
        with pytest.raises(APIConnectionError) as caught:
            sdk.run(OPERATIONS["submit_prompt"](client))
        assert not caught.value.may_have_been_processed
        assert not server.calls


def test_a_renewal_that_is_lost_after_a_call_was_lost_leaves_that_in_doubt(sdk):
    """The first try may have been processed; then the session ends, and no login comes through."""
    with FaultServer(
        steps.reset_before_headers, steps.status(401), logins=[log_in, steps.silence]
    ) as server:
        client = sdk.client(server.url, deadline=0.5)
        with pytest.raises(APIConnectionError) as caught:
            sdk.run(OPERATIONS["analyze_prompt"](client))
        assert caught.value.may_have_been_processed


def test_an_answer_that_follows_another_unasked_is_dropped_with_its_connection(sdk):
    """It arrives together with another call's; the next call on that connection would read it."""

    def two(exchange):
        instead = {"data": {"text": "of another", "items": []}}
        good = json.dumps({"data": good_data("POST", exchange.request.path)}).encode()
        exchange.send(answer(200, good) + answer(200, instead))

    with FaultServer(two, good) as server:
        client = sdk.client(server.url)
        assert sdk.run(OPERATIONS["hydrate_prompt"](client)).text == "Dear Ada Lovelace"
        assert sdk.run(OPERATIONS["hydrate_prompt"](client)).text == "Dear Ada Lovelace"
        assert [call.connection for call in server.calls] == [0, 1]


def test_a_login_is_its_cookie_whether_or_not_its_body_comes(sdk):
    step = steps.without_its_body(200, [("Set-Cookie", "session=s1")])
    with FaultServer(logins=[step]) as server:
        sdk.run(OPERATIONS["submit_prompt"](sdk.client(server.url, timeout=1)))
        assert len(server.logins) == 1
