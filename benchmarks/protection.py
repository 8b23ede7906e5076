"""``python -m benchmarks.protection``: measures hydration and protected clients.

The contestants of each line alternate, so that other work on the machine slows all of them.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import anthropic
import openai
from anyio.from_thread import start_blocking_portal
from langchain_core.language_models import BaseChatModel
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from liminal import Client, SyncClient
from liminal.auth import Token
from liminal.integrations.anthropic import protect as protect_anthropic
from liminal.integrations.langchain import protect as protect_langchain
from liminal.integrations.openai import protect as protect_openai
from liminal.integrations.proxy._server import Settings, proxying
from liminal.placeholders import Placeholders
from liminal.sandbox import Sandbox
from liminal.testing import FakeAnthropic, FakeOpenAI

ORDINARY = "the people of essex said that they would like to come by " * 40
DENSE = "Dear PERSON_1, the People of Essex would like EMAIL_ADDRESS_0 to come by. " * 40
LETTER: Any = [{"role": "user", "content": "Write to Ada Lovelace"}]


def best(rounds: int, *contestants: Callable[[], int]) -> list[float]:
    """The least microseconds per chunk; a contestant returns its number of chunks."""
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


class Turn(NamedTuple):
    """One streamed turn, measured by the chunks of the answer."""

    name: str
    run: Callable[[], int]


def chat(name: str, client: openai.OpenAI, model: FakeOpenAI) -> Turn:
    """A streamed chat completion."""

    def run() -> int:
        model.reply(DENSE)
        return sum(
            1 for _ in client.chat.completions.create(model="any", messages=LETTER, stream=True)
        )

    return Turn(name, run)


def message(name: str, client: anthropic.Anthropic, model: FakeAnthropic) -> Turn:
    """A streamed message."""

    def run() -> int:
        model.reply(DENSE)
        with client.messages.stream(model="any", max_tokens=9, messages=LETTER) as stream:
            return sum(1 for _ in stream)

    return Turn(name, run)


def invoked(name: str, chat_model: BaseChatModel, model: FakeOpenAI) -> Turn:
    """A streamed answer of LangChain's."""

    def run() -> int:
        model.reply(DENSE)
        return sum(1 for _ in chat_model.stream("Write to Ada Lovelace"))

    return Turn(name, run)


@contextmanager
def proxied(sandbox: Sandbox, model: FakeOpenAI) -> Generator[openai.OpenAI, None, None]:
    """A client of the package that calls the proxy."""
    settings = Settings(
        upstream=model.base_url,
        model_instance="sandbox-model",
        key="the-key-of-the-proxy",
        upstream_key=model.api_key,
        connect=lambda: Client(sandbox.url, auth=Token(sandbox.token)),
    )
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(proxying(settings)) as proxy,
    ):
        serving = portal.start_task_soon(proxy.serve)
        with openai.OpenAI(base_url=f"{proxy.url}/v1", api_key=settings.key) as client:
            yield client
        proxy.server.should_exit = True
        serving.result()


def contests(
    sandbox: Sandbox, liminal: SyncClient, gpt: FakeOpenAI, claude: FakeAnthropic
) -> Iterator[tuple[Turn, Turn]]:
    """A bare client and a protected one, for each integration."""
    bare = openai.OpenAI(base_url=gpt.base_url, api_key=gpt.api_key)
    protected = protect_openai(bare, liminal.conversation(1))
    yield chat("bare", bare, gpt), chat("openai", protected, gpt)
    bare_claude = anthropic.Anthropic(base_url=claude.base_url, api_key=claude.api_key)
    protected_claude = protect_anthropic(bare_claude, liminal.conversation(1))
    yield (
        message("bare", bare_claude, claude),
        message("anthropic", protected_claude, claude),
    )
    key = SecretStr(gpt.api_key)
    chain: BaseChatModel = ChatOpenAI(base_url=gpt.base_url, api_key=key, model="any")
    protected_chain = protect_langchain(chain, liminal.conversation(1))
    yield invoked("bare", chain, gpt), invoked("langchain", protected_chain, gpt)
    with proxied(sandbox, gpt) as client:
        yield chat("bare", bare, gpt), chat("proxy", client, gpt)


def lines(rounds: int) -> Iterator[str]:
    """Measure, and print the results."""
    for name, text in (("ordinary text", ORDINARY), ("placeholders all over", DENSE)):
        sizes = (2, 20_000)
        figures = best(20 * rounds, *(hydrating(size, text) for size in sizes))
        for size, figure in zip(sizes, figures, strict=True):
            yield f"{name}, {size} known placeholders: {figure:.2f} µs a chunk"
    with (
        Sandbox() as sandbox,
        SyncClient(sandbox.url, auth=Token(sandbox.token)) as liminal,
        FakeOpenAI() as gpt,
        FakeAnthropic() as claude,
    ):
        for bare, protected in contests(sandbox, liminal, gpt, claude):
            before = asked(sandbox)
            one, other = best(rounds, bare.run, protected.run)
            yield (
                f"{protected.name}, streamed: bare {one:.0f}, protected {other:.0f} µs a chunk"
                f" ({other / one:.2f} times); {asked(sandbox) - before} calls to the service for"
                f" {rounds} turns with the same prompt"
            )


def asked(sandbox: Sandbox) -> int:
    """The number of calls to the service about texts."""
    return sum(one.path.startswith("/api/v1/prompts") for one in sandbox.requests)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.protection", description=__doc__)
    parser.add_argument("rounds", type=int, nargs="?", default=10, help="default: %(default)s")
    for line in lines(parser.parse_args().rounds):
        sys.stdout.write(f"{line}\n")
