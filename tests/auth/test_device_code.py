"""Signing in by device code, through real msal, against the local authority."""

from __future__ import annotations

import asyncio
import json
import logging
import pickle
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import anyio
import attrs
import pytest

from liminal.auth.microsoft.device_code_flow import DeviceCodeFlowProvider, SignInPrompt
from liminal.errors import AuthError

SIGN_IN = ["openid-configuration", "devicecode", "token:device_code"]


class Notes:
    """A prompt that notes what it was given."""

    def __init__(self, then=lambda: None):
        self.prompts = []
        self.then = then

    def __call__(self, prompt):
        self.prompts.append(prompt)
        self.then()


def test_a_person_who_enters_the_code_is_signed_in(authority, make_provider, ask):
    assert authority.is_valid(ask(make_provider()))
    assert authority.requests == SIGN_IN


def test_nothing_happens_before_the_first_token_is_asked_for(authority, make_provider):
    make_provider()
    assert authority.requests == []


def test_a_token_that_is_still_good_is_used_again(authority, make_provider, ask):
    provider = make_provider()
    assert ask(provider) == ask(provider)
    assert authority.requests == SIGN_IN


def test_a_token_that_is_over_is_renewed_without_asking_anybody(authority, make_provider, ask):
    authority.token_lifetime = 60
    notes = Notes()
    provider = make_provider(prompt=notes)
    first, second = ask(provider), ask(provider)
    assert first != second
    assert authority.is_valid(second)
    assert authority.requests == [*SIGN_IN, "token:refresh_token"]
    assert len(notes.prompts) == 1


def test_a_refresh_token_that_somebody_else_used_first_asks_nobody(
    authority, make_provider, tmp_path, monkeypatch
):
    authority.token_lifetime = 60
    cache = tmp_path / "cache"
    one, other = (make_provider(token_cache=cache) for _ in range(2))
    one.get_access_token_sync()
    before = cache.read_bytes()
    other.get_access_token_sync()
    after = cache.read_bytes()
    cache.write_bytes(before)
    real = authority._app._by_refresh_token

    def overtaken(form):
        cache.write_bytes(after)
        return real(form)

    monkeypatch.setattr(authority._app, "_by_refresh_token", overtaken)
    assert authority.is_valid(one.get_access_token_sync())
    assert authority.requests.count("devicecode") == 1


def test_a_refresh_token_that_is_refused_means_that_the_person_is_asked(
    authority, make_provider, ask
):
    provider = make_provider(prompt=(notes := Notes()))
    authority.token_lifetime = 60
    ask(provider)
    authority.revoke_tokens()
    assert authority.is_valid(ask(provider))
    assert len(notes.prompts) == 2


def test_a_token_that_had_better_be_renewed_is_renewed(authority, make_provider, ask):
    authority.refresh_in = -1
    provider = make_provider()
    assert ask(provider) != ask(provider)


@pytest.mark.parametrize("failure", [{"status": 503}, {"error": "invalid_grant"}])
def test_a_token_that_cannot_be_renewed_early_serves_until_it_ends(
    authority, make_provider, ask, failure
):
    authority.refresh_in = -1
    provider = make_provider()
    first = ask(provider)
    authority.fail_next("token", **failure)
    assert ask(provider) == first


def test_of_two_people_the_one_who_signed_in_last_is_meant(authority, make_provider, ask, tmp_path):
    """Even when the other could be signed in without being asked."""
    authority.token_lifetime = 60
    for person in ("ada", "bob"):
        authority.person = person
        ask(make_provider(token_cache=tmp_path / person))
    caches = [json.loads((tmp_path / person).read_bytes()) for person in ("bob", "ada")]
    for token in caches[1]["RefreshToken"].values():
        token["last_modification_time"] = "1"
    both = {kind: {**caches[0][kind], **caches[1][kind]} for kind in caches[0]}
    (tmp_path / "bob").write_text(json.dumps(both))
    token = ask(make_provider(token_cache=tmp_path / "bob"))
    stored = json.loads((tmp_path / "bob").read_bytes())["AccessToken"].values()
    assert [entry["home_account_id"] for entry in stored if entry["secret"] == token] == [
        "bob.sandbox-tenant"
    ]


def test_one_provider_serves_both_clients_and_all_loops(authority, make_provider):
    provider = make_provider()
    tokens = {
        provider.get_access_token_sync(),
        anyio.run(provider.get_access_token, backend="asyncio"),
        anyio.run(provider.get_access_token, backend="trio"),
        asyncio.run(provider.get_access_token()),
    }
    assert len(tokens) == 1
    assert authority.requests == SIGN_IN


def test_threads_may_share_a_provider(authority, make_provider):
    provider = make_provider()
    provider.get_access_token_sync()
    authority.token_lifetime = 60
    with ThreadPoolExecutor(8) as pool:
        tokens = set(pool.map(lambda _: provider.get_access_token_sync(), range(32)))
    assert all(authority.is_valid(token) for token in tokens)


@pytest.mark.anyio
async def test_tasks_may_share_a_provider(authority, make_provider):
    provider, tokens = make_provider(), []

    async def get():
        tokens.append(await provider.get_access_token())

    await get()
    async with anyio.create_task_group() as tasks:
        for _ in range(32):
            tasks.start_soon(get)
    assert len(set(tokens)) == 1


def test_a_person_may_take_their_time(authority, make_provider, ask, monkeypatch):
    authority.sign_in = "pending"

    def approve_after_two_polls(_):
        real = authority._app._by_device_code

        def by_device_code(form):
            answer = real(form)
            if authority.requests.count("token:device_code") == 2:
                authority.sign_in = "approved"
            return answer

        monkeypatch.setattr(authority._app, "_by_device_code", by_device_code)

    assert authority.is_valid(ask(make_provider(prompt=approve_after_two_polls)))
    assert authority.requests == [*SIGN_IN, "token:device_code", "token:device_code"]


def test_a_lost_connection_does_not_end_the_waiting(authority, make_provider, ask):
    authority.fail_next("token", status=503)
    assert authority.is_valid(ask(make_provider()))


# What the person is told


def test_the_prompt_has_all_that_the_person_needs(authority, make_provider, ask):
    notes = Notes()
    before = datetime.now(UTC)
    ask(make_provider(prompt=notes, auth_challenge_timeout=30))
    (prompt,) = notes.prompts
    assert prompt.verification_url == f"https://{authority.host}/devicelogin"
    assert len(prompt.user_code) == 9
    assert prompt.message == (
        f"To sign in, use a web browser to open the page {prompt.verification_url} and enter the "
        f"code {prompt.user_code} to authenticate."
    )
    assert timedelta(seconds=29) < prompt.expires_at - before < timedelta(seconds=60)


def test_the_code_expires_when_the_authority_says_so(authority, make_provider, ask):
    authority.code_lifetime = 20
    notes = Notes()
    ask(make_provider(prompt=notes))
    assert notes.prompts[0].expires_at - datetime.now(UTC) < timedelta(seconds=21)


def test_the_prompt_cannot_be_changed(make_provider, ask):
    notes = Notes()
    ask(make_provider(prompt=notes))
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        notes.prompts[0].user_code = "OTHER"


def test_without_a_prompt_the_message_is_logged_at_info(make_provider, ask, caplog):
    caplog.set_level(logging.INFO, "liminal")
    ask(make_provider(prompt=None))
    (record,) = [record for record in caplog.records if record.name == "liminal"]
    assert record.levelno == logging.INFO
    assert record.getMessage().startswith("To sign in, use a web browser to open the page https://")
    assert record.getMessage().endswith(" to authenticate.")


@pytest.mark.parametrize(
    "hide",
    [
        lambda logger, patch: patch.setattr(logger, "level", logging.WARNING),
        lambda logger, patch: patch.setattr(logger, "propagate", False),
        lambda logger, patch: (
            patch.setattr(logger, "propagate", False),
            patch.setattr(logger, "handlers", [logging.NullHandler()]),
        ),
    ],
)
def test_a_program_that_shows_no_such_log_gets_the_message_on_stderr(
    make_provider, ask, monkeypatch, capsys, hide
):
    hide(logging.getLogger("liminal"), monkeypatch)
    ask(make_provider(prompt=None))
    assert capsys.readouterr().err.startswith("To sign in, use a web browser to open the page")


def test_a_coroutine_function_may_prompt_client(make_provider, ask_async):
    shown = []

    async def prompt(given: SignInPrompt) -> None:
        await anyio.lowlevel.checkpoint()
        shown.append(given)

    ask_async(make_provider(prompt=prompt))
    assert len(shown) == 1


def test_a_coroutine_function_cannot_prompt_syncclient(authority, make_provider):
    async def prompt(_):
        pass

    with pytest.raises(AuthError, match="prompt is a coroutine function"):
        make_provider(prompt=prompt).get_access_token_sync()
    assert "devicecode" not in authority.requests


def test_a_prompt_that_returns_a_coroutine_cannot_prompt_syncclient(make_provider):
    async def prompt(_):
        pass

    provider = make_provider(prompt=lambda given: prompt(given))  # noqa: PLW0108 - hides it
    with pytest.raises(AuthError, match="prompt is a coroutine function"):
        provider.get_access_token_sync()


def test_a_prompt_that_raises_ends_the_sign_in(make_provider, ask):
    def prompt(_):
        raise ValueError("hush")

    with pytest.raises(AuthError, match="prompt raised ValueError, so nobody was asked") as caught:
        ask(make_provider(prompt=prompt))
    assert caught.value.__context__ is None


def test_an_error_of_ours_in_a_prompt_passes(make_provider, ask):
    error = AuthError("mine")

    def prompt(_):
        raise error

    with pytest.raises(AuthError) as caught:
        ask(make_provider(prompt=prompt))
    assert caught.value is error


# A service that can't prompt


def test_a_service_gets_an_error_in_place_of_a_prompt(authority, make_provider, ask):
    with pytest.raises(AuthError, match="Nobody is signed in, and interactive=False forbids"):
        ask(make_provider(interactive=False))
    assert "devicecode" not in authority.requests


def test_a_service_is_told_why_a_stored_sign_in_is_over(authority, make_provider, ask, tmp_path):
    authority.token_lifetime = 60
    ask(make_provider(token_cache=tmp_path / "cache"))
    authority.revoke_tokens()
    service = make_provider(token_cache=tmp_path / "cache", interactive=False)
    with pytest.raises(AuthError, match=r"no longer accepted \(invalid_grant, AADSTS70008\), and"):
        ask(service)


def test_a_service_renews_a_stored_sign_in(authority, make_provider, ask, tmp_path):
    authority.token_lifetime = 60
    ask(make_provider(token_cache=tmp_path / "cache"))
    service = make_provider(token_cache=tmp_path / "cache", interactive=False)
    assert authority.is_valid(ask(service))


@pytest.mark.parametrize("interactive", [True, False])
def test_a_provider_tells_whether_it_may_ask_a_person(make_provider, interactive):
    assert make_provider(interactive=interactive).interactive is interactive


def test_what_the_policy_demands_is_asked_for(authority, make_provider, ask, monkeypatch):
    authority.token_lifetime = 60
    provider = make_provider()
    ask(provider)
    asked = []
    real = authority._app._by_device_code
    monkeypatch.setattr(
        authority._app, "_by_device_code", lambda form: asked.append(form["claims"]) or real(form)
    )
    claims = '{"access_token": {"acrs": {"essential": true, "value": "c1"}}}'
    authority.fail_next("token", error="interaction_required", codes=(50076,), claims=claims)
    ask(provider)
    assert asked == [claims]


# What it is told


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


@pytest.mark.parametrize("wrong", ["User.Read", [], [""], [7], ["a b"], None, 7])
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


def test_the_scopes_are_asked_for(authority, make_provider, ask, monkeypatch):
    asked = []
    real = authority._app._device_code
    monkeypatch.setattr(
        authority._app, "_device_code", lambda form: asked.append(form["scope"]) or real(form)
    )
    ask(make_provider(scopes=["api://one/read"]))
    assert asked == ["api://one/read offline_access openid profile"]


def test_a_signed_in_provider_cannot_be_pickled(make_provider, ask):
    provider = make_provider()
    ask(provider)
    with pytest.raises(TypeError):
        pickle.dumps(provider)
