"""The login that each credential calls for, and what is wrong with logins that give no session."""

import pytest

from liminal._session.login import (
    check_login,
    login_request,
    naming_the_login,
    no_credential,
    session_gone,
)
from liminal._session.state import SessionCookie
from liminal.auth import SessionId, Token
from liminal.auth._credential import as_credential
from liminal.errors import AuthError, LiminalError
from tests.support.providers import GivenToken


@pytest.mark.parametrize(
    ("credential", "operation", "header"),
    [
        (SessionId("s"), "get_current_user", ("Cookie", "session=newest")),
        (Token("t-1"), "login_with_environment_token", ("x-test-automation-api-key", "t-1")),
        ("of a provider", "login_with_access_token", ("Authorization", "Bearer of a provider")),
    ],
)
def test_each_credential_has_its_login_with_the_secret_in_one_header(credential, operation, header):
    login, request = login_request(credential, "newest")
    assert login.id == operation
    assert header in request["headers"].items()
    assert str(request).count(header[1]) == 1


def test_a_credential_is_used_unchanged():
    for auth in (None, Token("t"), SessionId("s"), GivenToken("t")):
        assert as_credential(auth) is auth


@pytest.mark.parametrize(("auth", "problem"), [("secret", "must say what it is"), (7, "int")])
def test_anything_else_is_refused_and_not_shown(auth, problem):
    with pytest.raises(LiminalError, match=problem) as caught:
        as_credential(auth)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("cookie", [None, SessionCookie(""), SessionCookie("x", 0.0)])
def test_a_login_that_brings_no_session_says_where_to_look(cookie):
    with pytest.raises(AuthError, match="check that api_server_url") as caught:
        check_login(cookie, {"operation": "a login", "request_id": "r-1"})
    assert (caught.value.operation, caught.value.request_id) == ("a login", "r-1")


@pytest.mark.parametrize(
    ("error", "operation"),
    [(no_credential("list_threads"), "list_threads"), (session_gone(), "get_current_user")],
)
def test_an_error_without_a_login_names_the_operation_and_no_attempt(error, operation):
    assert (error.operation, error.attempts) == (operation, 0)


@pytest.mark.parametrize(
    ("error", "named"),
    [
        (AuthError("declined", attempts=3), ("login_with_access_token", 0)),
        (AuthError("no", operation="its own", attempts=3), ("its own", 3)),
    ],
)
def test_a_provider_s_error_names_the_login_unless_it_names_another(error, named):
    with pytest.raises(AuthError) as caught, naming_the_login():
        raise error
    assert (caught.value.operation, caught.value.attempts) == named
