"""A bulk run in a separate process that a test kills: ``python -m tests.bulk.killed …``.

Arguments: URL, token, path of the journal, "cleanse" or "submit", number of items.
"""

import sys

from liminal import SyncClient
from liminal.auth import Token


def main(url: str, token: str, journal: str, operation: str, count: str) -> None:
    texts = [f"Write to Ada Lovelace {number}" for number in range(int(count))]
    with SyncClient(url, auth=Token(token)) as client:
        method = getattr(client.bulk, operation)
        say("begun")
        for result in method(1, texts, journal=journal, concurrency=4):
            say(f"{result.index} {type(result.error).__name__}")


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
