# Derived from tests/_async/clients.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""Clients of servers that a test makes by hand, and a reader of their streams."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from liminal import LiminalError, PromptStream, SyncClient
from liminal.auth import Token
from tests.faults.server import FaultServer, Step

from .waiting import until

Connect = Callable[..., SyncClient]  # as client_of, on connections that a fixture chooses


def client_of(server: FaultServer, **options: Any) -> SyncClient:
    return SyncClient(server.url, auth=Token("a-token"), **options)


@contextmanager
def served(
    *steps: Step, connect: Connect = client_of, **options: Any
) -> Iterator[tuple[SyncClient, FaultServer]]:
    """A client, closed at the end, and its server, which takes these steps."""
    with FaultServer(*steps) as server:
        with connect(server, **options) as client:
            yield client, server


@contextmanager
def leaves_nothing(connect: Connect, step: Step, **options: Any) -> Iterator[SyncClient]:
    """A client of a server that takes this step; after the block no connection may be open."""
    with served(step, connect=connect, **options) as (client, server):
        yield client
        until(lambda: server.connections == 0)


def read(stream: PromptStream) -> tuple[list[str], LiminalError | None]:
    """Read to the end; give what each chunk held, and the error that ended it."""
    contents: list[str] = []
    try:
        for chunk in stream:
            contents += [chunk.content]
    except LiminalError as error:
        return contents, error
    return contents, None
