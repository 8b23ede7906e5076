"""Token and SessionId: checked when created, and never shown."""

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liminal.auth import SessionId, Token
from liminal.errors import AuthError
from tests.support.errors import refused

each_kind = pytest.mark.parametrize("kind", [Token, SessionId])


@each_kind
@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("", "is empty"),
        ("hush hush", "contains white space, a line break or another character"),
        ("hush\ud800", "contains white space, a line break or another character"),
        (None, "should be a str, but is None"),
        (b"hush", "should be a str, but is of type bytes"),
    ],
)
def test_an_unusable_value_is_refused_with_the_reason_but_not_repeated(kind, value, problem):
    with refused(f"This {kind.__name__} {problem}"):
        kind(value)


@each_kind
@given(value=st.text(st.characters(max_codepoint=300, exclude_characters=",;\\"), min_size=1))
def test_visible_ascii_is_accepted_and_nothing_else(kind, value):
    if all("!" <= character <= "~" for character in value):
        assert kind(value).value == value
    else:
        with pytest.raises(AuthError):
            kind(value)


@pytest.mark.parametrize("character", [",", ";", "\\"])
def test_a_session_id_must_fit_into_a_cookie_but_a_token_need_not(character):
    assert Token(f"a{character}b").value == f"a{character}b"
    with refused("which cookies can't contain"):
        SessionId(f"a{character}b")


@each_kind
def test_a_secret_is_in_no_repr_and_can_be_neither_pickled_nor_changed_nor_doubled(kind):
    secret = kind("hush")
    assert copy.copy(secret) is copy.deepcopy(secret) is secret
    assert repr(secret) == str(secret) == f"{kind.__name__}('**********')"
    with refused("can't be pickled"):
        pickle.dumps(secret)
    with pytest.raises(AttributeError):
        secret.value = "two"


def test_secrets_are_equal_if_kind_and_value_are():
    assert Token("a") == Token("a") != Token("b")
    assert Token("a") != SessionId("a")
