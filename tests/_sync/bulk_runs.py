# Derived from tests/_async/bulk_runs.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""What the tests of bulk runs share: texts, what was sent of them, and all results of a run."""

from typing import Any

from liminal.bulk import BulkResult, BulkResults
from liminal.sandbox import Sandbox

CLEANSE = "/api/v1/prompts/cleanse"
SUBMIT = "/api/v1/prompts/submit"
TEXTS = [f"Write to Ada Lovelace {number}" for number in range(40)]


def sent(sandbox: Sandbox, path: str = CLEANSE) -> list[str]:
    """The texts that were sent there, whatever was answered."""
    return [request.body["text"] for request in sandbox.requests if request.path == path]


def collect(results: BulkResults[Any]) -> list[BulkResult[Any]]:
    return [result for result in results]
