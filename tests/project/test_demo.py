"""The demo shows the whole job in both variants, and each layer that benchmarks time is there."""

import pytest

from benchmarks.layers import layers
from scripts import demo

SHOWN = [
    "CREDIT_CARD 4111 1111 1111 1111",  # a finding
    "asked about CUSTOM_0. Her card CREDIT_CARD_0 was charged",  # the cleansed prompt
    "|PERSON_0",  # the answer, in pieces
    "mention Jane Miller",  # the hydrated text
]


def test_both_variants_show_each_step(capsys):
    assert demo.main() == 0
    for variant in " ".join(capsys.readouterr().out.split()).split("=== asyncio"):
        assert [text for text in SHOWN if text not in variant] == []


@pytest.mark.parametrize("name", layers())
def test_each_layer_of_a_call_can_be_timed_alone(name):
    assert layers()[name]() is not None
