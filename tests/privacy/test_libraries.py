"""What docs/privacy.md says of other libraries' logs is so, and its filter keeps them out."""

import logging
import re
from pathlib import Path

import httpx
import pytest

from tests.faults.operations import OPERATIONS
from tests.faults.server import FaultServer
from tests.faults.variants import Variant
from tests.support.libraries import over_both_libraries

PAGE = Path(__file__).parents[2] / "docs" / "privacy.md"


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """A handler of the root logger, with all levels at DEBUG."""
    for library in ("", "httpx", "httpcore"):
        caplog.set_level(logging.DEBUG, library)
    return caplog


def call(sdk: Variant, *, user_client: bool) -> None:
    with FaultServer() as server:
        theirs = sdk.user_client(httpx if user_client else None)
        sdk.run(OPERATIONS["get_thread"](sdk.client(server.url, httpx_client=theirs)))


def lines(log: pytest.LogCaptureFixture, library: str) -> list[str]:
    return [record.getMessage() for record in log.records if record.name.startswith(library)]


@over_both_libraries
def test_httpx_logs_requests_of_user_s_clients_and_httpcore_no_headers(sdk, log):
    call(sdk, user_client=False)
    assert lines(log, "http") == []
    call(sdk, user_client=True)
    requests, steps = lines(log, "httpx"), "\n".join(lines(log, "httpcore"))
    assert len(requests) == 2
    assert re.search(r'GET http://\S+/threads/7 "HTTP/1.1 200 ', requests[-1])
    assert "receive_response_headers.complete" in steps
    assert "127.0.0.1" in steps
    assert "cookie" not in steps.lower()
    assert "content-type" not in steps.lower()


@over_both_libraries
def test_the_documented_filter_drops_these_records(sdk, log):
    (program,) = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    names: dict[str, type[logging.Filter]] = {}
    exec(program.partition("\nfor ")[0], names)
    without = names["WithoutLibraries"]()
    log.handler.addFilter(without)
    call(sdk, user_client=True)
    logging.getLogger("httpcore.connection").warning("a warning")
    logging.getLogger("liminal").debug("of ours")
    log.handler.removeFilter(without)
    assert log.messages[-2:] == ["a warning", "of ours"]
    assert len(lines(log, "liminal")) == len(log.records) - 1
