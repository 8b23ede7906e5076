# Derived from tests/_async/clients.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""Clients of servers that a test makes by hand."""

from collections.abc import Callable
from typing import Any

from liminal import SyncClient
from liminal.auth import Token
from tests.faults.server import FaultServer

Connect = Callable[..., SyncClient]  # as client_of, on connections that a fixture chooses


def client_of(server: FaultServer, **options: Any) -> SyncClient:
    return SyncClient(server.url, auth=Token("a-token"), **options)
