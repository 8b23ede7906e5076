"""Over HTTP/2, which a caller's client may speak, the library hpack would log headers."""

import logging
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from liminal.auth import Token
from liminal.errors import LiminalError
from tests.faults.operations import OPERATIONS
from tests.faults.variants import Variant
from tests.support.libraries import over_both_libraries

from .multiplexed import H2Server
from .watch import found_in


@pytest.fixture
def user_client(sdk: Variant) -> Any:
    return sdk.user_client(httpx, http1=False, http2=True)


@pytest.fixture
def server() -> Iterator[H2Server]:
    with H2Server() as server:
        yield server


@over_both_libraries
def test_calls_are_refused_while_hpack_would_log_the_session(sdk, user_client, server, watch):
    client = sdk.client(server.url, auth=Token("kanarie-token"), httpx_client=user_client)
    with pytest.raises(LiminalError, match=r"hpack .*setLevel") as caught:
        sdk.run(OPERATIONS["analyze_prompt"](client))
    watch.error(caught.value)
    assert not server.paths


def test_http2_leaks_nothing_once_hpack_s_log_is_quiet(sdk, user_client, server, watch, caplog):
    caplog.set_level(logging.INFO, "hpack")
    client = sdk.client(server.url, auth=Token("kanarie-token"), httpx_client=user_client)
    for name in ("analyze_prompt", "list_threads", "submit_prompt"):
        watch.value(sdk.run(OPERATIONS[name](client)))
    assert client.session_id == "kanarie-session"
    assert len(server.paths) == 4


@over_both_libraries
def test_hpack_would_have_logged_the_session(sdk, user_client, server, caplog):
    """What the refusal is for."""
    caplog.set_level(logging.DEBUG, "hpack.hpack")
    headers = {"Cookie": "session=kanarie-session"}
    sdk.run(lambda: user_client.get(f"{server.url}/api/v1/threads", headers=headers))
    packed = [line for line in caplog.messages if line.startswith("Adding")]  # the server unpacks
    assert found_in("\n".join(packed))
