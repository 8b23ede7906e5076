"""Clients of servers that a test makes by hand."""

from collections.abc import Callable
from typing import Any

from liminal import Client
from liminal.auth import Token
from tests.faults.server import FaultServer

Connect = Callable[..., Client]  # as client_of, on connections that a fixture chooses


def client_of(server: FaultServer, **options: Any) -> Client:
    return Client(server.url, auth=Token("a-token"), **options)
