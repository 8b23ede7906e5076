"""A caller's client may send in a way of its own: what was handed to it counts as sent."""

from types import ModuleType

import httpx
import pytest

from liminal.errors import APIConnectionError
from tests.support.libraries import over_both_libraries

from .operations import ONCE, OPERATIONS
from .variants import Variant

pytestmark = over_both_libraries

LOSSES = ["ReadError", "ReadTimeout", "RemoteProtocolError"]
NOT_SENT = ["ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError"]


@pytest.mark.parametrize(
    ("error", "operation", "is_sent"),
    [
        *((error, operation, True) for error in LOSSES for operation in ONCE),
        *((error, "submit_prompt", False) for error in NOT_SENT),
    ],
)
def test_what_a_user_s_client_could_not_send_is_tried_again_and_the_rest_may_be_processed(
    sdk: Variant, library: ModuleType, error: str, operation: str, is_sent: bool
) -> None:
    calls: list[bytes] = []

    def lose(request: httpx.Request) -> httpx.Response:
        """Answer logins and lose everything else, whose body is there without asking for it."""
        if request.url.path.endswith("/login"):
            return httpx.Response(200, headers={"Set-Cookie": "session=s1"}, json={})
        calls.append(request.content)
        raise getattr(library, error)("lost")

    user_client = sdk.user_client(library, transport=library.MockTransport(lose))
    client = sdk.client("https://api.example", httpx_client=user_client)
    with pytest.raises(APIConnectionError) as caught:
        sdk.run(OPERATIONS[operation](client))
    assert caught.value.may_have_been_processed is is_sent
    assert len(calls) == (1 if is_sent else 3)
