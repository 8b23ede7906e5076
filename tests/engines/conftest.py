"""A sandbox for all engines. Their workers sign in with the inherited environment."""

import os
from collections.abc import Iterator

import pandas as pd
import pytest

from liminal.bulk import Recipe
from liminal.sandbox import Sandbox

ROWS = 200
TEXTS = ROWS * 9 // 10  # every tenth row has none


class Seen:
    """The requests that the sandbox received during one test."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._requests, self._logins = len(sandbox.requests), sandbox.logins

    @property
    def logins(self) -> int:
        return self._sandbox.logins - self._logins

    @property
    def cleansed(self) -> int:
        requests = self._sandbox.requests[self._requests :]
        return sum(request.path == "/api/v1/prompts/cleanse" for request in requests)

    @staticmethod
    def check(found: pd.DataFrame) -> None:
        """Check that each row is there once, with its own cleansed text, in any order."""
        found = found.sort_values("id")
        assert list(found["id"]) == list(range(ROWS))
        assert [None if pd.isna(text) else text for text in found["letter"]] == [
            f"Write to PERSON_0 {number}" if number % 10 else None for number in range(ROWS)
        ]


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(keep_requests=100_000) as sandbox:
        sandbox.answer_delay = 0.01
        os.environ["LIMINAL_TOKEN"] = sandbox.token
        yield sandbox


@pytest.fixture
def seen(sandbox: Sandbox) -> Seen:
    return Seen(sandbox)


@pytest.fixture
def recipe(sandbox: Sandbox) -> Recipe:
    return Recipe(sandbox.url)


@pytest.fixture(scope="session")
def letters() -> pd.DataFrame:
    texts = [f"Write to Ada Lovelace {number}" if number % 10 else None for number in range(ROWS)]
    return pd.DataFrame({"id": range(ROWS), "letter": texts})
