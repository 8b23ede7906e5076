"""What docs/privacy.md says of other libraries' logs is so, and its filter keeps them out."""

import logging
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.faults.operations import OPERATIONS
from tests.faults.server import FaultServer
from tests.faults.variants import Variant
from tests.support.libraries import over_both_libraries

PAGE = Path(__file__).parents[2] / "docs" / "privacy.md"
LIBRARIES = ("httpx", "httpcore")


class Collecting(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.name.partition('.')[0]}: {record.getMessage()}")

    def by(self, library: str) -> list[str]:
        return [line for line in self.lines if line.startswith(library)]


@pytest.fixture
def handler() -> Iterator[Collecting]:
    """A handler of the root logger, with all levels at DEBUG."""
    handler, loggers = Collecting(), [logging.getLogger(name) for name in ("", *LIBRARIES)]
    before = [logger.level for logger in loggers]
    loggers[0].addHandler(handler)
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    yield handler
    loggers[0].removeHandler(handler)
    for logger, level in zip(loggers, before, strict=True):
        logger.setLevel(level)


def call(sdk: Variant, *, user_client: bool) -> None:
    kind = httpx.Client if sdk.name == "blocking" else httpx.AsyncClient
    httpx_client = kind(trust_env=False) if user_client else None
    with FaultServer() as server:
        client = sdk.client(server.url, httpx_client=httpx_client)
        sdk.run(OPERATIONS["get_thread"](client))
    if httpx_client is not None:
        sdk.run(httpx_client.close if sdk.name == "blocking" else httpx_client.aclose)


@over_both_libraries
def test_httpx_logs_a_line_a_request_for_user_s_clients_alone(
    sdk: Variant, handler: Collecting
) -> None:
    call(sdk, user_client=False)
    assert handler.by("httpx") == []
    call(sdk, user_client=True)
    assert len(handler.by("httpx")) == 2
    assert re.search(r'GET http://\S+/threads/7 "HTTP/1.1 200 ', handler.by("httpx")[-1])


@over_both_libraries
def test_httpcore_logs_steps_of_user_s_clients_alone_and_no_headers(
    sdk: Variant, handler: Collecting
) -> None:
    call(sdk, user_client=False)
    assert handler.by("httpcore") == []
    call(sdk, user_client=True)
    lines = "\n".join(handler.by("httpcore"))
    assert "receive_response_headers.complete" in lines
    assert "127.0.0.1" in lines
    assert "cookie" not in lines.lower()
    assert "content-type" not in lines.lower()


def test_the_filter_keeps_them_out(sdk: Variant, handler: Collecting) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    names: dict[str, type[logging.Filter]] = {}
    exec(program.partition("\nfor ")[0], names)
    handler.addFilter(names["WithoutLibraries"]())
    call(sdk, user_client=True)
    logging.getLogger("httpcore.connection").warning("a warning")
    logging.getLogger("liminal").debug("of ours")
    assert handler.lines[-2:] == ["httpcore: a warning", "liminal: of ours"]
    assert len(handler.by("liminal")) == len(handler.lines) - 1
