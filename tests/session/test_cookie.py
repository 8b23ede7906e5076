"""Which ``Set-Cookie`` is our session, and how long it says it will live."""

from datetime import UTC, datetime
from email.utils import format_datetime, formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liminal._session.state import SessionCookie, find_session_cookie, is_cookie_value

HOST = "api.tenant.example"
PATH = "/base/api/v1/users/me"
NOW = 1_700_000_000.0


def found(*lines: str, host: str = HOST, now: float = NOW) -> SessionCookie | None:
    return find_session_cookie(list(lines), host, PATH, now)


def value(*lines: str, host: str = HOST) -> str | None:
    cookie = found(*lines, host=host)
    return None if cookie is None else cookie.value


def lifetime(attributes: str, now: float = NOW) -> float | None:
    cookie = found(f"session=abc; {attributes}", now=now)
    assert cookie is not None
    return cookie.lifetime


# Which one is ours


def test_the_cookie_named_session_is_ours() -> None:
    assert value("session=abc; Path=/; HttpOnly; Secure; SameSite=Lax") == "abc"


@pytest.mark.parametrize("name", ["Session", "SESSION", "sessionid", "x-session", "__Host-session"])
def test_a_cookie_with_another_name_is_not(name: str) -> None:
    assert found(f"{name}=abc") is None


def test_white_space_around_name_and_value_does_not_count() -> None:
    assert value(" session = abc ;Path=/") == "abc"


def test_an_equals_sign_in_the_value_belongs_to_it() -> None:
    assert value("session=a=b==; Path=/") == "a=b=="


def test_a_comma_a_quote_and_a_backslash_are_sent_back_as_they_came() -> None:
    assert value('session="a,b\\c"; Path=/') == '"a,b\\c"'


def test_of_several_cookies_the_last_counts() -> None:
    assert value("session=first", "other=x", "session=last") == "last"


def test_no_set_cookie_is_no_session() -> None:
    assert found() is None


@pytest.mark.parametrize(
    "line", ["", ";", "=", "=abc", "session", "session; Path=/", "; session=abc"]
)
def test_a_line_without_a_name_and_a_value_says_nothing(line: str) -> None:
    """RFC 6265, 5.2, steps 2 and 5: without an equals sign the whole line is ignored."""
    assert found(line) is None


@pytest.mark.parametrize("bad", ["a b", "a\tb", "a\x01b", "a\x7fb", "ä", "a\udcffb", "a\nb"])
def test_a_value_that_could_not_be_sent_back_is_not_taken(bad: str) -> None:
    assert value("session=good", f"session={bad}") == "good"


# For whom


@pytest.mark.parametrize(
    "domain", [HOST, HOST.upper(), f".{HOST}", "tenant.example", ".Tenant.Example"]
)
def test_a_cookie_for_our_host_or_a_domain_above_it_is_ours(domain: str) -> None:
    assert value(f"session=abc; Domain={domain}") == "abc"


@pytest.mark.parametrize(
    "domain", ["evil.example", "x.api.tenant.example", "pi.tenant.example", "example.com", "api"]
)
def test_a_cookie_for_another_domain_is_not_ours(domain: str) -> None:
    assert value("session=ours", f"session=theirs; Domain={domain}") == "ours"


def test_an_empty_domain_counts_as_none() -> None:
    """RFC 6265, 5.2.3: the attribute is ignored."""
    assert value("session=abc; Domain=; Path=/") == "abc"


@pytest.mark.parametrize("path", ["/", "/base", "/base/", "/base/api/v1", PATH, "", "base", "*"])
def test_a_cookie_for_our_path_or_one_above_it_is_ours(path: str) -> None:
    """RFC 6265, 5.1.4; what is no path counts for all, 5.2.4."""
    assert value(f"session=abc; Path={path}") == "abc"


@pytest.mark.parametrize("path", ["/old", "/bas", "/base/api/v1/users/me/too", "/BASE", "/api"])
def test_a_cookie_for_another_path_is_not_ours(path: str) -> None:
    assert value(f"session=abc; Path={path}") is None


ENDED = "Expires=Thu, 01 Jan 1970 00:00:00 GMT"


@pytest.mark.parametrize(
    "lines",
    [
        ("session=new; Path=/", f"session=; Path=/old; {ENDED}"),
        (f"session=; Path=/base; {ENDED}", "session=new; Path=/"),
        ("session=new; Path=/", f"session=; Path=/base; {ENDED}"),
        ("session=new; Path=/", f"session=; Path=/; Domain=tenant.example; {ENDED}"),
        ("session=broad; Path=/", "session=new; Path=/base"),
        ("session=new; Path=/base", "session=broad; Path=/"),
        ("session=first; Path=/", "session=other; Domain=tenant.example", "session=new; Path=/"),
        (f"session=gone; Domain={HOST}; {ENDED}", "session=new"),
        ("session=new; Path=/", f"session=; {ENDED}"),
        ("session=new", f"session=; Path=/; {ENDED}"),
        ("session=new; Path=/", "session=of-the-login-s-own-folder"),
    ],
)
def test_cookies_are_told_apart_by_domain_and_path(lines: tuple[str, ...]) -> None:
    assert value(*lines) == "new"


def test_a_cookie_that_was_set_and_ended_is_ended() -> None:
    cookie = found("session=new; Path=/", f"session=; Path=/; Domain={HOST}; {ENDED}")
    assert cookie is not None
    assert cookie.is_deletion


def test_an_address_has_no_domains_above_it() -> None:
    """RFC 6265, 5.1.3: a suffix matches host names alone."""
    assert value("session=abc; Domain=0.0.1", host="127.0.0.1") is None
    assert value("session=abc; Domain=127.0.0.1", host="127.0.0.1") == "abc"
    assert value("session=abc; Domain=::1", host="::1") == "abc"


# How long


def test_a_lifetime_that_is_not_said_is_not_known() -> None:
    assert lifetime("Path=/") is None


def test_max_age_is_seconds() -> None:
    assert lifetime("Max-Age=3600") == 3600


def test_attribute_names_may_be_in_any_case() -> None:
    assert lifetime("mAX-aGE = 3600") == 3600


def test_max_age_wins_over_expires() -> None:
    assert lifetime(f"Expires={formatdate(NOW + 60, usegmt=True)}; Max-Age=3600") == 3600


def test_expires_is_measured_against_now() -> None:
    assert lifetime(f"Expires={formatdate(NOW + 60, usegmt=True)}") == 60


def test_expires_is_measured_against_the_answer_s_own_date_where_there_is_one() -> None:
    """A clock that is an hour ahead would take every session for expired."""
    date, expires = formatdate(NOW, usegmt=True), formatdate(NOW + 60, usegmt=True)
    for now in (NOW - 3600, NOW, NOW + 3600):
        cookie = find_session_cookie([f"session=abc; Expires={expires}"], HOST, PATH, now, date)
        assert cookie == SessionCookie("abc", 60)


def test_expires_in_the_netscape_form_is_read_too() -> None:
    assert lifetime("Expires=Tue, 14-Nov-2023 22:14:20 GMT") == 60


@pytest.mark.parametrize("age", ["soon", "", "1.5", "1e3", "+5", "--5", "-", "٣"])
def test_a_max_age_that_is_no_number_is_not_there(age: str) -> None:
    assert lifetime(f"Max-Age={age}") is None
    assert lifetime(f"Max-Age={age}; Expires={formatdate(NOW + 60, usegmt=True)}") == 60


@pytest.mark.parametrize("date", ["tomorrow", "", "99 Foo 2023", "Tue, 14 Nov 99999 22:14:20 GMT"])
def test_an_expires_that_is_no_date_is_not_there(date: str) -> None:
    assert lifetime(f"Expires={date}") is None


def test_a_max_age_beyond_all_bounds_is_for_ever() -> None:
    assert lifetime(f"Max-Age={'9' * 400}") == float("inf")


# Taken back


@pytest.mark.parametrize(
    "line",
    [
        "session=",
        "session=; Path=/",
        "session=abc; Max-Age=0",
        "session=abc; Max-Age=-1",
        "session=abc; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
        "session=; Max-Age=3600",
    ],
)
def test_an_empty_or_expired_cookie_takes_the_session_back(line: str) -> None:
    cookie = found(line)
    assert cookie is not None
    assert cookie.is_deletion


@pytest.mark.parametrize("line", ["session=abc", "session=abc; Max-Age=1"])
def test_any_other_gives_one(line: str) -> None:
    cookie = found(line)
    assert cookie is not None
    assert not cookie.is_deletion


def test_the_repr_of_a_cookie_does_not_show_its_value() -> None:
    assert "abc" not in repr(found("session=abc; Max-Age=60"))


# Whatever comes


@given(st.lists(st.text(max_size=60)), st.sampled_from([HOST, "127.0.0.1", "::1", ""]))
def test_no_set_cookie_raises_anything(lines: list[str], host: str) -> None:
    find_session_cookie([*lines, *(f"session={line}" for line in lines)], host, PATH, NOW)


@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters=";")))
def test_every_value_that_can_be_sent_is_found_as_it_is(text: str) -> None:
    assert is_cookie_value(text)
    assert value(f"session={text}; Path=/; Secure") == text


@given(st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(9999, 1, 1)))  # noqa: DTZ001 - hypothesis wants them bare
def test_every_date_can_be_an_expiry(date: datetime) -> None:
    date = date.replace(tzinfo=UTC, microsecond=0)
    assert lifetime(f"Expires={format_datetime(date, usegmt=True)}", now=0.0) == date.timestamp()
