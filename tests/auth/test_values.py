"""Token and SessionId: checked at the door, never shown."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liminal.auth import SessionId, Token
from liminal.errors import AuthError

BAD = ["", "two words", "tab\t", "line\n", "cr\r", "nul\0", "del\x7f", "ümlaut", "\u2028", "\ud800"]


@pytest.mark.parametrize("kind", [Token, SessionId])
@pytest.mark.parametrize("value", [*BAD, None, b"bytes", 7])
def test_what_no_header_can_carry_is_refused(kind, value):
    with pytest.raises(AuthError, match=f"This {kind.__name__} (is empty|holds|should be a str)"):
        kind(value)


@pytest.mark.parametrize("kind", [Token, SessionId])
def test_a_refused_value_is_not_repeated(kind):
    with pytest.raises(AuthError) as caught:
        kind("hush hush")
    assert "hush" not in repr(caught.value)


@pytest.mark.parametrize("kind", [Token, SessionId])
@given(value=st.text(st.characters(codec="ascii", exclude_characters=",;\\ "), min_size=1))
def test_visible_ascii_is_taken_and_nothing_else(kind, value):
    if all("!" <= character <= "~" for character in value):
        assert kind(value).value == value
    else:
        with pytest.raises(AuthError):
            kind(value)


@pytest.mark.parametrize("value", ["a,b", "a;b", "a\\b"])
def test_a_session_id_must_fit_into_a_cookie(value):
    with pytest.raises(AuthError, match="no cookie can"):
        SessionId(value)


def test_a_token_may_hold_what_a_cookie_may_not():
    assert Token("a,b;c\\d").value == "a,b;c\\d"


@pytest.mark.parametrize("kind", [Token, SessionId])
def test_the_value_is_in_no_repr(kind):
    assert repr(kind("hush")) == str(kind("hush")) == f"{kind.__name__}('**********')"


@pytest.mark.parametrize("kind", [Token, SessionId])
def test_a_secret_cannot_be_pickled(kind):
    with pytest.raises(AuthError, match="can't be pickled") as caught:
        pickle.dumps(kind("hush"))
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("kind", [Token, SessionId])
def test_a_secret_cannot_be_changed(kind):
    with pytest.raises(AttributeError):
        kind("one").value = "two"


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy])
def test_a_copy_is_the_same_secret(duplicate):
    token = Token("hush")
    assert duplicate(token) is token


def test_secrets_of_the_same_kind_and_value_are_equal():
    assert Token("a") == Token("a")
    assert Token("a") != SessionId("a")
