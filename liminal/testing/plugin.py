"""The pytest plugin ``liminal``: fixtures for tests of programs that use Liminal.

pytest imports this module at each start, so it imports only pytest until a fixture is used.
``-p no:liminal`` turns it off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from liminal import Client, SyncClient
    from liminal.sandbox import Sandbox
    from liminal.testing import Canary

_MARKER = (
    "liminal(**options): the options of liminal.sandbox.Sandbox for the fixture liminal_sandbox, "
    "such as session_ttl=60. Those of a test override those of its class and module."
)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker."""
    config.addinivalue_line("markers", _MARKER)


@pytest.fixture
def liminal_sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """A separate sandbox for each test, with the options of its markers ``liminal``.

    LIMINAL_API_SERVER_URL and LIMINAL_TOKEN are set for the code under test, and the variables of
    other ways to sign in are removed.
    """
    from liminal.testing._running import running_sandbox  # noqa: PLC0415 - see above

    with running_sandbox(_sandbox(request.node)) as sandbox:
        yield sandbox


@pytest.fixture
def liminal_client(liminal_sandbox: Sandbox) -> Iterator[SyncClient]:
    """A ``SyncClient`` of the test's sandbox. It signs in at its first call."""
    from liminal import SyncClient  # noqa: PLC0415 - see above
    from liminal.auth import Token  # noqa: PLC0415

    with SyncClient(liminal_sandbox.url, auth=Token(liminal_sandbox.token)) as client:
        yield client


@pytest.fixture
def liminal_async_client(liminal_sandbox: Sandbox) -> Iterator[Client]:
    """A ``Client`` of the test's sandbox, for asyncio and trio. It signs in at its first call."""
    import asyncio  # noqa: PLC0415 - see above

    from liminal import Client  # noqa: PLC0415
    from liminal.auth import Token  # noqa: PLC0415

    client = Client(liminal_sandbox.url, auth=Token(liminal_sandbox.token))
    yield client
    # On a new loop, since the test's may have ended. With an explicit factory, the thread's current
    # loop is not changed.
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        runner.run(client.close())


@pytest.fixture
def liminal_canary(request: pytest.FixtureRequest) -> Iterator[Canary]:
    """A ``Canary``: the test fails if a text that was given to it appears.

        def test_the_name_is_not_logged(liminal_canary):
            greet(liminal_canary("Ada Lovelace"))

    It searches log records, warnings, captured output, the exception that the test fails with, and
    the files below ``tmp_path``. For an exception that the test has handled, call ``check(error)``.
    """
    from liminal.testing._canary.hooks import watch  # noqa: PLC0415 - see above

    with watch(request) as canary:
        yield canary


def _sandbox(test: pytest.Item) -> Sandbox:
    import inspect  # noqa: PLC0415 - see above

    from liminal.errors import LiminalError  # noqa: PLC0415
    from liminal.sandbox import Sandbox  # noqa: PLC0415

    options: dict[str, object] = {}
    markers = list(test.iter_markers("liminal"))
    for marker in reversed(markers):  # the nearest one last, so that it wins
        options |= marker.kwargs
    unknown = options.keys() - inspect.signature(Sandbox).parameters.keys()
    if unknown or any(marker.args for marker in markers):
        named = f", and not: {', '.join(sorted(unknown))}" if unknown else ""
        raise LiminalError(f"The marker liminal takes the options of Sandbox by name{named}.")
    return Sandbox(**options)  # type: ignore[arg-type] # Sandbox checks them itself
