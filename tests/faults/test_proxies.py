"""A proxy receives no secret, and no error quotes what it sends."""

import ssl
import traceback
from itertools import product
from types import ModuleType
from typing import Any

import httpx
import pytest

from liminal.errors import APIConnectionError, LiminalError
from tests.support.libraries import over_both_libraries
from tests.support.tls import authority, serving, trusting

from . import steps
from .operations import OPERATIONS
from .server import FaultServer
from .variants import Variant

ELSEWHERE = "https://api.tenant.example"


def refusal(sdk: Variant, **options: Any) -> APIConnectionError:
    """The error of a call through a proxy that refuses."""
    client = sdk.client(ELSEWHERE, **options)
    with pytest.raises(APIConnectionError, match=r"proxy refused .*\(407\)") as caught:
        sdk.run(OPERATIONS["list_threads"](client))
    return caught.value


def test_what_a_proxy_says_is_in_no_error(sdk, monkeypatch):
    with FaultServer(steps.refuse_tunnel) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:hunter2@127.0.0.1:{proxy.port}")
        error = refusal(sdk)
        assert "Basic" not in "".join(traceback.format_exception(error))
        assert not error.may_have_been_processed
        assert {request.path for request in proxy.requests} == {"api.tenant.example:443"}


OWN = "httpx.Proxy with a context"


@pytest.mark.parametrize(
    ("by", "means"),
    [
        *product(("environment", "URL", "httpx.Proxy"), ("SSL_CERT_FILE", "ssl_context")),
        (OWN, "nothing else"),
    ],
)
def test_a_proxy_that_is_given_or_of_the_environment_is_trusted_as_the_server_is(
    sdk, by, means, monkeypatch
):
    tls, refuse = serving(), steps.refuse_tunnel
    with authority().cert_pem.tempfile() as file, FaultServer(refuse, tls=tls) as proxy:
        url = f"https://user:hunter2@127.0.0.1:{proxy.port}"
        given: dict[str, Any] = {
            "URL": url,
            "httpx.Proxy": httpx.Proxy(url),
            OWN: httpx.Proxy(url, ssl_context=trusting()),
        }
        monkeypatch.setenv("HTTPS_PROXY", url if by == "environment" else "http://127.0.0.1:9")
        monkeypatch.setenv("NO_PROXY", "" if by == "environment" else "*")  # what is given counts
        if means == "SSL_CERT_FILE":
            monkeypatch.setenv("SSL_CERT_FILE", file)
        used = trusting() if means == "ssl_context" else None
        refusal(sdk, proxy=given.get(by), ssl_context=used)


def test_a_proxy_that_is_not_there_is_what_could_not_be_reached(sdk):
    client = sdk.client(ELSEWHERE, proxy="http://u:hunter2@127.0.0.1:1", max_retries=0)
    with pytest.raises(APIConnectionError, match=r"could not connect to the server \(proxy: "):
        sdk.run(OPERATIONS["list_threads"](client))


NO_SOCKS = r"proxy= names a SOCKS proxy: install .*\[socks\]"
NO_CONTEXT = "ssl_context must be an ssl.SSLContext for clients"


@pytest.mark.parametrize(
    ("url", "options", "reason"),
    [
        ("http://127.0.0.1:1", {"proxy": "http://u:hunter2@p.example"}, "leave out proxy"),
        (ELSEWHERE, {"proxy": "http://u:hunter2@a..b"}, "proxy= is not the URL of a proxy"),
        (ELSEWHERE, {"proxy": httpx.Proxy("http://u:hunter2@a..b")}, "proxy= must have"),
        (ELSEWHERE, {"proxy": "socks5://u:hunter2@127.0.0.1:9"}, NO_SOCKS),
        (ELSEWHERE, {"proxy": httpx.Proxy("socks5h://u:hunter2@127.0.0.1:9")}, NO_SOCKS),
        (ELSEWHERE, {"proxy": 3}, "proxy must be"),
        (ELSEWHERE, {"ssl_context": True}, NO_CONTEXT),
        (ELSEWHERE, {"ssl_context": ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)}, NO_CONTEXT),
    ],
)
def test_an_invalid_proxy_or_context_is_refused_at_once(sdk, url, options, reason, monkeypatch):
    monkeypatch.setattr("liminal._http.settings.proxy.find_spec", lambda _: None)
    with pytest.raises(LiminalError, match=reason) as caught:
        sdk.client(url, **options)
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))


# ---- a user's client


@pytest.mark.parametrize(
    "options", [{"proxy": "http://p.example"}, {"ssl_context": ssl.create_default_context()}]
)
def test_a_user_s_client_has_its_own_proxy_and_tls(sdk, options):
    with pytest.raises(LiminalError, match="httpx_client has its own connections"):
        sdk.client(ELSEWHERE, httpx_client=sdk.user_client(httpx), **options)


def through(sdk: Variant, library: ModuleType, by: str, url: str) -> Any:
    """A client with this proxy."""
    if by == "environment":
        return sdk.user_client(library, trust_env=True)
    if by == "argument":
        return sdk.user_client(library, proxy=url)
    kind = library.HTTPTransport if sdk.name == "blocking" else library.AsyncHTTPTransport
    return sdk.user_client(library, mounts={"all://": kind(proxy=url)})


@over_both_libraries
@pytest.mark.parametrize("by", ["environment", "argument", "mount"])
def test_over_http_no_proxy_gets_a_secret_by_a_user_s_client(sdk, library, by, monkeypatch):
    with FaultServer() as proxy, FaultServer() as server:
        url = f"http://127.0.0.1:{proxy.port}"
        monkeypatch.setenv("HTTP_PROXY", url)
        user_client = through(sdk, library, by, url)
        with pytest.raises(LiminalError, match=r"httpx_client would send .* a proxy"):
            sdk.client(server.url, httpx_client=user_client)
        sdk.client(ELSEWHERE, httpx_client=user_client)  # goes through a tunnel, encrypted


@over_both_libraries
def test_a_user_s_client_may_have_a_proxy_for_others(sdk, library, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with FaultServer() as proxy, FaultServer() as server:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        client = sdk.client(server.url, httpx_client=sdk.user_client(library, trust_env=True))
        sdk.run(OPERATIONS["list_threads"](client))
        assert not proxy.accepted


@over_both_libraries
@pytest.mark.parametrize("place", ["a..b:3128", "127.0.0.1:99999"])
def test_a_user_s_client_s_proxy_that_can_not_be_is_refused_without_quoting_it(sdk, library, place):
    user_client = sdk.user_client(library, proxy=f"http://user:hunter2@{place}")
    with pytest.raises(LiminalError, match=r"the httpx_client must have a valid host") as caught:
        sdk.client(ELSEWHERE, httpx_client=user_client)
    assert "hunter2" not in repr(caught.value)
