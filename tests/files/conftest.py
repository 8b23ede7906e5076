"""A sandbox in the environment, and an empty working folder."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from liminal.sandbox import Sandbox

CLEANSE = "/api/v1/prompts/cleanse"

# Run the command with these arguments, and return its status.
Command = Callable[..., int]


@pytest.fixture(scope="package")
def one_sandbox() -> Iterator[Sandbox]:
    with Sandbox(threads=("A thread",), keep_requests=100_000) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(
    one_sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Sandbox]:
    for name, value in {
        "LIMINAL_API_SERVER_URL": one_sandbox.url,
        "LIMINAL_TOKEN": one_sandbox.token,
        "LIMINAL_MODEL_INSTANCE": "1",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    yield one_sandbox
    one_sandbox.answer_delay = 0.0


@pytest.fixture
def bulk(sandbox: Sandbox) -> Command:
    """``liminal bulk``, in this process."""
    from liminal.cli._app import run

    return lambda *arguments: run(["bulk", *map(str, arguments)])


@pytest.fixture
def sent(sandbox: Sandbox) -> Callable[[], list[str]]:
    """The texts that were sent since the test began."""
    before = len(sandbox.requests)
    return lambda: [
        request.body["text"] for request in sandbox.requests[before:] if request.path == CLEANSE
    ]
