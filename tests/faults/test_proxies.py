"""A proxy is given no secret, and none of its words comes into an error."""

import traceback
from typing import Any

import httpx
import pytest

from liminal.errors import APIConnectionError, LiminalError

from . import steps
from .operations import OPERATIONS
from .server import FaultServer
from .variants import Variant

ELSEWHERE = "https://api.tenant.example"


def test_what_a_proxy_says_is_in_no_error(sdk: Variant, monkeypatch: pytest.MonkeyPatch) -> None:
    with FaultServer(steps.refuse_tunnel) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:hunter2@127.0.0.1:{proxy.port}")
        client = sdk.client(ELSEWHERE)
        with pytest.raises(APIConnectionError, match=r"proxy refused .*\(407\)") as caught:
            sdk.run(OPERATIONS["list_threads"](client))
        told = "".join(traceback.format_exception(caught.value))
        assert "Basic" not in told
        assert not caught.value.may_have_been_processed
        assert {request.path for request in proxy.requests} == {"api.tenant.example:443"}


@pytest.mark.parametrize("by", ["environment", "argument", "mount"])
def test_over_http_no_proxy_gets_a_secret_by_a_lent_client(
    sdk: Variant, by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FaultServer() as proxy, FaultServer() as server:
        lent = lend(sdk, by, f"http://127.0.0.1:{proxy.port}", monkeypatch)
        with pytest.raises(LiminalError, match=r"httpx_client would send .* a proxy"):
            sdk.client(server.url, httpx_client=lent)
        sdk.client(ELSEWHERE, httpx_client=lent)  # goes through a tunnel, encrypted
        end(sdk, lent)


def test_a_lent_client_may_have_a_proxy_for_others(
    sdk: Variant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with FaultServer() as proxy, FaultServer() as server:
        lent = lend(sdk, "environment", f"http://127.0.0.1:{proxy.port}", monkeypatch)
        client = sdk.client(server.url, httpx_client=lent)
        sdk.run(OPERATIONS["list_threads"](client))
        end(sdk, lent)
        assert not proxy.accepted


@pytest.mark.parametrize("place", ["a..b:3128", "127.0.0.1:99999"])
def test_a_lent_client_s_proxy_that_can_not_be_is_refused_without_a_word_of_it(
    sdk: Variant, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lent = lend(sdk, "argument", f"http://user:hunter2@{place}", monkeypatch)
    with pytest.raises(LiminalError, match=r"proxy of the httpx_client names no host") as caught:
        sdk.client(ELSEWHERE, httpx_client=lent)
    assert "hunter2" not in repr(caught.value)
    end(sdk, lent)


def lend(sdk: Variant, by: str, url: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A client that has this proxy."""
    kind = httpx.Client if sdk.name == "blocking" else httpx.AsyncClient
    if by == "environment":
        monkeypatch.setenv("HTTP_PROXY", url)
        return kind()
    if by == "mount":
        transport: Any = httpx.HTTPTransport if sdk.name == "blocking" else httpx.AsyncHTTPTransport
        return kind(trust_env=False, mounts={"all://": transport(proxy=url)})
    return kind(trust_env=False, proxy=url)


def end(sdk: Variant, lent: Any) -> None:
    sdk.run(lent.close if sdk.name == "blocking" else lent.aclose)
