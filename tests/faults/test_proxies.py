"""A proxy is given no secret, and none of its words comes into an error."""

import traceback

import pytest

from liminal.errors import APIConnectionError

from .operations import OPERATIONS
from .server import Exchange, FaultServer
from .variants import Variant

ELSEWHERE = "https://api.tenant.example"


def refuse_and_echo(exchange: Exchange) -> None:
    """Refuse a tunnel, and say in the reason phrase what was sent."""
    sent = exchange.request.headers["proxy-authorization"]
    exchange.send(f"HTTP/1.1 407 {sent}\r\nContent-Length: 0\r\n\r\n".encode())
    exchange.close()


def test_what_a_proxy_says_is_in_no_error(sdk: Variant, monkeypatch: pytest.MonkeyPatch) -> None:
    with FaultServer(refuse_and_echo) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:hunter2@127.0.0.1:{proxy.port}")
        client = sdk.client(ELSEWHERE)
        with pytest.raises(APIConnectionError, match=r"proxy refused .*\(407\)") as caught:
            sdk.run(OPERATIONS["list_threads"](client))
        told = "".join(traceback.format_exception(caught.value))
        assert "Basic" not in told
        assert not caught.value.may_have_been_processed
        assert {request.path for request in proxy.requests} == {"api.tenant.example:443"}
