"""What ends a sign-in: each an AuthError that says what to do, in no word of the authority's."""

from __future__ import annotations

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liminal.auth.microsoft._errors import failure
from liminal.auth.microsoft._outcomes import (
    Fault,
    Granted,
    NoAccount,
    NoAnswer,
    Pending,
    Refused,
    Started,
    read_flow,
    read_refusal,
    read_token,
)
from liminal.auth.microsoft._poll_interval import PollInterval
from liminal.errors import AuthError


def refused(ask, provider, message):
    with pytest.raises(AuthError, match=message) as caught:
        ask(provider)
    assert caught.value.__context__ is caught.value.__cause__ is None
    assert "Trace ID" not in repr(caught.value)
    return caught.value


def test_declined(authority, make_provider, ask):
    authority.sign_in = "declined"
    refused(ask, make_provider(), "The sign-in was declined: sign in again, and approve it")


def test_declined_in_the_words_of_the_rfc(authority, make_provider, ask):
    authority.fail_next("token", error="access_denied")
    refused(ask, make_provider(), "The sign-in was declined")


def test_expired(authority, make_provider, ask):
    authority.sign_in = "expired"
    refused(ask, make_provider(), "The code expired before it was used: sign in again")


def test_nobody_in_time(authority, make_provider, ask):
    authority.sign_in = "pending"
    provider = make_provider(auth_challenge_timeout=0.1)
    refused(ask, provider, "Nobody signed in within 0.1 seconds: sign in again, or raise auth_ch")


def test_nobody_in_the_lifetime_of_the_code(authority, make_provider, ask):
    authority.sign_in, authority.code_lifetime = "pending", 1
    refused(ask, make_provider(), "Nobody signed in within 1 seconds")


def test_nobody_in_time_is_told_where_the_code_went(authority, make_provider, ask):
    authority.sign_in = "pending"
    provider = make_provider(auth_challenge_timeout=0.1, prompt=None)
    refused(ask, provider, "The code went to the log 'liminal' at INFO, or to stderr")


def test_a_slow_answer_does_not_outlast_the_time_to_sign_in(authority, make_provider, ask):
    provider = make_provider(
        auth_challenge_timeout=0.2, prompt=lambda _: setattr(authority, "delay", 30)
    )
    refused(ask, provider, "Nobody signed in within 0.2 seconds")


def test_offline(make_provider, ask):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"https://localhost:{nobody.getsockname()[1]}/tenant"
        message = r"identity provider at localhost:\d+ can't be reached: check the network"
        refused(ask, make_provider(authority=url), message)


def test_a_start_that_is_refused(authority, make_provider, ask):
    authority.fail_next("devicecode", error="unauthorized_client", codes=(700016,))
    message = (
        r"Entra ID refused to start the sign-in \(unauthorized_client, AADSTS700016\): check "
        "tenant_id, client_id and scopes"
    )
    refused(ask, make_provider(), message)


def test_a_tenant_that_is_not_known(authority, make_provider, ask):
    provider = make_provider(authority=f"https://{authority.host}/other")
    refused(ask, provider, r"\(invalid_tenant, AADSTS90002\): check tenant_id")
    service = make_provider(authority=f"https://{authority.host}/other", interactive=False)
    refused(ask, service, r"\(invalid_tenant, AADSTS90002\): check tenant_id")


@pytest.mark.parametrize(
    ("error", "code"),
    [("invalid_grant", 53003), ("interaction_required", 50076), ("invalid_grant", 530033)],
)
def test_conditional_access(authority, make_provider, ask, error, code):
    authority.fail_next("token", error=error, codes=(code,))
    message = rf"conditional access.* \({error}, AADSTS{code}\): sign in as it demands, or ask an"
    refused(ask, make_provider(), message)


def test_an_app_that_is_no_public_client(authority, make_provider, ask):
    authority.fail_next("token", error="invalid_client", codes=(7000218,))
    refused(ask, make_provider(), r"AADSTS7000218\).*allows public client flows")


@pytest.mark.parametrize("endpoint", ["openid-configuration", "devicecode"])
@pytest.mark.parametrize("status", [500, 503, 429])
def test_an_authority_that_is_out_of_order(authority, make_provider, ask, endpoint, status):
    authority.fail_next(endpoint, status=status, body=b"<html>Trace ID</html>")
    error = refused(ask, make_provider(), "is out of order or too busy: try again later")
    assert error.status_code == status


def test_an_authority_that_stays_out_of_order(authority, make_provider, ask):
    authority.fail_next("token", status=503, times=3)
    refused(ask, make_provider(), "out of order")
    assert authority.requests.count("token:device_code") == 3


def test_an_authority_that_is_out_of_order_at_a_renewal(authority, make_provider, ask):
    authority.token_lifetime = 60
    provider = make_provider()
    ask(provider)
    authority.fail_next("token", status=503)
    refused(ask, provider, "out of order")
    assert authority.requests.count("devicecode") == 1


@pytest.mark.parametrize("endpoint", ["openid-configuration", "devicecode", "token"])
@pytest.mark.parametrize("body", [b"<html>Trace ID</html>", b"[]", b"{}", b"", b"\xff"])
def test_something_that_is_no_authority(authority, make_provider, ask, endpoint, body):
    authority.fail_next(endpoint, status=200, body=body)
    refused(ask, make_provider(), "did not answer like one: check tenant_id and authority=")


def test_an_authority_that_points_to_http(authority, make_provider, ask):
    body = b'{"authorization_endpoint": "https://h/t", "token_endpoint": "https://h/t/t", '
    body += b'"device_authorization_endpoint": "http://h/t"}'
    authority.fail_next("openid-configuration", status=200, body=body)
    refused(ask, make_provider(), "did not answer like one")


def test_redirects_are_not_followed(authority, make_provider, ask):
    headers = {"Location": f"{authority.url}/v2.0/.well-known/openid-configuration"}
    authority.fail_next("openid-configuration", status=302, body=b"{}", headers=headers)
    refused(ask, make_provider(), "did not answer like one")
    assert authority.requests == ["openid-configuration"]


def test_the_next_call_may_try_again(authority, make_provider, ask):
    provider = make_provider()
    authority.sign_in = "declined"
    refused(ask, provider, "declined")
    authority.sign_in = "approved"
    assert authority.is_valid(ask(provider))


# The pure parts


def test_a_pace_of_zero_is_slowed_down():
    assert PollInterval(0, "host").after(Pending()) == 0.2


def test_the_authoritys_pace_is_kept():
    assert PollInterval(5, "host").after(Pending()) == 5


def test_slow_down_adds_five_seconds_for_good():
    interval = PollInterval(5, "host")
    assert interval.after(read_token({"error": "slow_down"})) == 10
    assert interval.after(Pending()) == 10


def test_lost_answers_double_the_pace_until_the_third():
    interval = PollInterval(1, "host")
    lost = NoAnswer(Fault.UNREACHABLE)
    assert [interval.after(lost), interval.after(lost)] == [2, 4]
    with pytest.raises(AuthError, match="host can't be reached"):
        interval.after(lost)


def test_an_answer_makes_good_for_those_that_were_lost():
    interval = PollInterval(1, "host")
    lost = NoAnswer(Fault.BROKEN)
    assert [interval.after(lost), interval.after(Pending()), interval.after(lost)] == [2, 1, 2]


def test_an_untrusted_certificate_ends_the_waiting():
    with pytest.raises(AuthError, match="not trusted"):
        PollInterval(1, "host").after(NoAnswer(Fault.UNTRUSTED))


def test_an_outcome_that_fits_nowhere_is_still_an_auth_error():
    assert str(failure(NoAccount(), "host", "stopped")) == (
        "Microsoft Entra ID stopped: sign in again"
    )


def test_no_answer_at_all_means_that_nobody_is_signed_in():
    assert read_token(None) == NoAccount()


def test_a_refusal_without_a_known_code_names_none():
    assert "(" not in str(failure(Refused(None), "host", "refused to start")).partition(":")[0]


def test_the_numbers_of_entra_are_read_from_its_text_if_need_be():
    told = {"error": "invalid_grant", "error_description": "AADSTS50076: Ada must. AADSTS1 x"}
    assert read_refusal(told) == Refused("invalid_grant", (50076,))


@pytest.mark.parametrize("error", ["Hush-hush", "x" * 41, "hush hush", 7, None, ["hush"]])
def test_an_error_code_that_is_no_word_is_dropped(error):
    assert read_refusal({"error": error}) == Refused(None)


@given(
    st.dictionaries(
        st.sampled_from(["error", "error_codes", "error_description", "claims", "access_token"]),
        st.none() | st.integers() | st.text() | st.lists(st.integers() | st.text()),
    )
)
def test_no_answer_to_a_token_request_is_too_strange(answer):
    kinds = Granted | NoAccount | Pending | Refused | NoAnswer
    assert isinstance(read_token(answer), kinds)


def flow(**fields):
    return {
        "device_code": "hush",
        "user_code": "ABC",
        "verification_uri": "https://example.com",
        "interval": 5,
        "expires_in": 900,
        **fields,
    }


@pytest.mark.parametrize("message", [None, 7, "", "two\nlines", "\x1b[31mred"])
def test_a_message_that_could_forge_a_log_line_is_replaced(message):
    started = read_flow(flow(message=message))
    assert isinstance(started, Started)
    assert started.message == (
        "To sign in, use a web browser to open the page https://example.com and enter the code "
        "ABC to authenticate."
    )


@pytest.mark.parametrize("field", ["device_code", "user_code", "verification_uri"])
@pytest.mark.parametrize("value", [None, 7, ["x"]])
def test_a_start_without_what_it_takes_is_no_start(field, value):
    assert read_flow(flow(**{field: value})) == NoAnswer(Fault.MALFORMED)


@pytest.mark.parametrize("field", ["user_code", "verification_uri"])
@pytest.mark.parametrize("value", ["", "two words", "two\nlines"])
def test_a_code_and_an_address_are_single_words(field, value):
    assert read_flow(flow(**{field: value})) == NoAnswer(Fault.MALFORMED)


def test_no_outcome_shows_a_secret():
    started = read_flow(flow())
    shown = f"{started!r} {Granted('hush')!r} {Refused('error', claims='hush')!r}"
    assert "hush" not in shown
    assert "ABC" not in shown
