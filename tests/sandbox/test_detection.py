"""What is found in a text, where, and as what."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liminal.sandbox._service.detect import Finding, Terms, detect, without_overlaps

NOTHING = Terms({})


def found(text: str, terms: Terms = NOTHING, **options: str) -> list[tuple[str, str]]:
    return [(one.type, text[one.start : one.end]) for one in detect(text, terms, **options)]


@pytest.mark.parametrize(
    ("kind", "secret"),
    [
        ("EMAIL_ADDRESS", "ada@example.com"),
        ("EMAIL_ADDRESS", "ada.b+c_d%e@mail.example.co.uk"),
        ("EMAIL_ADDRESS", "jürgen@straße.example"),
        ("PHONE_NUMBER", "(415) 555-0132"),
        ("PHONE_NUMBER", "212-555-0187"),
        ("PHONE_NUMBER", "+44 20 7946 0958"),
        ("PHONE_NUMBER", "+49 30 901820"),
        ("CREDIT_CARD", "4111 1111 1111 1111"),
        ("CREDIT_CARD", "4111-1111-1111-1111"),
        ("CREDIT_CARD", "378282246310005"),
        ("US_SSN", "123-45-6789"),
        ("US_SSN", "078 05 1120"),
        ("IBAN_CODE", "DE89370400440532013000"),
        ("IBAN_CODE", "DE89 3704 0044 0532 0130 00"),
        ("IBAN_CODE", "GB82 WEST 1234 5698 7654 32"),
        ("IP_ADDRESS", "192.168.1.10"),
        ("IP_ADDRESS", "2001:db8::8a2e:370:7334"),
        ("IP_ADDRESS", "::1"),
        ("IP_ADDRESS", "::ffff:192.0.2.1"),
        ("URL", "https://example.com/a?b=(c)&d=1#e"),
        ("URL", "www.example.com"),
        ("URL", "ftp://ada@example.com:21/x"),
        ("DATE_TIME", "2024-02-29"),
        ("DATE_TIME", "2024-02-29T12:30:45.123Z"),
        ("DATE_TIME", "2024-02-29 12:30+01:00"),
        ("DATE_TIME", "12/31/2024"),
        ("DATE_TIME", "31.12.24"),
        ("DATE_TIME", "March 3rd, 2024"),
        ("DATE_TIME", "3 March 2024"),
        ("DATE_TIME", "1st of May"),
        ("DATE_TIME", "Sept. 2024"),
        ("LOCATION", "221B Baker Street"),
        ("LOCATION", "12 W. 42nd Street, New York, NY 10036"),
        ("LOCATION", "1600 Pennsylvania Avenue, Washington DC"),
        ("LOCATION", "7 Long Lane, Apt. 5"),
        ("PERSON", "Ada Lovelace"),
        ("PERSON", "John F. Kennedy"),
        ("PERSON", "Ludwig van Beethoven"),
        ("PERSON", "Jean-Luc Picard"),
        ("PERSON", "Siobhán O'Connor"),
        ("PERSON", "Ronald McDonald"),
        ("PERSON", "Иван Петров"),
        ("PERSON", "Ελένη Παπαδοπούλου"),
        ("PERSON", "Will Smith"),
    ],
)
def test_it_finds(kind: str, secret: str) -> None:
    assert found(f"so: {secret}, yes") == [(kind, secret)]
    assert found(secret) == [(kind, secret)]
    assert found(f"({secret}).") == [(kind, secret)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nothing to see here",
        "ada@localhost",
        "@example.com",
        "4111 1111 1111 1112",  # fails Luhn
        "000-12-3456",  # no such area
        "123-00-4567",  # no such group
        "DE88 3704 0044 0532 0130 00",  # fails the checksum
        "DE89370400440532013000abc",
        "256.1.1.1",
        "1.2.3.4.5",
        "at 12:30:45",
        "std::vector",
        "2023-02-29",
        "2024-13-01",
        "13/13/2024",
        "version 1.2.3",
        "room 12, Street",
        "Dear Ada",
        "The Project",
        "Please Call",
        "\ud800 lone surrogate",
    ],
)
def test_it_leaves_alone(text: str) -> None:
    assert found(text) == []


def test_a_word_that_is_no_name_is_cut_off_a_name() -> None:
    assert found("Dear Ada Lovelace") == [("PERSON", "Ada Lovelace")]
    assert found("Ada Lovelace Street") == [("PERSON", "Ada Lovelace")]


def test_a_name_does_not_go_beyond_its_line() -> None:
    assert found("Ada Lovelace\nByron") == [("PERSON", "Ada Lovelace")]


def test_an_iban_ends_where_upper_case_words_begin() -> None:
    text = "DE89 3704 0044 0532 0130 00 IS MINE"
    assert found(text) == [("IBAN_CODE", "DE89 3704 0044 0532 0130 00")]


def test_punctuation_after_a_url_is_not_part_of_it() -> None:
    assert found("(see https://example.com/a).") == [("URL", "https://example.com/a")]
    assert found("[https://example.com/a]!") == [("URL", "https://example.com/a")]


def test_a_local_phone_number_is_of_the_given_region() -> None:
    assert found("call 030 901820", phone_region="DE") == [("PHONE_NUMBER", "030 901820")]
    assert found("call 030 901820", phone_region="US") == []


def test_a_term_is_found_whatever_its_case_as_a_whole_word() -> None:
    terms = Terms({"Project Falcon": "CUSTOM", "C++": "LANGUAGE"})
    assert found("PROJECT FALCON is in C++.", terms) == [
        ("CUSTOM", "PROJECT FALCON"),
        ("LANGUAGE", "C++"),
    ]
    assert found("project falconry", terms) == []


def test_a_term_is_named_as_it_was_given() -> None:
    (finding,) = detect("project falcon", Terms({"Project Falcon": "CUSTOM"}))
    assert finding.term == "Project Falcon"


def test_a_term_wins_over_what_a_pattern_makes_of_the_same_text() -> None:
    assert found("Ada Lovelace", Terms({"Ada Lovelace": "VIP"})) == [("VIP", "Ada Lovelace")]


def test_the_longer_of_two_terms_wins() -> None:
    terms = Terms({"Falcon": "A", "Falcon Nine": "B"})
    assert found("falcon nine, falcon", terms) == [("B", "falcon nine"), ("A", "falcon")]


def test_a_letter_that_folds_in_two_ways_is_still_a_term() -> None:
    assert found("İSTANBUL", Terms({"istanbul": "CITY"})) == [("CITY", "İSTANBUL")]


def test_a_url_hides_what_is_inside_it() -> None:
    text = "https://example.com/ada@example.com/192.168.1.10/2024-01-02"
    assert found(text) == [("URL", text)]


def test_offsets_count_code_points() -> None:
    (finding,) = detect("🦅 é ada@example.com", NOTHING)
    assert (finding.start, finding.end) == (4, 19)


def test_of_overlapping_findings_the_longest_stays() -> None:
    short, long = Finding(0, 4, "A", 1.0), Finding(2, 8, "B", 1.0)
    assert without_overlaps([short, long], 8) == [long]


def test_of_equally_long_findings_the_earliest_stays() -> None:
    late, early = Finding(2, 6, "A", 1.0), Finding(0, 4, "B", 1.0)
    assert without_overlaps([late, early], 6) == [early]


def test_findings_that_touch_both_stay() -> None:
    both = [Finding(0, 4, "A", 1.0), Finding(4, 8, "B", 1.0)]
    assert without_overlaps(reversed(both), 8) == both


SCRAPS = st.sampled_from(
    [
        "Ada Lovelace",
        "a@b.co",
        "4111 1111 1111 1111",
        "2024-01-02",
        "://",
        "www.",
        "DE89",
        "::",
        "é",
    ]
)


@given(st.lists(SCRAPS | st.text(max_size=8), max_size=12).map(" ".join))
def test_findings_lie_in_the_text_in_order_and_apart(text: str) -> None:
    findings = detect(text, Terms({"ada": "TERM"}))
    edges = [edge for one in findings for edge in (one.start, one.end)]
    assert edges == sorted(edges)
    assert all(0 <= one.start < one.end <= len(text) for one in findings)
    assert all(0 <= one.score <= 1 for one in findings)
