"""What hydration and protected clients cost: ``python -m benchmarks.protection``.

The contestants of each line take turns, so that other work on the machine slows all of them.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import openai

from liminal import SyncClient
from liminal.auth import Token
from liminal.integrations.openai import protect
from liminal.placeholders import Placeholders
from liminal.sandbox import Sandbox
from liminal.testing import FakeOpenAI

ORDINARY = "the people of essex said that they would like to come by " * 40
DENSE = "Dear PERSON_1, the People of Essex would like EMAIL_ADDRESS_0 to come by. " * 40
LETTER: Any = [{"role": "user", "content": "Write to Ada Lovelace"}]


def best(rounds: int, *contestants: Callable[[], int]) -> list[float]:
    """The least microseconds a chunk of each; a contestant returns how many chunks it took."""
    least = [float("inf")] * len(contestants)
    for _ in range(rounds):
        for index, contestant in enumerate(contestants):
            begun = time.perf_counter()
            chunks = contestant()
            least[index] = min(least[index], (time.perf_counter() - begun) / chunks * 1e6)
    return least


def hydrating(size: int, text: str) -> Callable[[], int]:
    """A contestant: chunks of four characters, and a table of ``size`` placeholders."""
    kinds = ("EMAIL_ADDRESS", "PERSON")
    table = Placeholders.load({f"{kinds[n % 2]}_{n}": f"name {n}" for n in range(size)})
    chunks = [text[start : start + 4] for start in range(0, len(text), 4)]

    def contestant() -> int:
        hydrator = table.hydrator()
        for chunk in chunks:
            hydrator.feed(chunk)
        return len(chunks)

    return contestant


def streaming(client: openai.OpenAI, model: FakeOpenAI) -> Callable[[], int]:
    """A contestant: a streamed chat completion."""

    def contestant() -> int:
        model.reply(DENSE)
        return sum(
            1 for _ in client.chat.completions.create(model="any", messages=LETTER, stream=True)
        )

    return contestant


def lines(rounds: int) -> Iterator[str]:
    """Measure, and say what came out."""
    for name, text in (("ordinary text", ORDINARY), ("placeholders all over", DENSE)):
        sizes = (2, 20_000)
        figures = best(20 * rounds, *(hydrating(size, text) for size in sizes))
        for size, figure in zip(sizes, figures, strict=True):
            yield f"{name}, {size} known placeholders: {figure:.2f} µs a chunk"
    with (
        Sandbox() as sandbox,
        SyncClient(sandbox.url, auth=Token(sandbox.token)) as liminal,
        FakeOpenAI() as model,
        openai.OpenAI(base_url=model.base_url, api_key=model.api_key) as bare,
    ):
        protected = protect(bare, liminal.conversation(1))
        figures = best(rounds, streaming(bare, model), streaming(protected, model))
        yield f"openai, streamed: bare {figures[0]:.0f}, protected {figures[1]:.0f} µs a chunk"
        calls = sum(one.path.startswith("/api/v1/prompts") for one in sandbox.requests)
        yield f"calls to the service for {rounds} turns with the same prompt: {calls}"


if __name__ == "__main__":
    for line in lines(int(sys.argv[1]) if len(sys.argv) > 1 else 10):
        sys.stdout.write(f"{line}\n")
