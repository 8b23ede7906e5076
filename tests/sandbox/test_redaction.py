"""Placeholders, hashes, and hydration."""

import base64
import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liminal.placeholders import Placeholders
from liminal.sandbox._service.detect import Finding, Terms, detect
from liminal.sandbox._service.redact import Vault, cleanse, hydrate
from tests.placeholders.reference import TEXTS


def redact(text: str, vault: Vault) -> str:
    cleansed: str = cleanse(text, detect(text, Terms({})), vault)["text"]
    return cleansed


def test_the_same_text_has_the_same_placeholder_throughout_a_thread():
    vault = Vault()
    assert redact("Ada Lovelace met Ada Lovelace", vault) == "PERSON_0 met PERSON_0"
    assert redact("Alan Turing met Ada Lovelace", vault) == "PERSON_1 met PERSON_0"


def test_items_have_the_positions_of_placeholders_and_hashes():
    cleansed = cleanse("a Ada b", [Finding(2, 5, "PERSON", 1.0)], Vault())
    assert cleansed["text"] == "a PERSON_0 b"
    assert cleansed["items"] == [{"start": 2, "end": 10, "entityType": "PERSON_0"}]
    (item,) = cleansed["itemsHashed"]
    at_place = cleansed["textHashed"][item["start"] : item["end"]]
    assert base64.b64decode(at_place) == hashlib.sha256(b"Ada").digest()
    assert item["entityType"] == "PERSON_0"
    assert cleansed["textHashed"] == f"a {at_place} b"


def test_a_lone_surrogate_has_a_hash():
    cleansed = cleanse("\ud800", [Finding(0, 1, "ODD", 1.0)], Vault())
    assert len(base64.b64decode(cleansed["textHashed"])) == 32


@pytest.mark.parametrize(
    ("kind", "name"),
    [("top secret!", "TOP_SECRET__0"), ("患者", "TERM_0"), ("7 Ängste", "NGSTE_0")],
)
def test_a_placeholder_is_of_ascii_letters_and_begins_with_one(kind, name):
    assert cleanse("Ada", [Finding(0, 3, kind, 1.0)], Vault())["text"] == name


def test_words_that_look_like_a_placeholder_are_not_reused():
    vault = Vault()
    text = "PERSON_0 is not Ada Lovelace"
    assert redact(text, vault) == "PERSON_0 is not PERSON_1"
    assert hydrate("PERSON_0 is not PERSON_1", vault)["text"] == text


def test_hydrate_returns_the_positions_of_restored_text():
    vault = Vault()
    assert redact("Ada Lovelace, ada@example.com", vault) == "PERSON_0, EMAIL_ADDRESS_0"
    hydrated = hydrate("Mail EMAIL_ADDRESS_0, PERSON_0!", vault)
    assert hydrated["text"] == "Mail ada@example.com, Ada Lovelace!"
    assert hydrated["items"] == [
        {"start": 5, "end": 20, "entityType": "EMAIL_ADDRESS_0", "text": "ada@example.com"},
        {"start": 22, "end": 34, "entityType": "PERSON_0", "text": "Ada Lovelace"},
    ]


@pytest.mark.parametrize("before", ["", "Ada Lovelace"])
def test_an_unknown_placeholder_stays(before):
    vault = Vault()
    redact(before, vault)
    assert hydrate("PERSON_7 PLACE_0", vault) == {"text": "PERSON_7 PLACE_0", "items": []}


SECRETS = [("person", "Ada"), ("person", "Bob"), ("A", "x"), ("A_0_B", "A_0"), ("p", "")]
KNOWN = {"PERSON_0": "Ada", "PERSON_1": "Bob", "A_0": "x", "A_0_B_0": "A_0", "P_0": ""}


@settings(max_examples=2 * settings.default.max_examples)
@given(TEXTS)
def test_placeholders_are_found_by_the_same_rule_as_by_the_sdk(text):
    vault = Vault()
    for kind, secret in SECRETS:
        vault.placeholder(kind, secret, "")
    text = text.replace("A_1", "A_0")
    assert hydrate(text, vault)["text"] == Placeholders.load(KNOWN).hydrate(text)


WORDS = st.sampled_from(["Ada Lovelace", "Alan Turing", "a@b.co", "2024-01-02", "Hi"])


@given(st.lists(st.lists(WORDS | st.text(max_size=6), max_size=9).map(" ".join), max_size=3))
def test_hydrate_undoes_cleanse_whatever_the_thread_saw_before(prompts):
    vault = Vault()
    for prompt in prompts:
        assert hydrate(redact(prompt, vault), vault)["text"] == prompt
