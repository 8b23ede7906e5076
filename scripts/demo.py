"""Run the whole cycle against a local server, blocking and asyncio; ./scripts/demo calls it."""

import asyncio
import sys
import textwrap

from liminal import Client, SyncClient
from liminal.endpoints.prompt.models import AnalyzeResponse
from liminal.sandbox import Sandbox

PROMPT = (
    "Dear team, Jane Miller (jane.miller@example.com, +1 202 555 0143) asked about Project Falcon. "
    "Her card 4111 1111 1111 1111 was charged twice on 3 March 2025. Please draft a reply."
)


def show(what: str, text: str) -> None:
    """Print a result with its title, wrapped and indented."""
    print(f"\n{what}")
    print(textwrap.indent(textwrap.fill(text, 88), "  "))


def show_findings(found: AnalyzeResponse) -> None:
    """Print what was found, as a table."""
    print("\nFindings")
    for finding in found.findings:
        print(
            f"  {finding.type:<16} {finding.text:<26} {finding.score:.2f}  {finding.policy_action}"
        )


def show_piece(text: str) -> None:
    """Print a piece of the answer as it arrives; the bars show where each begins."""
    print(f"|{text}", end="", flush=True)


def blocking(sandbox: Sandbox) -> None:
    """Run the cycle with SyncClient."""
    with SyncClient.authenticate_from_token(sandbox.url, sandbox.token) as client:
        model = client.llm.get_available_model_instances()[0]
        thread = client.thread.create(model.id, "Blocking demo")
        found = client.prompt.analyze(model.id, PROMPT)
        show_findings(found)
        cleansed = client.prompt.cleanse(model.id, PROMPT, findings=found, thread_id=thread.id)
        show("Cleansed prompt: all that the model sees", cleansed.text)
        print("\nAnswer, piece by piece")
        with client.prompt.stream(model.id, PROMPT, findings=found, thread_id=thread.id) as stream:
            for chunk in stream:
                show_piece(chunk.content)
            answer = stream.text()
        print()
        hydrated = client.prompt.hydrate(model.id, answer, thread_id=thread.id)
        show("Hydrated text, for your user", hydrated.text)


async def asyncio_variant(sandbox: Sandbox) -> None:
    """Run the cycle with Client."""
    async with await Client.authenticate_from_token(sandbox.url, sandbox.token) as client:
        model = (await client.llm.get_available_model_instances())[0]
        thread = await client.thread.create(model.id, "asyncio demo")
        found = await client.prompt.analyze(model.id, PROMPT)
        show_findings(found)
        cleansed = await client.prompt.cleanse(
            model.id, PROMPT, findings=found, thread_id=thread.id
        )
        show("Cleansed prompt: all that the model sees", cleansed.text)
        print("\nAnswer, piece by piece")
        async with client.prompt.stream(
            model.id, PROMPT, findings=found, thread_id=thread.id
        ) as stream:
            async for chunk in stream:
                show_piece(chunk.content)
            answer = await stream.text()
        print()
        hydrated = await client.prompt.hydrate(model.id, answer, thread_id=thread.id)
        show("Hydrated text, for your user", hydrated.text)


def main() -> int:
    """Run both variants against one sandbox."""
    with Sandbox(terms={"Project Falcon": "CUSTOM"}, chunk_delay=0.03) as sandbox:
        print(f"Sandbox at {sandbox.url}: a local server in place of a Liminal tenant.")
        show("Prompt", PROMPT)
        print("\n=== Blocking: SyncClient ===")
        blocking(sandbox)
        print("\n=== asyncio: Client ===")
        asyncio.run(asyncio_variant(sandbox))
    return 0


if __name__ == "__main__":
    sys.exit(main())
