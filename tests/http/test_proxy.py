"""Which proxy leads to a server: the environment's, unless NO_PROXY or its address exempts it."""

import httpx
import pytest

from liminal._http.settings.proxy import proxy_for
from liminal._http.settings.server_url import parse_server_url
from liminal.errors import LiminalError

NAME, IPV4, IPV6 = "api.tenant.example", "10.1.2.3:8443", "[2001:db8::1]:8443"


def proxy_of(host: str = NAME) -> httpx.Proxy | None:
    """The proxy of the environment for this server."""
    return proxy_for(parse_server_url(f"https://{host}"), None, None)


@pytest.mark.parametrize(
    ("name", "value", "url"),
    [
        ("HTTPS_PROXY", "http://proxy.example:3128", "http://proxy.example:3128"),
        ("ALL_PROXY", "proxy.example:3128", "http://proxy.example:3128"),
        ("HTTP_PROXY", "http://proxy.example:3128", None),
    ],
)
def test_a_proxy_is_named_by_the_environment(name, value, url, monkeypatch):
    monkeypatch.setenv(name, value)
    found = proxy_of()
    assert (found and found.url) == (url and httpx.URL(url))
    assert proxy_of("127.0.0.1:8443") is None  # this machine is asked directly


@pytest.mark.parametrize(
    ("names", "host"),
    [
        *((names, NAME) for names in ("*", "API.Tenant.example", ".example", "*.tenant.example")),
        *((names, NAME) for names in ("api.tenant.example:443", "a.example, tenant.example")),
        *((names, NAME) for names in ("a.example api.tenant.example.", "*:443")),
        *((names, IPV4) for names in ("10.1.2.3", "10.1.2.3:8443", "10.0.0.0/8")),
        ("10.1.2.0/255.255.255.0", IPV4),
        *((names, IPV6) for names in ("2001:db8::1", "[2001:DB8:0::1]", "[2001:db8::1]:8443")),
        *((names, IPV6) for names in ("2001:db8::/32", "[2001:db8::/32]", "[2001:db8::]/32")),
    ],
)
def test_no_proxy_names_servers_to_be_asked_directly(names, host, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", names)
    assert proxy_of(host) is None


@pytest.mark.parametrize(
    ("names", "host"),
    [
        *((names, NAME) for names in ("", " , ", ".", "enant.example", "api.tenant.example:8443")),
        *((names, NAME) for names in ("api", "10.0.0.0/8", "[", "x.api.tenant.example", ":443")),
        *((names, host) for names in ("https://", "[]") for host in (NAME, IPV4, IPV6)),
        *((names, NAME) for names in ("http://api.tenant.example", "a:999999", "ü..", "\u2488")),
        *((names, IPV4) for names in ("10.1.2.3:443", "11.0.0.0/8", "10.1.2.3/99", "::/0")),
        *((names, IPV6) for names in ("[2001:db8::1]:443", "2001:db9::/32", "0.0.0.0/0")),
    ],
)
def test_a_server_that_no_proxy_does_not_name_goes_through_it(names, host, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", names)
    assert proxy_of(host) is not None


USER = "user:secret@"
NO_PROXY_URL = [
    f"ftp://{USER}proxy.example",
    *(f"http://{USER}{at}" for at in ("proxy:port", "a..b:3128", "proxy.example:99999")),
    *(f"http://{USER}{at}" for at in ("proxy.example:0", "")),
]


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        *((url, "HTTPS_PROXY, or ALL_PROXY, is not the URL of a proxy") for url in NO_PROXY_URL),
        (f"socks5://{USER}proxy.example", r"HTTPS_PROXY.* names a SOCKS proxy: .*\[socks\]"),
    ],
)
def test_a_proxy_that_can_not_be_used_is_refused_without_quoting_it(url, reason, monkeypatch):
    monkeypatch.setattr("liminal._http.settings.proxy.find_spec", lambda _: None)
    monkeypatch.setenv("HTTPS_PROXY", url)
    with pytest.raises(LiminalError, match=reason) as caught:
        proxy_of()
    assert "secret" not in repr(caught.value)
    assert caught.value.__context__ is None
