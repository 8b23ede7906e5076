"""A company's gateway, on a path of its own before the service: every call and login goes there."""

from typing import Any

import pytest

from liminal.auth import SessionId, Token
from liminal_api.api.llm import list_model_instances
from tests.support.providers import GivenToken

from . import steps
from .operations import OPERATIONS
from .server import Exchange, FaultServer, good
from .variants import Variant

PREFIX = "/company/liminal"


def log_in(exchange: Exchange) -> None:
    """Set a session for the gateway's path, after one that is for another path."""
    cookies = (f"session={value}; Path={path}/" for value, path in (("x", "/x"), ("s1", PREFIX)))
    exchange.answer(200, {}, [("Set-Cookie", cookie) for cookie in cookies])


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("auth", [Token("t"), GivenToken("t"), SessionId("s1")])
def test_every_call_goes_through_it_however_one_signs_in(
    sdk: Variant, slash: str, auth: Any
) -> None:
    plan = [*[good] * 3, steps.status(401), good]
    if isinstance(auth, SessionId):  # which nobody can renew
        plan = [good]
    with FaultServer(*plan, logins=[log_in]) as server:
        client = sdk.client(f"{server.url}{PREFIX}{slash}", auth=auth)
        for operation in OPERATIONS.values():
            assert sdk.run(operation(client)) is not None
        blocking = sdk.name == "blocking"
        low_level: Any = list_model_instances.sync if blocking else list_model_instances.asyncio
        assert sdk.run(lambda: low_level(client=client.api)).data
        assert {call.session for call in server.calls} == {"s1"}
        renewals = int(plan != [good])
        assert len(server.calls) == len(OPERATIONS) + 1 + renewals
        assert len(server.logins) == 2 * renewals
        assert all(request.path.startswith(f"{PREFIX}/api/v1/") for request in server.requests)
