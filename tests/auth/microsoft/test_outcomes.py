"""How msal's answers are read, and how the outcomes are worded."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liminal.auth.microsoft._errors import failure
from liminal.auth.microsoft._flow import SignIn
from liminal.auth.microsoft._outcomes import (
    Fault,
    Granted,
    NoAccount,
    NoAnswer,
    Pending,
    Refused,
    Started,
    read_flow,
    read_token,
)
from tests.support.errors import refused

LOST = NoAnswer(Fault.UNREACHABLE)
ENTRA = "Microsoft Entra ID stopped"
CHECK = (
    "check tenant_id, client_id and scopes, and that the app registration allows public client "
    "flows"
)
DECLINED = "The sign-in was declined: sign in again, and approve it"
EXPIRED = "The code expired before it was used: sign in again, and enter the new code in time"
CA_FILE = "pass its CA file as verify=, or name that in SSL_CERT_FILE"
HOST = "The identity provider at host"


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (None, NoAccount()),
        ({"access_token": "t", "error": "invalid_grant"}, Granted("t")),
        ({"access_token": ""}, NoAnswer(Fault.MALFORMED)),
        ({"access_token": 7}, NoAnswer(Fault.MALFORMED)),
        ({}, NoAnswer(Fault.MALFORMED)),
        ({"error": "authorization_pending"}, Pending()),
        ({"error": "slow_down"}, Pending(5.0)),
        *[({"error": e}, NoAnswer(Fault.BROKEN))
          for e in ("server_error", "temporarily_unavailable")],
        ({"error": "a" * 3}, Refused("aaa")),
        ({"error": "a" * 40, "claims": "c"}, Refused("a" * 40, claims="c")),
        ({"error": "bad", "claims": 7}, Refused("bad")),
        *[({"error": e}, Refused(None)) for e in ("Hush", "aa", "a" * 41, "a b", 7, ["bad"])],
        ({"error": "bad", "error_codes": [50076, 1, 12345678]}, Refused("bad", (50076, 12345678))),
        ({"error": "bad", "error_codes": [1111, 2222, 3333, 4444]},
         Refused("bad", (1111, 2222, 3333))),
        ({"error": "bad", "error_description": "AADSTS50076: Ada must. AADSTS1 x 9999"},
         Refused("bad", (50076,))),
        ({"error": "bad", "error_codes": [1111], "error_description": "AADSTS50076"},
         Refused("bad", (1111,))),
    ],
)  # fmt: skip
def test_an_answer_to_a_token_request_has_one_outcome(answer, outcome):
    assert read_token(answer) == outcome


@given(
    st.dictionaries(
        st.sampled_from(["error", "error_codes", "error_description", "claims", "access_token"]),
        st.none() | st.integers() | st.text() | st.lists(st.integers() | st.text()),
    )
)
def test_any_answer_to_a_token_request_has_an_outcome(answer):
    kinds = Granted | NoAccount | Pending | Refused | NoAnswer
    assert isinstance(read_token(answer), kinds)


def flow(**fields):
    return {
        "device_code": "hush",
        "user_code": "ABC",
        "verification_uri": "https://example.com",
        "message": "Go there",
        "interval": 5,
        "expires_in": 900,
        **fields,
    }


def test_a_flow_is_what_the_person_and_the_polls_need():
    started = read_flow(flow(), 60)
    assert started == Started(flow(), started.prompt, interval=5, seconds=60)
    assert started.prompt.user_code == "ABC"
    assert started.prompt.verification_url == "https://example.com"
    assert started.prompt.message == "Go there"
    assert read_flow(flow(error="bad"), 60) == Refused("bad")


@pytest.mark.parametrize(("lifetime", "longest", "seconds"), [(9, 8, 8), (9, 10, 9), (-1, 10, 0)])
def test_the_person_has_the_lifetime_of_the_code_or_the_timeout(lifetime, longest, seconds):
    started = read_flow(flow(expires_in=lifetime), longest)
    assert started.seconds == seconds
    left = started.prompt.expires_at - datetime.now(UTC)
    assert timedelta(seconds=seconds - 5) < left <= timedelta(seconds=seconds)


@pytest.mark.parametrize("message", [None, 7, "", "two\nlines", "\x1b[31mred"])
def test_a_message_that_could_forge_a_log_line_is_replaced(message):
    assert read_flow(flow(message=message), 60).prompt.message == (
        "To sign in, use a web browser to open the page https://example.com and enter the code "
        "ABC to authenticate."
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [("device_code", value) for value in (None, 7, ["x"])]
    + [
        (field, value)
        for field in ("user_code", "verification_uri")
        for value in (None, 7, ["x"], "", "two words", "two\nlines")
    ],
)
def test_a_flow_without_code_or_address_is_malformed(field, value):
    assert read_flow(flow(**{field: value}), 60) == NoAnswer(Fault.MALFORMED)


def test_no_outcome_shows_a_secret():
    shown = f"{read_flow(flow(), 60)!r} {Granted('hush')!r} {Refused('error', claims='hush')!r}"
    assert "hush" not in shown
    assert "ABC" not in shown


@pytest.mark.parametrize(
    ("outcome", "message"),
    [
        (NoAccount(), f"{ENTRA}: sign in again"),
        (Refused("access_denied"), DECLINED),
        (Refused("authorization_declined"), DECLINED),
        (Refused("code_expired"), EXPIRED),
        (Refused("expired_token"), EXPIRED),
        (Refused(None), f"{ENTRA}: {CHECK}"),
        (Refused("bad"), f"{ENTRA} (bad): {CHECK}"),
        (Refused(None, (7000218,)), f"{ENTRA} (AADSTS7000218): {CHECK}"),
        (Refused("bad", (5000, 5000000)), f"{ENTRA} (bad, AADSTS5000, AADSTS5000000): {CHECK}"),
        (NoAnswer(Fault.BROKEN, 503),
         f"{HOST} is unavailable or overloaded: try again later (HTTP status 503)"),
        (NoAnswer(Fault.MALFORMED),
         f"{HOST} gave an unexpected answer: check tenant_id and authority="),
        (NoAnswer(Fault.UNREACHABLE),
         f"{HOST} can't be reached: check the network, the proxy and authority="),
        (NoAnswer(Fault.UNTRUSTED),
         f"{HOST} has a certificate that is not trusted: {CA_FILE}"),
    ],
)  # fmt: skip
def test_an_error_says_what_happened_and_what_to_do(outcome, message):
    error = failure(outcome, "host", "stopped")
    assert str(error) == message
    assert error.status_code is None  # only the service's refusal of a login has one


@pytest.mark.parametrize(
    "refused",
    [
        Refused("invalid_grant", (53003,)),
        Refused("invalid_grant", (7, 530033)),
        Refused("interaction_required", (16000,)),
    ],
)
def test_a_refusal_of_the_person_or_the_device_is_reported_as_a_policy(refused):
    named = ", ".join([refused.error, *(f"AADSTS{code}" for code in refused.codes)])
    assert str(failure(refused, "host", "stopped")) == (
        f"A policy of your organisation (conditional access) did not allow the sign-in ({named}): "
        "sign in as it requires, or ask an administrator"
    )


def polling(interval, outcomes, seconds=60):
    """Drive the polls of a sign-in by hand; return the waits between them."""
    settings = SimpleNamespace(host="host", prompt=str)
    sign_in = SignIn(
        settings=settings,
        msal_client=None,
        connections=SimpleNamespace(running=lambda poll, _: poll),
        interactive=True,
        can_prompt=True,
    )
    started = Started({}, None, interval=interval, seconds=seconds)
    asking, poll = sign_in.ask(started, str), None
    assert next(asking) is started
    waits = []
    for outcome in outcomes:
        assert asking.send(poll) is str
        waits.append(asking.send(outcome))
    return waits


@pytest.mark.parametrize(
    ("seconds", "outcomes", "waits"),
    [
        (0, [Pending()], [0.2]),
        (5, [Pending(), Pending(5.0), Pending()], [5, 10, 10]),
        (1, [LOST, LOST, Pending(), LOST], [2, 4, 1, 2]),
        (1, [LOST, NoAnswer(Fault.BROKEN)], [2, 4]),
    ],
    ids=["never 0", "slower for good", "doubled while lost", "or broken"],
)
def test_the_poll_interval_follows_the_outcomes(seconds, outcomes, waits):
    assert polling(seconds, outcomes) == waits


def test_a_poll_interval_ends_with_the_time_to_sign_in():
    (wait,) = polling(5, [Pending()], seconds=1)
    assert 0 < wait <= 1


@pytest.mark.parametrize(
    ("outcomes", "message"),
    [
        ([LOST, LOST, LOST], "host can't be reached"),
        ([NoAnswer(Fault.UNTRUSTED)], "not trusted"),
        ([Refused("bad")], r"did not complete the sign-in \(bad\)"),
    ],
)
def test_polling_ends_with_the_third_lost_answer_or_any_other_outcome(outcomes, message):
    with refused(message):
        polling(1, outcomes)
