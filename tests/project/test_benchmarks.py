"""The parts of a call that the benchmarks time by themselves are parts of it still. Untimed."""

import pytest

from benchmarks.layers import layers


@pytest.mark.parametrize("name", layers())
def test_each_layer_of_a_call_can_be_taken_alone(name: str) -> None:
    assert layers()[name]() is not None
