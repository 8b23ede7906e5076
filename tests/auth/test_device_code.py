"""Signing in by device code, through real msal, against the local authority."""

from __future__ import annotations

import asyncio
import json
import pickle
from concurrent.futures import ThreadPoolExecutor

import anyio
import pytest

from liminal.errors import AuthError

SIGN_IN = ["openid-configuration", "devicecode", "token:device_code"]


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
    prompts = []
    provider = make_provider(prompt=prompts.append)
    first, second = ask(provider), ask(provider)
    assert first != second
    assert authority.is_valid(second)
    assert authority.requests == [*SIGN_IN, "token:refresh_token"]
    assert len(prompts) == 1


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
    prompts = []
    provider = make_provider(prompt=prompts.append)
    authority.token_lifetime = 60
    ask(provider)
    authority.revoke_tokens()
    assert authority.is_valid(ask(provider))
    assert len(prompts) == 2


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


def test_a_signed_in_provider_cannot_be_pickled(make_provider, ask):
    provider = make_provider()
    ask(provider)
    with pytest.raises(TypeError):
        pickle.dumps(provider)


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
