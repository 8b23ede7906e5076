"""The arguments of a device-code provider: which are refused, and what they set."""

import pytest

from liminal.auth.microsoft.device_code_flow import DeviceCodeFlowProvider
from tests.support.errors import refused


class PathWithoutPath:
    """Claims to be a path, and fails to give one."""

    def __fspath__(self):
        raise KeyError("hush")


class Government(DeviceCodeFlowProvider):
    AUTHORITY_URL = "https://login.microsoftonline.us"
    DEFAULT_SCOPES = ("api://one/read",)


NO_IDS = ["", "a b", "a/b", "../x", "ä", None, 7, "a\n"]
REFUSED = [
    ("tenant_id", "tenant_id must be an ID", NO_IDS),
    ("client_id", "client_id must be an ID", NO_IDS),
    ("auth_challenge_timeout", "auth_challenge_timeout must be a positive number of seconds",
     [0, -1, float("inf"), float("nan"), True, "60", None, 1e9, 10**5000]),
    ("scopes", "scopes must be a list of str", ["User.Read", [], [""], [7], ["a b"], ["a\n"], 7]),
    ("scopes", "scopes must not contain offline_access, openid, profile: these are always",
     [["User.Read", "openid"]]),
    ("authority", "authority must be an https:// URL such as https://login.microsoftonline.com",
     ["http://localhost", "localhost", "https://", "https://a b", "https://u@h", "https://:p@h",
      "https://h?q", "https://h#f", "https://[", "https://h\n", "https://ä", 7]),
    ("prompt", "prompt must be a function", [3]),
    ("token_cache", "token_cache must be the path of a file",
     [0, object(), b"x", "", ".", "a\0b", "\ud800", PathWithoutPath()]),
    ("verify", "verify can't be turned off", [False, None, 0, ""]),
    ("verify", "verify must be True, the path of a CA file", [-1, 1, 0.5, object(), b"x", ["x"]]),
    ("interactive", "interactive must be True or False", ["x", None, 1]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "message", "wrong"),
    [
        pytest.param(name, message, wrong, id=f"{name}-{number}")
        for name, message, values in REFUSED
        for number, wrong in enumerate(values)
    ],
)
def test_a_wrong_argument_is_refused_at_once(name, message, wrong):
    with refused(message):
        DeviceCodeFlowProvider(**{"tenant_id": "tenant", "client_id": "client", name: wrong})


@pytest.mark.parametrize(
    ("kind", "options", "url", "scopes"),
    [
        (DeviceCodeFlowProvider, {},
         "https://login.microsoftonline.com/tenant", ("User.Read",)),
        (DeviceCodeFlowProvider, {"authority": "https://login.partner.example/"},
         "https://login.partner.example/tenant", ("User.Read",)),
        (DeviceCodeFlowProvider, {"authority": "https://login.partner.example/other/"},
         "https://login.partner.example/other", ("User.Read",)),
        (Government, {},
         "https://login.microsoftonline.us/tenant", ("api://one/read",)),
        (Government, {"authority": "https://h", "scopes": ["api://two/read"]},
         "https://h/tenant", ("api://two/read",)),
    ],
    ids=["default", "other cloud", "path for the tenant", "subclass", "arguments of a subclass"],
)  # fmt: skip
def test_the_authority_and_the_scopes_have_defaults(kind, options, url, scopes):
    settings = kind("tenant", "client", **options)._settings
    assert (settings.url, settings.scopes) == (url, scopes)


@pytest.mark.parametrize(("seconds", "interactive"), [(60.0, True), (0.01, False)])
def test_by_default_a_person_may_be_asked_and_has_60_seconds(seconds, interactive):
    options = {"auth_challenge_timeout": seconds, "interactive": interactive}
    provider = DeviceCodeFlowProvider("tenant", "client", **({} if interactive else options))
    assert provider._settings.auth_challenge_timeout == seconds
    assert provider.interactive is interactive


def test_the_scopes_are_requested(make_provider, ask, on_request):
    requested = []
    on_request("_device_code", lambda form: requested.append(form["scope"]))
    ask(make_provider(scopes=["api://one/read"]))
    assert requested == ["api://one/read offline_access openid profile"]
