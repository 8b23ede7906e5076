"""What a provider of device codes can be told, and what it refuses."""

from __future__ import annotations

import pytest

from liminal.auth.microsoft.device_code_flow import DeviceCodeFlowProvider
from liminal.errors import AuthError


class PathWithoutPath:
    """Says that it is a path, and is none."""

    def __fspath__(self):
        raise KeyError("hush")


@pytest.mark.parametrize("wrong", ["", "a b", "a/b", "../x", "ä", None, 7, "a\n"])
@pytest.mark.parametrize("name", ["tenant_id", "client_id"])
def test_an_id_that_cannot_be_one_is_refused_at_once(name, wrong):
    ids = {"tenant_id": "tenant", "client_id": "client", name: wrong}
    with pytest.raises(AuthError, match=f"{name} must be an ID"):
        DeviceCodeFlowProvider(**ids)


@pytest.mark.parametrize(
    "wrong",
    [0, -1, float("inf"), float("nan"), True, "60", None, pytest.param(10**5000, id="huge")],
)
def test_a_timeout_that_is_no_number_of_seconds_is_refused(wrong):
    with pytest.raises(AuthError, match="auth_challenge_timeout must be a positive number"):
        DeviceCodeFlowProvider("tenant", "client", auth_challenge_timeout=wrong)


@pytest.mark.parametrize("wrong", ["User.Read", [], [""], [7], ["a b"], 7])
def test_scopes_that_are_none_are_refused(wrong):
    with pytest.raises(AuthError, match="scopes must be a list of str"):
        DeviceCodeFlowProvider("tenant", "client", scopes=wrong)


@pytest.mark.parametrize("wrong", [0, object(), b"x", "", ".", "a\0b", "\ud800", PathWithoutPath()])
def test_a_token_cache_that_is_no_path_of_a_file_is_refused(wrong):
    with pytest.raises(AuthError, match="token_cache must be the path of a file") as caught:
        DeviceCodeFlowProvider("tenant", "client", token_cache=wrong)
    assert caught.value.__context__ is None


def test_a_prompt_that_is_no_function_is_refused():
    with pytest.raises(AuthError, match="prompt must be a function"):
        DeviceCodeFlowProvider("tenant", "client", prompt=3)


@pytest.mark.parametrize("wrong", ["x", None, 1])
def test_interactive_is_true_or_false(wrong):
    with pytest.raises(AuthError, match="interactive must be True or False"):
        DeviceCodeFlowProvider("tenant", "client", interactive=wrong)


def test_scopes_that_are_implied_are_refused():
    with pytest.raises(AuthError, match="scopes must not hold offline_access, openid, profile"):
        DeviceCodeFlowProvider("tenant", "client", scopes=["User.Read", "openid"])


@pytest.mark.parametrize(
    "wrong",
    ["http://localhost", "localhost", "https://", "https://a b", "https://u@h", "https://h?q",
     "https://h#f", "https://[", "https://h\n", 7],
)  # fmt: skip
def test_an_authority_that_is_no_https_url_is_refused(wrong):
    with pytest.raises(AuthError, match="authority must be an https:// URL"):
        DeviceCodeFlowProvider("tenant", "client", authority=wrong)


def test_the_tenant_is_added_to_an_authority_without_path(authority, make_provider, ask):
    assert authority.is_valid(ask(make_provider(authority=f"https://{authority.host}/")))


def test_the_public_cloud_is_the_default_authority():
    provider = DeviceCodeFlowProvider("tenant", "client")
    assert provider._settings.authority == "https://login.microsoftonline.com/tenant"


def test_a_subclass_sets_another_cloud_and_other_scopes():
    class Government(DeviceCodeFlowProvider):
        AUTHORITY_URL = "https://login.microsoftonline.us"
        DEFAULT_SCOPES = ("api://one/read",)

    settings = Government("tenant", "client")._settings
    assert settings.authority == "https://login.microsoftonline.us/tenant"
    assert settings.scopes == ("api://one/read",)


def test_arguments_come_before_what_a_subclass_sets():
    class Government(DeviceCodeFlowProvider):
        AUTHORITY_URL = "https://login.microsoftonline.us"
        DEFAULT_SCOPES = ("api://one/read",)

    other = {"authority": "https://login.partner.example", "scopes": ["api://two/read"]}
    settings = Government("tenant", "client", **other)._settings
    assert settings.authority == "https://login.partner.example/tenant"
    assert settings.scopes == ("api://two/read",)


def test_the_scopes_are_asked_for(authority, make_provider, ask, monkeypatch):
    asked = []
    real = authority._app._device_code
    monkeypatch.setattr(
        authority._app, "_device_code", lambda form: asked.append(form["scope"]) or real(form)
    )
    ask(make_provider(scopes=["api://one/read"]))
    assert asked == ["api://one/read offline_access openid profile"]
