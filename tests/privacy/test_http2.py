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
from .watch import found_in, watching


@pytest.fixture
def user_client(sdk: Variant) -> Iterator[Any]:
    kind = httpx.Client if sdk.name == "blocking" else httpx.AsyncClient
    found = kind(trust_env=False, http1=False, http2=True)
    yield found
    sdk.run(found.close if sdk.name == "blocking" else found.aclose)


@pytest.fixture
def hpack() -> Iterator[logging.Logger]:
    logger = logging.getLogger("hpack")
    before = logger.level
    yield logger
    logger.setLevel(before)


@over_both_libraries
def test_calls_are_refused_while_hpack_would_log_the_session(
    sdk: Variant, user_client: Any
) -> None:
    with H2Server() as server, watching() as watch:
        client = sdk.client(server.url, auth=Token("kanarie-token"), httpx_client=user_client)
        with pytest.raises(LiminalError, match=r"hpack .*setLevel") as caught:
            sdk.run(OPERATIONS["analyze_prompt"](client))
        watch.error(caught.value)
        assert not server.paths


def test_nothing_is_let_out_once_hpack_is_told_to_be_quiet(
    sdk: Variant, user_client: Any, hpack: logging.Logger
) -> None:
    with H2Server() as server, watching() as watch:
        hpack.setLevel(logging.INFO)
        client = sdk.client(server.url, auth=Token("kanarie-token"), httpx_client=user_client)
        for name in ("analyze_prompt", "list_threads", "submit_prompt"):
            watch.value(sdk.run(OPERATIONS[name](client)))
        assert client.session_id == "kanarie-session"
        assert len(server.paths) == 4


@over_both_libraries
def test_hpack_would_have_logged_it(sdk: Variant, user_client: Any) -> None:
    """What the refusal is for."""
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    logger = logging.getLogger("hpack.hpack")
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        with H2Server() as server:
            url, headers = f"{server.url}/api/v1/threads", {"Cookie": "session=kanarie-session"}
            sdk.run(lambda: user_client.get(url, headers=headers))
    finally:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)
    packed = [line for line in lines if line.startswith("Adding")]  # the server's hpack unpacks it
    assert found_in("\n".join(packed))
