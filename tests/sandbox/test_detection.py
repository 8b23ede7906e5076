"""The findings in a text, with their positions and types."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liminal.sandbox._service.detect import Finding, Terms, detect, without_overlaps

NOTHING = Terms({})
ALONE = ("{}", "so: {}, yes", "({}).")


def found(text: str, terms: Terms = NOTHING, **options: str) -> list[tuple[str, str]]:
    return [(one.type, text[one.start : one.end]) for one in detect(text, terms, **options)]


@pytest.mark.parametrize(
    ("kind", "secrets"),
    [
        ("EMAIL_ADDRESS", "ada@example.com|ada.b+c_d%e@mail.example.co.uk|jürgen@straße.example"),
        ("PHONE_NUMBER", "(415) 555-0132|212-555-0187|+44 20 7946 0958|+49 30 901820"),
        ("CREDIT_CARD", "4111 1111 1111 1111|4111-1111-1111-1111|378282246310005"),
        ("US_SSN", "123-45-6789|078 05 1120"),
        ("IBAN_CODE", "DE89370400440532013000|DE89 3704 0044 0532 0130 00"),
        ("IBAN_CODE", "GB82 WEST 1234 5698 7654 32"),
        ("IP_ADDRESS", "192.168.1.10|2001:db8::8a2e:370:7334|::1|::ffff:192.0.2.1"),
        ("URL", "https://example.com/a?b=(c)&d=1#e|www.example.com|ftp://ada@example.com:21/x"),
        ("DATE_TIME", "2024-02-29|2024-02-29T12:30:45.123Z|2024-02-29 12:30+01:00|12/31/2024"),
        ("DATE_TIME", "31.12.24|March 3rd, 2024|3 March 2024|1st of May|Sept. 2024"),
        ("LOCATION", "221B Baker Street|12 W. 42nd Street, New York, NY 10036"),
        ("LOCATION", "1600 Pennsylvania Avenue, Washington DC|7 Long Lane, Apt. 5"),
        ("PERSON", "Ada Lovelace|John F. Kennedy|Ludwig van Beethoven|Jean-Luc Picard|Will Smith"),
        ("PERSON", "Siobhán O'Connor|Ronald McDonald|Иван Петров|Ελένη Παπαδοπούλου"),
    ],
)
def test_each_kind_of_finding_is_found_at_any_position(kind, secrets):
    for secret in secrets.split("|"):
        for text in ALONE:
            assert found(text.format(secret)) == [(kind, secret)]


@pytest.mark.parametrize(
    ("reason", "texts"),
    [
        ("nothing in it", "|nothing to see here|\ud800 lone surrogate"),
        ("no address", "ada@localhost|@example.com|std::vector"),
        ("a wrong check digit", "4111 1111 1111 1112|DE88 3704 0044 0532 0130 00"),
        ("no such area or group", "000-12-3456|123-00-4567"),
        ("it goes on", "DE89370400440532013000abc|1.2.3.4.5"),
        ("no byte, or too few", "256.1.1.1|version 1.2.3"),
        ("no such day", "2023-02-29|2024-13-01|13/13/2024|at 12:30:45"),
        ("no name", "room 12, Street|Dear Ada|The Project|Please Call"),
    ],
)
def test_lookalikes_are_not_found(reason, texts):
    assert [(text, found(text)) for text in texts.split("|") if found(text)] == [], reason


HIDING = "https://example.com/ada@example.com/192.168.1.10/2024-01-02"


@pytest.mark.parametrize(
    ("text", "kind", "secret"),
    [
        ("Dear Ada Lovelace", "PERSON", "Ada Lovelace"),
        ("Ada Lovelace Street", "PERSON", "Ada Lovelace"),
        ("Ada Lovelace\nByron", "PERSON", "Ada Lovelace"),
        ("DE89 3704 0044 0532 0130 00 IS MINE", "IBAN_CODE", "DE89 3704 0044 0532 0130 00"),
        ("(see https://example.com/a).", "URL", "https://example.com/a"),
        ("[https://example.com/a]!", "URL", "https://example.com/a"),
        (HIDING, "URL", HIDING),
    ],
)
def test_a_finding_ends_correctly_and_replaces_findings_inside_it(text, kind, secret):
    assert found(text) == [(kind, secret)]


@pytest.mark.parametrize(("region", "is_found"), [("DE", True), ("US", False)])
def test_a_local_phone_number_belongs_to_the_given_region(region, is_found):
    expected = [("PHONE_NUMBER", "030 901820")] if is_found else []
    assert found("call 030 901820", phone_region=region) == expected


@pytest.mark.parametrize(
    ("terms", "text", "findings"),
    [
        ({"Project Falcon": "A", "C++": "B"}, "PROJECT FALCON, C++.", "A:PROJECT FALCON B:C++"),
        ({"Project Falcon": "A"}, "project falconry", ""),
        ({"Ada Lovelace": "VIP"}, "Ada Lovelace", "VIP:Ada Lovelace"),
        ({"Falcon": "A", "Falcon Nine": "B"}, "falcon nine, falcon", "B:falcon nine A:falcon"),
        ({"istanbul": "CITY"}, "İSTANBUL", "CITY:İSTANBUL"),
    ],
    ids=[
        "whatever its case",
        "as a whole word only",
        "before what a pattern makes of it",
        "the longer of two",
        "with a letter that folds in two ways",
    ],
)
def test_a_term_is_found(terms, text, findings):
    assert " ".join(f"{kind}:{words}" for kind, words in found(text, Terms(terms))) == findings


def test_offsets_count_code_points():
    (finding,) = detect("🦅 é ada@example.com", NOTHING)
    assert (finding.start, finding.end) == (4, 19)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ([(0, 4), (2, 8)], [(2, 8)]),
        ([(2, 6), (0, 4)], [(0, 4)]),
        ([(4, 8), (0, 4)], [(0, 4), (4, 8)]),
    ],
    ids=["the longest stays", "of equally long ones the earliest", "those that touch stay"],
)
def test_the_longest_of_overlapping_findings_is_kept(given, kept):
    left = without_overlaps([Finding(*place, "A", 1.0) for place in given], 8)
    assert [(one.start, one.end) for one in left] == kept


SCRAPS = ["Ada Lovelace", "a@b.co", "4111 1111 1111 1111", "2024-01-02", "://", "www.", "DE89"]
WORDS = st.sampled_from([*SCRAPS, "::", "é"]) | st.text(max_size=8)


@given(st.lists(WORDS, max_size=12).map(" ".join))
def test_findings_are_in_order_and_do_not_overlap(text):
    findings = detect(text, Terms({"ada": "TERM"}))
    edges = [edge for one in findings for edge in (one.start, one.end)]
    assert edges == sorted(edges)
    assert all(0 <= one.start < one.end <= len(text) for one in findings)
    assert all(0 <= one.score <= 1 for one in findings)
