"""When a person is asked to sign in, and when a token is renewed without asking."""

import asyncio
import json
import pickle
from concurrent.futures import ThreadPoolExecutor

import anyio
import pytest

from tests.support.authority import SIGN_IN
from tests.support.errors import refused

POLL, REFRESH = "token:device_code", "token:refresh_token"


def test_a_person_is_asked_once_and_only_when_a_token_is_needed(authority, make_provider, ask):
    provider = make_provider()
    assert authority.requests == []
    token = ask(provider)
    assert authority.is_valid(token)
    assert ask(provider) == token
    assert authority.requests == SIGN_IN


def test_a_token_with_less_than_five_minutes_left_is_renewed(authority, make_provider, ask):
    authority.token_lifetime = 60
    provider = make_provider()
    first, second = ask(provider), ask(provider)
    assert first != second
    assert authority.is_valid(second)
    assert authority.requests == [*SIGN_IN, REFRESH]


def test_a_refused_renewal_means_that_the_person_is_asked(authority, make_provider, ask):
    authority.token_lifetime = 60
    provider = make_provider()
    ask(provider)
    authority.revoke_tokens()
    assert authority.is_valid(ask(provider))
    assert authority.requests == [*SIGN_IN, REFRESH, *SIGN_IN[1:]]


def test_a_refresh_token_that_another_process_redeemed_first_asks_nobody(
    authority, make_provider, tmp_path, on_request
):
    authority.token_lifetime = 60
    cache = tmp_path / "cache"
    one, other = (make_provider(token_cache=cache) for _ in range(2))
    one.get_access_token_sync()
    before = cache.read_bytes()
    other.get_access_token_sync()
    after = cache.read_bytes()
    cache.write_bytes(before)
    on_request("_by_refresh_token", lambda _: cache.write_bytes(after))
    assert authority.is_valid(one.get_access_token_sync())
    assert authority.requests.count("devicecode") == 1


def test_callers_that_renew_at_the_same_moment_redeem_the_refresh_token_in_turn(
    authority, make_provider
):
    authority.token_lifetime = 60
    provider = make_provider()
    provider.get_access_token_sync()
    authority.delay = 0.05  # all have asked before the first is answered

    def in_loop(_):
        return anyio.run(provider.get_access_token)

    with ThreadPoolExecutor(4) as pool:
        threads = [pool.submit(provider.get_access_token_sync) for _ in range(2)]
        tokens = {*pool.map(in_loop, range(2)), *(thread.result() for thread in threads)}
    assert len(tokens) == 4
    assert authority.requests == [*SIGN_IN, *[REFRESH] * 4]


@pytest.mark.parametrize("failure", [None, {"status": 503}, {"error": "invalid_grant"}])
def test_a_valid_token_is_used_if_its_early_renewal_fails(authority, make_provider, ask, failure):
    authority.refresh_in = -1
    provider = make_provider()
    first = ask(provider)
    if failure is not None:
        authority.fail_next("token", **failure)
    assert (ask(provider) == first) is (failure is not None)


def test_of_two_people_the_last_to_sign_in_is_used(authority, make_provider, ask, tmp_path):
    """Even if only the other one has a token that is still valid."""
    authority.token_lifetime = 60
    for person in ("ada", "bob"):
        authority.person = person
        ask(make_provider(token_cache=tmp_path / person))
    ada, bob = (json.loads((tmp_path / person).read_bytes()) for person in ("ada", "bob"))
    for token in ada["RefreshToken"].values():
        token["last_modification_time"] = "1"
    (tmp_path / "bob").write_text(json.dumps({kind: {**ada[kind], **bob[kind]} for kind in bob}))
    token = ask(make_provider(token_cache=tmp_path / "bob"))
    stored = json.loads((tmp_path / "bob").read_bytes())["AccessToken"].values()
    assert [entry["home_account_id"] for entry in stored if entry["secret"] == token] == [
        "bob.sandbox-tenant"
    ]


def test_one_provider_serves_both_clients_all_loops_and_threads(authority, make_provider):
    provider = make_provider()
    tokens = {
        provider.get_access_token_sync(),
        anyio.run(provider.get_access_token, backend="asyncio"),
        anyio.run(provider.get_access_token, backend="trio"),
        asyncio.run(provider.get_access_token()),
    }
    with ThreadPoolExecutor(8) as pool:
        tokens |= set(pool.map(lambda _: provider.get_access_token_sync(), range(32)))
    assert len(tokens) == 1
    assert authority.requests == SIGN_IN


def test_polls_go_on_until_the_person_has_signed_in(authority, make_provider, ask, on_request):
    authority.sign_in = "pending"

    def approve_at_the_third_poll(_):
        if authority.requests.count(POLL) == 3:
            authority.sign_in = "approved"

    on_request("_by_device_code", approve_at_the_third_poll)
    assert authority.is_valid(ask(make_provider()))
    assert authority.requests == [*SIGN_IN, POLL, POLL]


def test_the_claims_that_a_policy_demands_are_requested(authority, make_provider, ask, on_request):
    authority.token_lifetime = 60
    provider = make_provider()
    ask(provider)
    requested = []
    on_request("_by_device_code", lambda form: requested.append(form["claims"]))
    claims = '{"access_token": {"acrs": {"essential": true, "value": "c1"}}}'
    authority.fail_next("token", error="interaction_required", codes=(50076,), claims=claims)
    ask(provider)
    assert requested == [claims]


def test_a_provider_that_signed_in_cannot_be_pickled(make_provider, ask):
    provider = make_provider()
    ask(provider)
    with pytest.raises(TypeError):
        pickle.dumps(provider)


# A service, where nobody may be asked


def test_without_interactive_nobody_is_asked(authority, make_provider, ask):
    with refused("Nobody is signed in, and interactive=False forbids"):
        ask(make_provider(interactive=False))
    assert "devicecode" not in authority.requests


def test_a_service_renews_a_stored_sign_in_and_says_why_it_is_over(
    authority, make_provider, ask, tmp_path
):
    authority.token_lifetime = 60
    ask(make_provider(token_cache=tmp_path / "cache"))
    service = make_provider(token_cache=tmp_path / "cache", interactive=False)
    assert authority.is_valid(ask(service))
    authority.revoke_tokens()
    with refused(r"no longer accepted \(invalid_grant, AADSTS70008\), and"):
        ask(service)
