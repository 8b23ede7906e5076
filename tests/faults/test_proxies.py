"""A proxy is given no secret, and none of its words comes into an error."""

import ssl
import traceback
from typing import Any

import httpx
import pytest
import trustme

from liminal.errors import APIConnectionError, LiminalError
from tests.support.libraries import over_both_libraries

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


def test_a_proxy_that_is_given_comes_before_the_environment_s(
    sdk: Variant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "*")
    with FaultServer(steps.refuse_tunnel) as proxy:
        url = f"http://user:hunter2@127.0.0.1:{proxy.port}"
        for given in (url, httpx.Proxy(url)):
            client = sdk.client(ELSEWHERE, proxy=given)
            with pytest.raises(APIConnectionError, match=r"proxy refused .*\(407\)"):
                sdk.run(OPERATIONS["list_threads"](client))
        assert len(proxy.requests) == 2 * 3


@pytest.mark.parametrize("by", ["environment", "URL", "httpx.Proxy", "httpx.Proxy with its own"])
@pytest.mark.parametrize("means", ["SSL_CERT_FILE", "ssl_context"])
def test_a_proxy_with_tls_is_believed_by_what_the_server_is(
    sdk: Variant, by: str, means: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority, tls = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    context = ssl.create_default_context()
    authority.configure_trust(context)
    with authority.cert_pem.tempfile() as file, FaultServer(steps.refuse_tunnel, tls=tls) as proxy:
        url = f"https://user:hunter2@127.0.0.1:{proxy.port}"
        options: dict[str, Any] = {}
        if by.endswith("own"):
            options["proxy"] = httpx.Proxy(url, ssl_context=context)
        else:
            given = url if by == "URL" else httpx.Proxy(url)
            options = {} if by == "environment" else {"proxy": given}
            monkeypatch.setenv("HTTPS_PROXY", url)
            if means == "ssl_context":
                options["ssl_context"] = context
            else:
                monkeypatch.setenv("SSL_CERT_FILE", file)
        client = sdk.client(ELSEWHERE, **options)
        with pytest.raises(APIConnectionError, match=r"proxy refused .*\(407\)"):
            sdk.run(OPERATIONS["list_threads"](client))


def test_a_proxy_that_is_not_there_is_what_could_not_be_reached(sdk: Variant) -> None:
    client = sdk.client(ELSEWHERE, proxy="http://u:hunter2@127.0.0.1:1", max_retries=0)
    with pytest.raises(APIConnectionError, match=r"could not connect to the server \(proxy: "):
        sdk.run(OPERATIONS["list_threads"](client))


@pytest.mark.parametrize("url", ["socks5://u:hunter2@127.0.0.1:9", "socks5h://127.0.0.1:9"])
def test_a_socks_proxy_is_refused_at_once_where_nothing_can_use_it(
    sdk: Variant, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("liminal._http.settings.proxy.find_spec", lambda _: None)
    for given in (url, httpx.Proxy(url)):
        with pytest.raises(LiminalError, match=r"names a SOCKS proxy: install .*\[socks\]"):
            sdk.client(ELSEWHERE, proxy=given)


@pytest.mark.parametrize(
    ("url", "options", "reason"),
    [
        ("http://127.0.0.1:1", {"proxy": "http://u:hunter2@p.example"}, "leave out proxy"),
        (ELSEWHERE, {"proxy": "http://u:hunter2@a..b"}, "proxy= is not the URL of a proxy"),
        (ELSEWHERE, {"proxy": httpx.Proxy("http://u:hunter2@a..b")}, "proxy= names no host"),
        (ELSEWHERE, {"proxy": 3}, "proxy must be"),
        (ELSEWHERE, {"ssl_context": True}, "ssl_context must be an ssl.SSLContext"),
        (
            ELSEWHERE,
            {"ssl_context": ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)},
            "ssl_context must be an ssl.SSLContext for clients",
        ),
    ],
)
def test_what_can_be_no_proxy_or_context_is_refused_at_once(
    sdk: Variant, url: str, options: dict[str, Any], reason: str
) -> None:
    with pytest.raises(LiminalError, match=reason) as caught:
        sdk.client(url, **options)
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    "options", [{"proxy": "http://p.example"}, {"ssl_context": ssl.create_default_context()}]
)
def test_a_caller_s_client_has_its_own_proxy_and_tls(sdk: Variant, options: dict[str, Any]) -> None:
    kind = httpx.Client if sdk.name == "blocking" else httpx.AsyncClient
    user_client: Any = kind(trust_env=False)
    with pytest.raises(LiminalError, match="httpx_client has connections of its own"):
        sdk.client(ELSEWHERE, httpx_client=user_client, **options)
    end(sdk, user_client)


@over_both_libraries
@pytest.mark.parametrize("by", ["environment", "argument", "mount"])
def test_over_http_no_proxy_gets_a_secret_by_a_user_s_client(
    sdk: Variant, by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FaultServer() as proxy, FaultServer() as server:
        user_client = make_user_client(sdk, by, f"http://127.0.0.1:{proxy.port}", monkeypatch)
        with pytest.raises(LiminalError, match=r"httpx_client would send .* a proxy"):
            sdk.client(server.url, httpx_client=user_client)
        sdk.client(ELSEWHERE, httpx_client=user_client)  # goes through a tunnel, encrypted
        end(sdk, user_client)


@over_both_libraries
def test_a_user_s_client_may_have_a_proxy_for_others(
    sdk: Variant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with FaultServer() as proxy, FaultServer() as server:
        user_client = make_user_client(
            sdk, "environment", f"http://127.0.0.1:{proxy.port}", monkeypatch
        )
        client = sdk.client(server.url, httpx_client=user_client)
        sdk.run(OPERATIONS["list_threads"](client))
        end(sdk, user_client)
        assert not proxy.accepted


@over_both_libraries
@pytest.mark.parametrize("place", ["a..b:3128", "127.0.0.1:99999"])
def test_a_user_s_client_s_proxy_that_can_not_be_is_refused_without_a_word_of_it(
    sdk: Variant, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    user_client = make_user_client(sdk, "argument", f"http://user:hunter2@{place}", monkeypatch)
    with pytest.raises(LiminalError, match=r"proxy of the httpx_client names no host") as caught:
        sdk.client(ELSEWHERE, httpx_client=user_client)
    assert "hunter2" not in repr(caught.value)
    end(sdk, user_client)


def make_user_client(sdk: Variant, by: str, url: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A client that has this proxy."""
    kind = httpx.Client if sdk.name == "blocking" else httpx.AsyncClient
    if by == "environment":
        monkeypatch.setenv("HTTP_PROXY", url)
        return kind()
    if by == "mount":
        transport: Any = httpx.HTTPTransport if sdk.name == "blocking" else httpx.AsyncHTTPTransport
        return kind(trust_env=False, mounts={"all://": transport(proxy=url)})
    return kind(trust_env=False, proxy=url)


def end(sdk: Variant, user_client: Any) -> None:
    sdk.run(user_client.close if sdk.name == "blocking" else user_client.aclose)
