"""The steps that a fork takes in the child, taken in this process, where they can be checked."""

import os
import socket
from typing import Any

import pytest

from liminal import Client, SyncClient
from liminal._http import http
from liminal._session import shared
from liminal.auth import Token
from tests.faults.server import FaultServer
from tests.faults.steps import begin_stream


def test_a_blocking_client_in_a_child_opens_its_own_connections(sandbox):
    with SyncClient(sandbox.url, auth=Token(sandbox.token)) as client:
        client.llm.get_available_model_instances()
        http._after_fork()
        shared._after_fork()
        client.llm.get_available_model_instances()

        assert sandbox.connections == 1
        assert sandbox.logins == 1


async def test_an_asyncio_or_trio_client_in_a_child_opens_its_own_connections(sandbox):
    async with Client(sandbox.url, auth=Token(sandbox.token)) as client:
        await client.llm.get_available_model_instances()
        parents = list(http._inherited)
        own = client._http._own
        http._after_fork()
        await client.llm.get_available_model_instances()

        assert client._http._own is not own
        assert own in http._inherited
        for _, lifetime in tuple(own.values()):  # the parent's, which are still here
            await lifetime.aclose()
    http._inherited[:] = parents


def test_a_child_that_closes_a_stream_leaves_the_parent_s_socket_open(monkeypatch):
    with FaultServer(begin_stream) as server, SyncClient(server.url, auth=Token("t")) as client:
        stream = client.prompt.stream(1, "p")
        next(stream)
        assert stream._source is not None
        body: Any = stream._source._body.encoded
        ours = body.held[0].wire._sock
        with socket.fromfd(ours.fileno(), ours.family, ours.type) as parents:
            monkeypatch.setattr(os, "getpid", lambda: -1)
            stream.close()
            monkeypatch.undo()

            assert ours.fileno() == -1
            parents.settimeout(0.1)
            with pytest.raises(TimeoutError):  # and no end
                parents.recv(1)
