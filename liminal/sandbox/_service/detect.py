"""Finds sensitive text by patterns, checksums and word lists: pure functions."""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
from typing import TYPE_CHECKING, NamedTuple

import phonenumbers
from stdnum import iban, luhn

from liminal.sandbox._service.names import find_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

# Every pattern takes linear time: each repeat is bounded, or starts where the character before it
# can't be part of it.
_EMAIL = re.compile(
    r"(?<![\w.%+'-])[\w.%+'-]{1,64}@(?:[^\W_][\w-]{0,62}\.){1,8}[^\W\d_]{2,63}(?![\w-])"
)
_URL = re.compile(r"(?<!\w)(?:https?://|ftp://|www\.)[\w\[][^\s<>\"`{}|\\^]*", re.IGNORECASE)
_IPV4 = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?!\w|\.\d)", re.ASCII)
_IPV6 = re.compile(r"(?<![\w:.])(?=[0-9A-Fa-f:.]*\d)[0-9A-Fa-f:]{2,39}(?:\.\d{1,3}){0,3}(?![\w:])")
_CARD = re.compile(r"(?<![\w.-])[2-6](?:[ -]?\d){12,18}(?![\w-])", re.ASCII)
# Social Security Administration: no area 000, 666 or 9xx, no group 00, no serial 0000.
_SSN = re.compile(
    r"(?<![\w-])(?!000|666|9)\d{3}([- ])(?!00)\d{2}\1(?!0000)\d{4}(?![\w-])", re.ASCII
)
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}[ A-Z0-9]{11,38}", re.ASCII)
_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?"
    r"|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\b\.?"
)
_DAY = r"(?:3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?"
_WRITTEN_DATE = re.compile(
    rf"(?<!\w)(?:{_DAY} (?:of )?{_MONTH}(?:,? \d{{4}})?|{_MONTH} {_DAY}(?:,? \d{{4}})?"
    rf"|{_MONTH} \d{{4}})(?!\w)",
    re.ASCII,
)
_ISO_DATE = re.compile(
    r"(?<![\w-])(\d{4})-(\d\d)-(\d\d)"
    r"(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?(?![\w-])",
    re.ASCII,
)
_NUMERIC_DATE = re.compile(r"(?<![\w./])(\d{1,2})([/.])(\d{1,2})\2(\d{4}|\d\d)(?![\w/])", re.ASCII)
_ADDRESS = re.compile(
    r"(?<!\w)\d{1,6}[A-Za-z]? (?:(?:[NSEW]|North|South|East|West)\.? )?"
    r"(?:(?:[A-Z][\w'.-]{0,30}|\d{1,3}(?:st|nd|rd|th)) ){1,4}"
    r"(?:Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Square|Sq|Way|Place"
    r"|Pl|Terrace|Ter|Parkway|Pkwy|Highway|Hwy|Circle|Cir)\b"
    r"(?:\.?,? (?:Apt|Apartment|Suite|Ste|Unit|Floor|#)\.? ?\w{1,6})?"
    r"(?:\.?, [A-Z][\w'-]{1,30}(?: [A-Z][\w'-]{1,30}){0,2}(?:,? [A-Z]{2} \d{5}(?:-\d{4})?)?)?"
)
_URL_TAIL = ".,;:!?'*_~"


class Finding(NamedTuple):
    """A range of sensitive text, in code points; ``end`` is exclusive."""

    start: int
    end: int
    type: str
    score: float
    term: str | None = None


def detect(text: str, terms: Terms, *, phone_region: str = "US") -> list[Finding]:
    """Return the findings in ``text``, in order and without overlaps."""
    found = list(terms.find(text))
    for find in _FINDERS:
        found.extend(find(text))
    found.extend(_phones(text, phone_region))
    return without_overlaps(found, len(text))


def without_overlaps(findings: Iterable[Finding], length: int) -> list[Finding]:
    """Of overlapping findings, keep the longest, then the earliest, then the first."""
    taken = bytearray(length)
    kept: list[Finding] = []
    for finding in sorted(findings, key=lambda one: (one.start - one.end, one.start)):
        start, end = finding.start, finding.end
        if not any(taken[start:end]):
            taken[start:end] = b"\x01" * (end - start)
            kept.append(finding)
    return sorted(kept, key=lambda one: one.start)


class Terms:
    """An organisation's own terms, found as whole words in any case."""

    def __init__(self, types: Mapping[str, str]) -> None:
        self._terms = sorted(types.items(), key=lambda one: -len(one[0]))
        words = "|".join(f"({re.escape(term)})" for term, _ in self._terms)
        self._pattern = re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE) if types else None

    def find(self, text: str) -> Iterator[Finding]:
        """Yield every occurrence of every term."""
        for match in self._pattern.finditer(text) if self._pattern else ():
            term, kind = self._terms[(match.lastindex or 0) - 1]
            yield Finding(*match.span(), kind, 1.0, term)


def _emails(text: str) -> Iterator[Finding]:
    if "@" in text:
        for match in _EMAIL.finditer(text):
            yield Finding(*match.span(), "EMAIL_ADDRESS", 1.0)


def _urls(text: str) -> Iterator[Finding]:
    for match in _URL.finditer(text):
        url = match[0].rstrip(_URL_TAIL)
        while url[-1] in ")]" and url.count(url[-1]) > url.count({")": "(", "]": "["}[url[-1]]):
            url = url[:-1].rstrip(_URL_TAIL)
        yield Finding(match.start(), match.start() + len(url), "URL", 0.95)


def _ip_addresses(text: str) -> Iterator[Finding]:
    for pattern in (_IPV4, _IPV6):
        for match in pattern.finditer(text):
            if _is_ip_address(match[0]):
                yield Finding(*match.span(), "IP_ADDRESS", 0.95)


def _is_ip_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _cards(text: str) -> Iterator[Finding]:
    for match in _CARD.finditer(text):
        if luhn.is_valid(match[0].replace(" ", "").replace("-", "")):
            yield Finding(*match.span(), "CREDIT_CARD", 1.0)


def _social_security_numbers(text: str) -> Iterator[Finding]:
    for match in _SSN.finditer(text):
        yield Finding(*match.span(), "US_SSN", 0.85)


def _ibans(text: str) -> Iterator[Finding]:
    for match in _IBAN.finditer(text):
        length = _iban_length(match[0])
        if length and not text[match.start() + length : match.end() + 1][:1].isalnum():
            yield Finding(match.start(), match.start() + length, "IBAN_CODE", 1.0)


def _iban_length(candidate: str) -> int:
    """Return the length of the IBAN in ``candidate``, which may be followed by upper-case words."""
    ends = [space.start() for space in re.finditer(" ", candidate)] + [len(candidate)]
    return next((end for end in reversed(ends) if iban.is_valid(candidate[:end])), 0)


def _dates(text: str) -> Iterator[Finding]:
    for match in _WRITTEN_DATE.finditer(text):
        yield Finding(*match.span(), "DATE_TIME", 0.85)
    for match in _ISO_DATE.finditer(text):
        if _is_date(int(match[1]), int(match[2]), int(match[3])):
            yield Finding(*match.span(), "DATE_TIME", 0.95)
    for match in _NUMERIC_DATE.finditer(text):
        first, second = int(match[1]), int(match[3])
        year = 2000 + int(match[4]) % 1000  # Two digits or four: only the leap year matters here.
        if _is_date(year, first, second) or _is_date(year, second, first):
            yield Finding(*match.span(), "DATE_TIME", 0.6)


def _is_date(year: int, month: int, day: int) -> bool:
    try:
        dt.date(year, month, day)
    except ValueError:
        return False
    return True


def _addresses(text: str) -> Iterator[Finding]:
    for match in _ADDRESS.finditer(text):
        yield Finding(*match.span(), "LOCATION", 0.85)


def _people(text: str) -> Iterator[Finding]:
    for start, end in find_names(text):
        yield Finding(start, end, "PERSON", 0.85)


def _phones(text: str, region: str) -> Iterator[Finding]:
    for match in phonenumbers.PhoneNumberMatcher(text, region):
        # A parenthesis at the start that isn't closed belongs to the sentence.
        start = match.start + (match.raw_string[0] == "(" and ")" not in match.raw_string)
        yield Finding(start, match.end, "PHONE_NUMBER", 0.75)


_FINDERS: tuple[Callable[[str], Iterator[Finding]], ...] = (
    _emails,
    _cards,
    _social_security_numbers,
    _ibans,
    _ip_addresses,
    _urls,
    _dates,
    _addresses,
    _people,
)
