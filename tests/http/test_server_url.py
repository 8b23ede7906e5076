"""A secret goes to an https:// origin, or to this machine; a URL that only looks so is refused."""

import traceback
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liminal._calls.request import _url
from liminal._http.settings.server_url import parse_server_url
from liminal.errors import LiminalError

# Each with the origin that it is; None where that is the same text.
GOOD = {
    **dict.fromkeys(("https://api.my-tenant.liminal.ai", "https://api.example.", "http://[::1]")),
    **dict.fromkeys(("https://api.example:8443", "https://a_b.example", "https://10.0.0.1")),
    **dict.fromkeys(("https://xn--wgv71a.example", "https://0.0.0.0", "http://localhost")),
    **dict.fromkeys(("https://[2001:db8::1]:8443", "http://127.0.0.1:65535", "http://[::1]:8000")),
    **dict.fromkeys(("http://127.255.255.254", "http://[0:0:0:0:0:0:0:1]")),
    **dict.fromkeys(("https://gateway.example/liminal", "https://gateway.example/a..b/...")),
    "http://127.0.0.1/@evil.example": None,
    "https://api.my-tenant.liminal.ai/": "https://api.my-tenant.liminal.ai",
    " https://api.my-tenant.liminal.ai\n": "https://api.my-tenant.liminal.ai",
    "HTTPS://API.Example": "https://api.example",
    "https://api.example:443": "https://api.example",
    "https://api.example#": "https://api.example",
    "https://日本.example": "https://xn--wgv71a.example",
    "http://LOCALHOST:8000/": "http://localhost:8000",
    "http://127。0。0。1": "http://127.0.0.1",
    "https://gateway.example/liminal/": "https://gateway.example/liminal",
    "https://gateway.example/a/b c/": "https://gateway.example/a/b%20c",
    "https://gateway.example/büro": "https://gateway.example/b%C3%BCro",
}

NOT_THIS_MACHINE = [
    *("http://api.my-tenant.liminal.ai", "http://127.0.0.1.evil.example", "http://xn--localhost-"),
    *("http://localhost.evil.example", "http://localhost.", "http://evil-localhost"),
    *("http://0.0.0.0", "http://128.0.0.1", "http://10.0.0.1", "http://127.1", "http://0x7f.1"),
    *("http://2130706433", "http://[::]", "http://[::2]", "http://[::ffff:10.0.0.1]"),
    "http://[::ffff:127.0.0.1]",
]
USERINFO = [
    *("http://127.0.0.1@evil.example", "http://127.0.0.1:80@evil.example"),
    *("http://localhost\\@evil.example", "https://user:hunter2@api.example"),
    "https://:hunter2@api.example",
]
NO_ORIGIN = [
    *("/%2e", "/a/%2E./b", "/a/../b", "/a/.. ", "/./a", "/a%252e%252e/b", "/..;/a"),
    *("/a%0d%0ab", "/a%00", "/a%3Fb", "/a%23b", "/a%zz", "/a%2fb", "/a%5Cb", "//", "/a//b"),
    *("/a//", "/v2?key=hunter2", "?key=hunter2", "/?", "/#hunter2"),
]
NO_URL: list[Any] = [
    *("", "   ", "api.example", "api.example:443", "//api.example", "http:127.0.0.1", "https://"),
    *("http:///127.0.0.1", "file:///etc/passwd", "ftp://api.example", "https://:443"),
    *("https://api example", "https://api\r\nHost: evil.example", "https://api\x00.example"),
    *("https://%00.example", "http://127.0.0.1%2eevil.example", "https://[::1", "https://[zz]"),
    *("https://a..b", "https://.b", "https://*", "https://" + "a" * 64 + ".example"),
    *("https://" + "a." * 130 + "example", "https://\ud800.example", "http://loc\xadalhost"),
    *("https://api.example:0", "https://api.example:-1", "https://api.example:65536"),
    *("https://api.example:hunter2", None, b"https://api.example", 5),
]
REFUSED: dict[str, list[Any]] = {
    "http:// is for servers on this machine": NOT_THIS_MACHINE,
    "must not contain a user name or password": USERINFO,
    "with a path at most": [f"https://api.example{path}" for path in NO_ORIGIN],
    "is not a URL|must begin with https://": NO_URL,
}


@pytest.mark.parametrize("text", GOOD)
def test_an_origin_is_accepted_and_a_path_of_it_stays_there(text):
    origin = GOOD[text] or text
    assert parse_server_url(text).text == origin
    assert str(_url(origin, "/api/v1/threads")) == f"{origin}/api/v1/threads"


@pytest.mark.parametrize(
    ("text", "reason"), [(text, reason) for reason, texts in REFUSED.items() for text in texts]
)
def test_what_is_no_safe_origin_is_refused_without_quoting_it(text, reason):
    with pytest.raises(LiminalError, match=reason) as caught:
        parse_server_url(text)
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    ("text", "is_loopback", "host"),
    [
        ("http://127.0.0.1", True, "127.0.0.1"),
        ("http://[::1]", True, "::1"),
        ("https://localhost", True, "localhost"),
        ("https://日本.example:1", False, "xn--wgv71a.example"),
    ],
)
def test_the_host_is_the_one_of_the_wire_and_known_to_be_this_machine_or_not(
    text, is_loopback, host
):
    found = parse_server_url(text)
    assert (found.is_loopback, found.host) == (is_loopback, host)


@given(st.one_of(st.text(), st.text().map("https://{}".format), st.text().map("http://{}".format)))
def test_any_text_is_an_origin_or_a_liminal_error(text):
    try:
        server = parse_server_url(text)
    except LiminalError:
        return
    assert server.text.isascii()
    assert server.text.endswith(server.path)
    assert server.text.removesuffix(server.path).count("/") == 2
    assert server.is_https or server.is_loopback


@pytest.mark.parametrize(
    "path",
    [
        *("/../admin", "/%2e%2e/../../admin", "/%2e%2e/admin", "/api/..%2f..%2Fadmin"),
        *("/..%5cadmin", "/..;/admin", "/..", "@evil.example/", "admin"),
    ],
)
def test_no_path_leads_out_of_the_server_s_own(path):
    assert _url("https://gateway.example/liminal", path) is None
