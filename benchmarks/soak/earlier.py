"""Makes calls with the SDK that had this name before, in its own interpreter.

Reads a line ``{"url": …, "operation": …, "prompt": …}`` and answers with the gist of what came, or
with the error. It is a script that needs nothing of this project, whose import name that SDK has.
"""

import asyncio
import json
import sys
from typing import Any

# A call without an answer or an error by then hangs: the faults take half a second, and to load the
# SDK at its first call takes a busy machine some more.
TIMEOUT_SECONDS = 15


def gist(operation: str, answer: Any) -> Any:
    """Return the relevant parts of either SDK's answer, as JSON."""
    if operation == "analyze_prompt":
        return [finding.text for finding in answer.findings]
    if operation == "submit_prompt":
        return answer.reidentified_llm_response_text
    if operation == "list_threads":
        return [thread.id for thread in answer]
    return answer


async def _call(url: str, operation: str, prompt: str) -> Any:
    from liminal import Client

    client: Any = await Client.authenticate_from_token(url, "an-environment-token")
    if operation == "analyze_prompt":
        return await client.prompt.analyze(1, prompt)
    if operation == "submit_prompt":
        return await client.prompt.submit(1, prompt)
    if operation == "list_threads":
        return await client.thread.get_available()
    return "".join([chunk.content async for chunk in client.prompt.stream(1, prompt)])


async def _outcome(url: str, operation: str, prompt: str) -> dict[str, Any]:
    from liminal.errors import LiminalError

    limit = asyncio.timeout(TIMEOUT_SECONDS)
    try:
        async with limit:
            return {"gist": gist(operation, await _call(url, operation, prompt))}
    except LiminalError as error:
        return {"error": type(error).__name__}
    except Exception as error:  # noqa: BLE001 - reported in the answer
        if limit.expired():
            return {"hangs": True}
        return {"error": type(error).__name__, "foreign": True}


def main() -> None:
    """Answer lines until the end of the input."""
    for line in sys.stdin:
        outcome = asyncio.run(_outcome(**json.loads(line)))
        sys.stdout.write(json.dumps(outcome) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
