"""Which ``Set-Cookie`` is our session, and how long it says it will live."""

import math
from datetime import UTC, datetime
from email.utils import format_datetime, formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liminal._session.state import SessionCookie, find_session_cookie, is_cookie_value

HOST = "api.tenant.example"
PATH = "/base/api/v1/users/me"
NOW = 1_700_000_000.0
IN_A_MINUTE = f"Expires={formatdate(NOW + 60, usegmt=True)}"
ENDED = "Expires=Thu, 01 Jan 1970 00:00:00 GMT"


def found(*lines: str, host: str = HOST, now: float = NOW, date: str = "") -> SessionCookie | None:
    return find_session_cookie(list(lines), host, PATH, now, date)


def value(*lines: str, host: str = HOST) -> str | None:
    cookie = found(*lines, host=host)
    return None if cookie is None else cookie.value


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("session=abc; Path=/; HttpOnly; Secure; SameSite=Lax", "abc"),
        (" session = abc ;Path=/", "abc"),
        ("session=a=b==; Path=/", "a=b=="),
        ('session="a,b\\c"; Path=/', '"a,b\\c"'),
        *((f"{name}=abc", None) for name in ("Session", "SESSION", "sessionid", "__Host-session")),
        # RFC 6265, 5.2, steps 2 and 5: without an equals sign the whole line is ignored.
        *((line, None) for line in ("", ";", "=", "=abc", "session", "session; Path=/")),
        ("; session=abc", None),
        # What could not be sent back as it came:
        *((f"session={bad}", None) for bad in ("a b", "a\tb", "a\x01b", "a\x7fb", "ä", "\udcff")),
    ],
)
def test_the_session_is_the_value_of_the_cookie_named_session(line, expected):
    assert value(line) == expected
    assert value("session=before", line) == (expected or "before")


@pytest.mark.parametrize(
    "attribute",
    [
        *(
            f"Domain={d}"
            for d in (HOST, HOST.upper(), f".{HOST}", "tenant.example", ".Example", "")
        ),
        # RFC 6265, 5.1.4; what is no path counts for all, 5.2.4.
        *(f"Path={p}" for p in ("/", "/base", "/base/", "/base/api/v1", PATH, "", "base", "*")),
    ],
)
def test_a_cookie_for_our_host_and_path_or_one_above_it_is_ours(attribute):
    assert value(f"session=abc; {attribute}") == "abc"


@pytest.mark.parametrize(
    "attribute",
    [
        *(f"Domain={d}" for d in ("evil.example", f"x.{HOST}", "pi.tenant.example", "com", "api")),
        *(f"Path={p}" for p in ("/old", "/bas", f"{PATH}/too", "/BASE", "/api")),
    ],
)
def test_a_cookie_for_another_domain_or_path_is_not_ours(attribute):
    assert value("session=ours", f"session=theirs; {attribute}") == "ours"
    assert found(f"session=theirs; {attribute}") is None


@pytest.mark.parametrize(
    ("domain", "host", "is_ours"),
    [("0.0.1", "127.0.0.1", False), ("127.0.0.1", "127.0.0.1", True), ("::1", "::1", True)],
)
def test_an_address_has_no_domains_above_it(domain, host, is_ours):
    """RFC 6265, 5.1.3: a suffix matches host names alone."""
    assert value(f"session=abc; Domain={domain}", host=host) == ("abc" if is_ours else None)


@pytest.mark.parametrize(
    "lines",
    [
        ("session=first", "other=x", "session=new"),
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
def test_the_longest_living_path_wins_and_its_last_cookie(lines):
    assert value(*lines) == "new"


@pytest.mark.parametrize(
    ("attributes", "lifetime"),
    [
        ("Path=/", None),
        ("Max-Age=3600", 3600),
        ("mAX-aGE = 3600", 3600),
        (f"{IN_A_MINUTE}; Max-Age=3600", 3600),
        (f"Max-Age={'9' * 400}", math.inf),
        *((f"Max-Age={age}", None) for age in ("soon", "", "1.5", "1e3", "+5", "--5", "-", "٣")),
        ("Max-Age=soon; " + IN_A_MINUTE, 60),
        (IN_A_MINUTE, 60),
        ("Expires=Tue, 14-Nov-2023 22:14:20 GMT", 60),  # Netscape's form
        *((f"Expires={date}", None) for date in ("tomorrow", "", "99 Foo 2023")),
        ("Expires=Tue, 14 Nov 99999 22:14:20 GMT", None),
    ],
)
def test_its_lifetime_is_max_age_or_else_expires(attributes, lifetime):
    assert found(f"session=abc; {attributes}") == SessionCookie("abc", lifetime)


@pytest.mark.parametrize("now", [NOW - 3600, NOW, NOW + 3600])
def test_expires_is_measured_against_the_answer_s_date(now):
    """A clock that is an hour ahead would take every session for expired."""
    cookie = found(f"session=abc; {IN_A_MINUTE}", now=now, date=formatdate(NOW, usegmt=True))
    assert cookie == SessionCookie("abc", 60)


@pytest.mark.parametrize(
    ("lines", "is_deletion"),
    [
        (("session=",), True),
        (("session=; Max-Age=3600",), True),
        (("session=abc; Max-Age=0",), True),
        (("session=abc; Max-Age=-1",), True),
        ((f"session=abc; {ENDED}",), True),
        (("session=new; Path=/", f"session=; Path=/; Domain={HOST}; {ENDED}"), True),
        (("session=abc",), False),
        (("session=abc; Max-Age=1",), False),
    ],
)
def test_an_empty_or_expired_cookie_ends_the_session(lines, is_deletion):
    cookie = found(*lines)
    assert cookie is not None
    assert cookie.is_deletion == is_deletion
    assert "abc" not in repr(cookie)


@given(st.lists(st.text(max_size=30), max_size=5), st.sampled_from([HOST, "127.0.0.1", "::1", ""]))
def test_no_set_cookie_raises_anything(lines, host):
    found(*lines, *(f"session={line}" for line in lines), host=host)


@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters=";")))
def test_every_value_that_can_be_sent_is_found_as_it_is(text):
    assert is_cookie_value(text)
    assert value(f"session={text}; Path=/; Secure") == text


@given(st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(9999, 1, 1)))  # noqa: DTZ001 - hypothesis wants them bare
def test_every_date_can_be_an_expiry(date):
    date = date.replace(tzinfo=UTC, microsecond=0)
    cookie = found(f"session=abc; Expires={format_datetime(date, usegmt=True)}", now=0.0)
    assert cookie == SessionCookie("abc", date.timestamp())
