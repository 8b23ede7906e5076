"""The demo shows the whole job, in both variants."""

import pytest

from scripts import demo


@pytest.fixture(scope="module")
def shown() -> str:
    with pytest.MonkeyPatch.context() as patch:
        lines: list[str] = []
        patch.setattr(
            "builtins.print", lambda *text, end="\n", **_: lines.append("".join(text) + end)
        )
        assert demo.main() == 0
    return " ".join("".join(lines).split())


@pytest.mark.parametrize(
    "text",
    [
        "CREDIT_CARD 4111 1111 1111 1111",
        "asked about CUSTOM_0. Her card CREDIT_CARD_0 was charged",
        "|PERSON_0",
        "mention Jane Miller",
    ],
    ids=["findings", "cleansed prompt", "answer in pieces", "hydrated text"],
)
def test_both_variants_show_it(shown: str, text: str) -> None:
    blocking, asyncio = shown.split("=== asyncio")
    assert text in blocking
    assert text in asyncio
