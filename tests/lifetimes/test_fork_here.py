"""What a fork does to clients in the child, done here, where each of its steps can be looked at."""

import os

import pytest

from liminal import Client, SyncClient, _http, _session_auth
from liminal.auth import Token
from liminal.sandbox import Sandbox


def test_a_blocking_client_goes_on_with_connections_of_its_own() -> None:
    with Sandbox() as sandbox, SyncClient(sandbox.url, auth=Token(sandbox.token)) as client:
        client.llm.get_available_model_instances()
        _http._after_fork()
        _session_auth._after_fork()
        client.llm.get_available_model_instances()

        assert sandbox.connections == 1
        assert sandbox.logins == 1


@pytest.mark.anyio
async def test_a_client_on_an_event_loop_goes_on_with_connections_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Sandbox() as sandbox:
        async with Client(sandbox.url, auth=Token(sandbox.token)) as client:
            await client.llm.get_available_model_instances()
            parents = list(_http._inherited)
            monkeypatch.setattr(os, "getpid", lambda: -1)
            await client.llm.get_available_model_instances()

            (left,) = _http._inherited[len(parents) :]
            for _, lifetime in tuple(left.values()):  # the parent's own, which are still here
                await lifetime.aclose()
        _http._inherited[:] = parents
