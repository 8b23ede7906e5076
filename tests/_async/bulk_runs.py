"""What the tests of bulk runs share: texts, what was sent of them, and all results of a run."""

from typing import Any

from liminal.bulk import AsyncBulkResults, BulkResult
from liminal.sandbox import Sandbox

CLEANSE = "/api/v1/prompts/cleanse"
SUBMIT = "/api/v1/prompts/submit"
TEXTS = [f"Write to Ada Lovelace {number}" for number in range(40)]


def sent(sandbox: Sandbox, path: str = CLEANSE) -> list[str]:
    """The texts that were sent there, whatever was answered."""
    return [request.body["text"] for request in sandbox.requests if request.path == path]


async def collect(results: AsyncBulkResults[Any]) -> list[BulkResult[Any]]:
    return [result async for result in results]
