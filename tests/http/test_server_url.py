"""A secret goes to an https:// origin, or to this machine; a URL that only looks so is refused."""

import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liminal import SyncClient
from liminal._calls.request import _url
from liminal._http.settings.server_url import parse_server_url
from liminal.errors import LiminalError

GOOD = {
    "https://api.my-tenant.liminal.ai": "https://api.my-tenant.liminal.ai",
    "https://api.my-tenant.liminal.ai/": "https://api.my-tenant.liminal.ai",
    " https://api.my-tenant.liminal.ai\n": "https://api.my-tenant.liminal.ai",
    "HTTPS://API.Example": "https://api.example",
    "https://api.example.": "https://api.example.",
    "https://api.example:443": "https://api.example",
    "https://api.example:8443": "https://api.example:8443",
    "https://api.example#": "https://api.example",
    "https://a_b.example": "https://a_b.example",
    "https://日本.example": "https://xn--wgv71a.example",
    "https://xn--wgv71a.example": "https://xn--wgv71a.example",
    "https://10.0.0.1": "https://10.0.0.1",
    "https://0.0.0.0": "https://0.0.0.0",
    "https://[2001:db8::1]:8443": "https://[2001:db8::1]:8443",
    "http://localhost": "http://localhost",
    "http://LOCALHOST:8000/": "http://localhost:8000",
    "http://127.0.0.1:65535": "http://127.0.0.1:65535",
    "http://127.255.255.254": "http://127.255.255.254",
    "http://[::1]": "http://[::1]",
    "http://[::1]:8000": "http://[::1]:8000",
    "http://[0:0:0:0:0:0:0:1]": "http://[0:0:0:0:0:0:0:1]",
    "http://127。0。0。1": "http://127.0.0.1",
    "https://gateway.example/liminal": "https://gateway.example/liminal",
    "https://gateway.example/liminal/": "https://gateway.example/liminal",
    "https://gateway.example/a/b c/": "https://gateway.example/a/b%20c",
    "https://gateway.example/a..b/...": "https://gateway.example/a..b/...",
    "https://gateway.example/büro": "https://gateway.example/b%C3%BCro",
    "http://127.0.0.1/@evil.example": "http://127.0.0.1/@evil.example",
}

NOT_THIS_MACHINE = [
    "http://api.my-tenant.liminal.ai",
    "http://127.0.0.1.evil.example",
    "http://localhost.evil.example",
    "http://localhost.",
    "http://evil-localhost",
    "http://0.0.0.0",
    "http://[::]",
    "http://127.1",
    "http://0x7f.1",
    "http://2130706433",
    "http://128.0.0.1",
    "http://10.0.0.1",
    "http://[::2]",
    "http://[::ffff:10.0.0.1]",
    "http://[::ffff:127.0.0.1]",
    "http://xn--localhost-",
]

USERINFO = [
    "http://127.0.0.1@evil.example",
    "http://127.0.0.1:80@evil.example",
    "http://localhost\\@evil.example",
    "https://user:hunter2@api.example",
    "https://:hunter2@api.example",
]

NO_ORIGIN = [
    "https://api.example/%2e",
    "https://api.example/a/%2E./b",
    "https://api.example/a/../b",
    "https://api.example/a/.. ",
    "https://api.example/./a",
    "https://api.example/a%252e%252e/b",
    "https://api.example/a%0d%0ab",
    "https://api.example/a%00",
    "https://api.example/a%3Fb",
    "https://api.example/a%23b",
    "https://api.example/a%zz",
    "https://api.example/a%2fb",
    "https://api.example/a%5Cb",
    "https://api.example/..;/a",
    "https://api.example//",
    "https://api.example/a//b",
    "https://api.example/a//",
    "https://api.example/v2?key=hunter2",
    "https://api.example?key=hunter2",
    "https://api.example/?",
    "https://api.example/#hunter2",
]

NO_URL = [
    "",
    "   ",
    "api.example",
    "api.example:443",
    "//api.example",
    "http:127.0.0.1",
    "http:///127.0.0.1",
    "file:///etc/passwd",
    "ftp://api.example",
    "https://",
    "https://:443",
    "https://api example",
    "https://api\r\nHost: evil.example",
    "https://api\x00.example",
    "https://%00.example",
    "http://127.0.0.1%2eevil.example",
    "https://[::1",
    "https://[zz]",
    "https://a..b",
    "https://.b",
    "https://*",
    "https://" + "a" * 64 + ".example",
    "https://" + "a." * 130 + "example",
    "https://\ud800.example",
    "http://loc\xadalhost",
    "https://api.example:0",
    "https://api.example:-1",
    "https://api.example:65536",
    "https://api.example:hunter2",
    None,
    b"https://api.example",
    5,
]


@pytest.mark.parametrize(("text", "origin"), GOOD.items())
def test_an_origin_is_accepted(text, origin):
    assert parse_server_url(text).text == origin


@pytest.mark.parametrize("origin", GOOD.values())
def test_a_path_of_it_stays_there(origin):
    found = _url(origin, "/api/v1/threads")
    assert str(found) == f"{origin}/api/v1/threads"


@pytest.mark.parametrize("text", NOT_THIS_MACHINE)
def test_http_to_another_machine_is_refused(text):
    with pytest.raises(LiminalError, match=r"http:// is for servers on this machine"):
        parse_server_url(text)


@pytest.mark.parametrize("text", USERINFO)
def test_a_user_name_is_refused(text):
    with pytest.raises(LiminalError, match="must not hold a user name or password"):
        parse_server_url(text)


@pytest.mark.parametrize("text", NO_ORIGIN)
def test_a_query_a_fragment_or_an_unclear_path_is_refused(text):
    with pytest.raises(LiminalError, match="and at most a path"):
        parse_server_url(text)


@pytest.mark.parametrize("text", NO_URL)
def test_what_is_no_url_is_refused(text):
    with pytest.raises(LiminalError, match=r"is not a URL|must begin with https://"):
        parse_server_url(text)


@pytest.mark.parametrize("text", ["https://u:hunter2@api.example", "https://api.example:hunter2"])
def test_the_refusal_does_not_repeat_the_url(text):
    with pytest.raises(LiminalError) as caught:
        parse_server_url(text)
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    ("text", "is_loopback"),
    [
        ("http://127.0.0.1", True),
        ("http://[::1]", True),
        ("https://localhost", True),
        ("https://api.example", False),
    ],
)
def test_it_is_known_whether_the_server_is_on_this_machine(text, is_loopback):
    assert parse_server_url(text).is_loopback is is_loopback


def test_the_host_is_the_one_of_the_wire():
    assert parse_server_url("https://日本.example:1").host == "xn--wgv71a.example"


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
        "/../admin",
        "/%2e%2e/../../admin",
        "/%2e%2e/admin",
        "/api/..%2f..%2Fadmin",
        "/..%5cadmin",
        "/..;/admin",
        "/..",
        "@evil.example/",
        "admin",
    ],
)
def test_no_path_leads_out_of_the_server_s_own(path):
    assert _url("https://gateway.example/liminal", path) is None


def test_a_client_refuses_a_wrong_url_when_it_is_made():
    with pytest.raises(LiminalError):
        SyncClient("http://api.example")
